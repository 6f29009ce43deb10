"""What is read from related objects follows these too."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from getresponse_django import Subscriber, register, subscribers
from getresponse_django.checks import check_subscribers
from getresponse_django.doctor import rules as doctor_rules
from getresponse_django.models import Contact, CustomField
from getresponse_django.subscribers.rule import links
from tests.pulling import the_account

pytestmark = pytest.mark.django_db

ANNA = "anna@example.com"


class Editors(Subscriber):
    """A log entry points at its user: it stands for a profile."""

    campaign = "customers"
    custom_fields = {"edits": lambda user: LogEntry.objects.filter(user=user).count()}
    watch: Any = [LogEntry]


def anna() -> User:
    return User.objects.create(username="anna", email=ANNA)


def edit(user: User) -> LogEntry:
    return LogEntry.objects.create(user=user, action_flag=1, object_repr="x")


def edits() -> list[str]:
    return (Contact.objects.get().custom_fields or {}).get("edits", [])


@pytest.mark.parametrize("watched", [LogEntry, "admin.LogEntry", "admin.logentry"])
def test_the_object_that_a_watched_one_points_at_is_followed(watched: Any) -> None:
    register(User)(type("Watching", (Editors,), {"watch": [watched]}))
    user = anna()
    assert edits() == ["0"]
    edit(user)
    assert edits() == ["1"]


def test_the_deletion_of_a_watched_object_is_followed(django_capture_on_commit_callbacks: Any) -> None:
    register(User)(Editors)
    entry = edit(anna())
    with django_capture_on_commit_callbacks(execute=True):
        entry.delete()
    assert edits() == ["0"]


def test_a_deleted_object_still_has_its_key_when_it_is_followed(
    django_capture_on_commit_callbacks: Any,
) -> None:
    """The key may be the relation: a profile whose user is its primary key."""
    followed: list[Any] = []

    class Noting(Editors):
        def objects_for(self, watched: Any) -> Iterable[Any]:
            followed.append(watched.pk)
            return super().objects_for(watched)

    register(User)(Noting)
    entry = edit(anna())
    key = entry.pk
    with django_capture_on_commit_callbacks(execute=True):
        entry.delete()
    assert followed == [key, key]


def test_a_profile_that_goes_with_its_user_does_not_put_the_user_back(
    django_capture_on_commit_callbacks: Any,
) -> None:
    register(User)(Editors)
    user = anna()
    edit(user)
    with django_capture_on_commit_callbacks(execute=True):
        user.delete()
    assert not Contact.objects.exists()


def test_a_method_may_say_who_reads_from_it() -> None:
    @register(User)
    class Members(Subscriber):
        campaign = "customers"
        custom_fields = {"groups": lambda user: sorted(group.name for group in user.groups.all())}
        watch = [Group]

        def objects_for(self, watched: Group) -> Iterable[User]:
            return watched.user_set.all()

    user, group = anna(), Group.objects.create(name="readers")
    user.groups.add(group)
    group.name = "writers"
    group.save()
    assert (Contact.objects.get().custom_fields or {})["groups"] == ["writers"]
    assert check_subscribers() == []


def test_a_watched_object_of_a_fixture_is_not_followed(tmp_path: Any) -> None:
    register(User)(Editors)
    user = anna()
    fields = {"user": user.pk, "action_flag": 1, "object_repr": "x", "action_time": "2026-01-01T00:00:00Z"}
    fixture = tmp_path / "entries.json"
    fixture.write_text(json.dumps([{"model": "admin.logentry", "pk": 1, "fields": fields}]))
    call_command("loaddata", str(fixture), verbosity=0)
    assert edits() == ["0"]


@pytest.mark.parametrize(
    ("watch", "ids"),
    [
        ([], []),
        ([LogEntry], []),
        (["shop.Profile"], ["E107"]),
        (["nonsense"], ["E107"]),
        ([Group], ["E108"]),
        (["auth.Group", "shop.Profile"], ["E108", "E107"]),
    ],
)
def test_what_cannot_be_watched_is_said(watch: list[Any], ids: list[str]) -> None:
    register(User)(type("Watching", (Editors,), {"watch": watch}))
    messages = check_subscribers()
    assert [str(message.id).removeprefix("getresponse_django.") for message in messages] == ids
    assert all(message.hint for message in messages)


def test_links_are_foreign_keys_to_the_model_or_its_parents() -> None:
    class Reader(User):
        class Meta:
            proxy = True
            app_label = "tests_site"

    assert [field.name for field in links(LogEntry, User)] == ["user"]
    assert [field.name for field in links(LogEntry, Reader)] == ["user"]
    assert links(Group, User) == []


def test_custom_fields_that_getresponse_lacks_are_told() -> None:
    register(User)(Editors)
    assert [(str(rule), name) for rule, name in subscribers.unknown_fields()] == [
        (f"{__name__}.Editors", "edits")
    ]
    assert any("custom field “edits”" in found.message for found in doctor_rules(the_account()))
    CustomField.plain.create(account=the_account(), name="edits", custom_field_id="f1")
    assert subscribers.unknown_fields() == []
    assert not any("custom field" in found.message for found in doctor_rules(the_account()))
