"""Many objects written together: what comes of each is what had come of it alone, and it costs little."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from getresponse_django import Subscriber, register, subscribers
from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    ConsentRecord,
    Contact,
    ErasedAddress,
    Tag,
    Wish,
)
from getresponse_django.subscribers.many import PART, sync_safely

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
STATES = ("new", "sent", "active", "active", "active", "leaving", "left", "rejected")


class Members(Subscriber):
    """What is said of a user is in its columns; the last name is how many days old the consent is."""

    campaign = "customers"
    name = "first_name"
    custom_fields = {"plan": "username", "city": "first_name"}
    tags = ("site", "member")

    def wants(self, user: User) -> bool:
        return user.is_active

    def consented_at(self, user: User) -> datetime | None:
        return NOW - int(user.last_name) * DAY if user.last_name else None


@pytest.fixture(autouse=True)
def rule(no_rules: None) -> Subscriber:
    """The only rule."""
    register(User)(Members)
    return subscribers.registry[0]


def addresses(dice: random.Random) -> str:
    """One of few, so that some are shared."""
    return dice.choice(["", "no address", "Ann@example.com", *(f"u{n}@example.com" for n in range(12))])


def fill(dice: random.Random) -> None:
    """Users and contacts that have all kinds of stories."""
    account = Account.objects.for_alias("default")
    lists = [Campaign.objects.named(account, "customers"), Campaign.objects.named(account, "partners")]
    tags = [Tag.objects.get_or_create(account=account, name=name)[0] for name in ("site", "other")]
    users = [
        User.objects.bulk_create(
            [
                User(
                    username=f"user{number}",
                    email=addresses(dice),
                    is_active=dice.random() < 0.8,
                    first_name=dice.choice(["", "Ann", "Bob"]),
                    last_name=dice.choice(["", "", "1", "30"]),
                )
            ]
        )[0]
        for number in range(12)
    ]
    for number in range(10):
        state = dice.choice(STATES)
        contact = Contact(
            account=account,
            campaign=dice.choice([lists[0], lists[0], lists[1]]),
            contact_id=f"c{number}" if state in ("active", "leaving", "left") else None,
            email=dice.choice([f"u{number}@example.com", "ann@example.com", f"U{number}@example.com"]),
            name=dice.choice(["", "Ann"]),
            state=state,
            left_on=NOW - 10 * DAY if state == "left" else None,
            custom_fields=dice.choice(
                [None, {}, {"plan": ["old"]}, {"plan": [f"user{number}"], "city": ["Ann"]}]
            ),
            consented_at=dice.choice([None, NOW - DAY, NOW - 30 * DAY]),
            user=dice.choice([None, None, dice.choice(users)]),
        )
        with transaction.atomic():
            Contact.plain.bulk_create([contact], ignore_conflicts=True)
    for contact in Contact.plain.order_by("pk"):
        contact.tags.through.objects.bulk_create(
            contact.tags.through(contact=contact, tag=tag) for tag in tags if dice.random() < 0.5
        )
        if dice.random() < 0.4:
            key = {
                "rule": f"{__name__}.Members",
                "model": "auth.user",
                "object_pk": str(dice.choice(users).pk),
            }
            Wish.objects.update_or_create(**key, defaults={"contact": contact})
        if dice.random() < 0.1:
            ConsentRecord.objects.note_withdrawn(contact, source="user")
    if dice.random() < 0.3:
        ErasedAddress.objects.remember("u3@example.com")
    for user in reversed(users):  # PostgreSQL reads them in this order where none is asked for
        user.save(update_fields=["username"])
    Change.objects.all().delete()


def everything() -> dict[str, Any]:
    """All that a reconciliation writes, but for keys and moments that differ by the way."""
    contacts = {
        contact.pk: (contact.campaign.name, contact.email, contact.state, contact.contact_id)
        for contact in Contact.plain.select_related("campaign")
    }
    columns = ("name", "custom_fields", "consented_at", "user_id", "last_error", "contact_id", "left_reason")
    return {
        "contacts": sorted(
            (
                *map(str, contacts[contact.pk]),
                [str(getattr(contact, column)) for column in columns],
                sorted(contact.tags.values_list("name", flat=True)),
            )
            for contact in Contact.plain.all()
        ),
        "wishes": sorted(
            (wish.object_pk, *map(str, contacts[wish.contact_id])) for wish in Wish.objects.all()
        ),
        "ledger": sorted(map(str, ConsentRecord.objects.values_list("email", "on", "given", "source"))),
        "changes": sorted(
            str(contacts.get(change.object_pk)) for change in Change.objects.filter(resource="contact")
        ),
        "bulk": set(Change.objects.values_list("bulk", flat=True)) - {True},
        "erased": ErasedAddress.objects.count(),
    }


def outcome(act: Callable[[], Counter[str]]) -> tuple[Counter[str], dict[str, Any]]:
    """What is counted, and what is there afterwards; then it is undone."""
    with transaction.atomic():
        counted, found = act(), everything()
        transaction.set_rollback(True)
    return counted, found


def one_by_one(rule: Subscriber) -> Counter[str]:
    """What was done before anything was written together."""
    from getresponse_django.models.outbox import bulk_work

    with bulk_work():
        counts = Counter(sync_safely(rule, user) for user in User.objects.order_by("pk"))
    del counts[""]
    return counts


@pytest.mark.parametrize("seed", [*range(6), 25, 376])
def test_together_leads_to_what_one_by_one_does(rule: Subscriber, seed: int) -> None:
    fill(random.Random(seed))
    before = everything()
    users = User.objects.order_by("pk")
    alone = outcome(lambda: one_by_one(rule))
    assert outcome(lambda: subscribers.sync(users)) == alone
    assert subscribers.sync(users, dry_run=True) == alone[0]
    assert everything() == before
    subscribers.sync(users)
    again = outcome(lambda: one_by_one(rule))
    assert outcome(lambda: subscribers.sync(users)) == again


def users(count: int) -> None:
    """New users, whom no signal tells of."""
    User.objects.bulk_create(
        User(username=str(number), email=f"u{number}@example.com", last_name="3") for number in range(count)
    )


def test_what_many_cost_does_not_grow_with_their_number(rule: Subscriber) -> None:
    users(PART)
    for expected, most in (({"subscribed": PART}, PART // 5), ({}, PART // 10)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert subscribers.sync(User.objects.all()) == expected
        assert len(queries) <= most
    changes = Change.objects.filter(resource="contact", bulk=True)
    assert Contact.objects.count() == Wish.objects.count() == changes.count() == PART


def test_what_the_database_refuses_costs_only_its_own_object(rule: Subscriber, caplog: Any) -> None:
    users(3)
    User.objects.filter(username="1").update(last_name="many")
    broken = User(username="broken", email="broken@example.com", first_name="\ud800")
    assert subscribers.sync([*User.objects.all(), broken]) == {"subscribed": 2}
    assert sorted(Contact.objects.values_list("email", flat=True)) == ["u0@example.com", "u2@example.com"]
    assert "example.com" not in caplog.text


def test_a_dry_run_counts_an_address_once_however_far_apart_its_users_are(rule: Subscriber) -> None:
    users(PART + 1)
    User.objects.filter(username__in=["0", str(PART)]).update(email="ann@example.com")
    assert subscribers.sync(User.objects.order_by("pk"), dry_run=True) == {"subscribed": PART}


class Meanwhile(Members):
    """The site goes on after its users were read: one is renamed, one leaves, one is deleted."""

    happened = False

    def wants(self, user: User) -> bool:
        if not self.happened:
            Meanwhile.happened = True
            User.objects.filter(username="0").update(first_name="Eve")
            User.objects.filter(username="1").update(is_active=False)
            Contact.plain.filter(user__username="2").update(user=None)
            User.objects.filter(username="2")._raw_delete(using="default")
        return super().wants(user)


@pytest.mark.parametrize("known", [True, False])
def test_what_changes_after_it_was_read_is_not_written_over(rule: Subscriber, known: bool) -> None:
    users(4)
    subscribers.registry.remove(rule)
    register(User)(Meanwhile)
    [rule] = subscribers.registry
    if known:
        Meanwhile.happened = True
        subscribers.sync(User.objects.all())
    Meanwhile.happened = False
    subscribers.sync(User.objects.order_by("username"))
    there = Contact.objects.exclude(state__in=["leaving", "left"])
    names = dict(there.values_list("email", "name"))
    assert names.pop("u0@example.com") == "Eve"
    assert names.pop("u3@example.com") == ""
    assert names == ({"u2@example.com": ""} if known else {})  # that one's contact is the deletion's business


class WithProfile(Members):
    """Reads a related object."""

    custom_fields = {"user": "user.username"}
    email = "name"


def test_related_objects_are_read_together(rule: Subscriber) -> None:
    from getresponse_django.subscribers.asking import relations

    assert relations(WithProfile(Contact)) == ["user"]
    assert relations(Members(User)) == []
