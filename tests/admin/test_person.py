"""One person on all lists: the page for an address, whoever it is of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from getresponse_django import subscribers
from getresponse_django.models import Account, Campaign, Change, Contact
from getresponse_django.subscribers import Subscriber
from tests.admin.conftest import page_url, stored
from tests.wire import Wire

Make = Callable[..., Contact]
HARMFUL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def rules(no_rules: None) -> list[Subscriber]:
    """The rules of a site without receivers: here they are only asked."""
    return subscribers.registry


def show(client: Client, email: str) -> Any:
    return client.get(reverse("admin:getresponse_django_contact_person"), {"email": email})


def follow(rule: type[Subscriber], model: Any = User) -> None:
    subscribers.registry.append(rule(model))


class Active(Subscriber):
    campaign = "customers"

    def wants(self, user: Any) -> bool:
        return bool(user.is_active)


def said(response: Any) -> list[tuple[str, str]]:
    """(verdict, object) of every ruling."""
    return [(one.verdict.value, one.object) for one in response.context["rulings"]]


def test_every_list_of_the_address_with_its_state_and_its_changes(
    admin_client: Client, make_contact: Make, account: Account
) -> None:
    here, other = make_contact("ann@example.com"), make_contact("Ann@Example.com", contact_id="c2")
    make_contact("joann@example.com")
    partners = stored(Campaign(account=account, campaign_id="W", name="partners"))
    Contact.plain.filter(pk=other.pk).update(campaign=partners, state="left", left_reason="bounce")
    here.name = "Other"
    here.save()
    response = show(admin_client, " ANN@example.com ")
    assert [(place.campaign, place.answer.headline) for place in response.context["places"]] == [
        ("customers", "on the list"),
        ("partners", "left"),
    ]
    assert [waiting.change.object_pk for waiting in response.context["changes"]] == [here.pk]
    assert page_url(here) in response.content.decode()


def test_an_address_that_is_nowhere_gets_an_answer_too(admin_client: Client, campaign: Campaign) -> None:
    assert "Nobody has subscribed it here." in show(admin_client, "nobody@example.com").content.decode()
    follow(Active)
    content = show(admin_client, "nobody@example.com").content.decode()
    assert "customers: not on the list" in content and "No object among the users" in content


@pytest.mark.parametrize("email", ["", "%", "'\"", "\x00", HARMFUL, "x" * 9000])
def test_any_text_is_taken(admin_client: Client, campaign: Campaign, email: str) -> None:
    follow(Active)
    response = show(admin_client, email)
    assert response.status_code == 200 and HARMFUL not in response.content.decode()


def test_a_rule_that_wants_it_and_one_that_does_not(admin_client: Client, campaign: Campaign) -> None:
    follow(Active)
    User.objects.create_user("ann", "Ann@example.com")
    User.objects.create_user("old", "old@example.com", is_active=False)
    assert said(show(admin_client, "ann@example.com")) == [("wanted", "ann")]
    response = show(admin_client, "old@example.com")
    assert said(response) == [("unwanted", "old")]
    assert "Not wanted: wants() is false for it." in response.content.decode()


def test_an_object_that_lost_or_changed_its_address_is_found_by_its_contact(
    admin_client: Client, make_contact: Make
) -> None:
    follow(Active)
    make_contact("a@example.com", user=User.objects.create_user("ann"))
    make_contact("b@example.com", user=User.objects.create_user("bob", "new@example.com"))
    assert said(show(admin_client, "a@example.com")) == [("no address", "ann")]
    assert said(show(admin_client, "b@example.com")) == [("other address", "bob")]


def test_an_address_that_is_computed_is_looked_for_one_by_one_in_bounds(
    admin_client: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Computed(Active):
        email = lambda user: f"{user.username}@example.com"  # noqa: E731

        def wants(self, user: Any) -> bool:
            return True

    follow(Computed)
    User.objects.bulk_create([User(username="ann")])  # without signals, which another test's rule may hear
    assert said(show(admin_client, "ann@example.com")) == [("wanted", "ann")]
    monkeypatch.setattr("getresponse_django.admin.people.rulings.MOST_SEARCHED", 1)
    assert said(show(admin_client, "ann@example.com")) == [("unsearchable", "")]


def test_a_rule_that_fails_breaks_nothing_and_tells_no_secret(
    admin_client: Client, campaign: Campaign
) -> None:
    class Broken(Active):
        def wants(self, user: Any) -> bool:
            raise RuntimeError("secret ann@example.com")

    class BrokenAddress(Active):
        email = lambda user: user.nothing  # noqa: E731

    follow(Broken), follow(BrokenAddress)
    User.objects.create_user("ann", "ann@example.com")
    response = show(admin_client, "ann@example.com")
    assert said(response) == [("failed", "ann"), ("failed", "")]
    assert "secret" not in response.content.decode()


def test_a_deleted_contact_whose_removal_waits_is_told(admin_client: Client, contact: Contact) -> None:
    contact.delete()
    response = show(admin_client, "ann@example.com")
    (place,) = response.context["places"]
    assert (place.campaign, place.answer.headline) == ("customers", "deleted here, about to be removed")


def test_objects_are_named_only_to_whom_may_see_them(
    client_with: Callable[..., Client], admin_client: Client, campaign: Campaign
) -> None:
    follow(Active), follow(type("Groups", (Active,), {"email": "name"}), Group)
    ann = User.objects.create_user("secret-name", "ann@example.com")
    assert said(show(client_with("view"), "ann@example.com"))[0] == ("wanted", f"user {ann.pk}")
    assert said(show(admin_client, "ann@example.com"))[0] == ("wanted", "secret-name")


def test_it_needs_the_permission_to_view_contacts(client_with: Callable[..., Client]) -> None:
    assert show(client_with("view"), "ann@example.com").status_code == 200
    assert show(client_with(), "ann@example.com").status_code == 403


def test_texts_full_of_script_do_nothing(admin_client: Client, make_contact: Make) -> None:
    contact = make_contact(state="rejected", last_error=HARMFUL, left_reason=HARMFUL)
    Campaign.plain.update(name=HARMFUL)
    User.objects.create_user(HARMFUL, "ann@example.com")
    follow(type("Odd", (Active,), {"campaign": HARMFUL}))
    now = timezone.now()
    common = {"account": contact.account, "resource": "contact", "object_pk": contact.pk}
    Change.objects.create(**common, detail=HARMFUL, gave_up_at=now, reason="rejected")
    content = show(admin_client, "ann@example.com").content.decode()
    assert HARMFUL not in content and content.count("&lt;script&gt;") >= 6


def test_it_asks_nobody_and_costs_few_queries(wire: Wire, admin_client: Client, make_contact: Make) -> None:
    follow(Active)
    for number in range(30):
        make_contact(contact_id=str(number))
    show(admin_client, "ann@example.com")
    with CaptureQueriesContext(connection) as queries:
        show(admin_client, "ann@example.com")
    assert len(queries) <= 14 and wire.requests == []


def test_the_page_is_linked_from_the_list_and_from_the_contact(
    admin_client: Client, client_with: Callable[..., Client], make_contact: Make
) -> None:
    contact = make_contact("a+b@example.com")
    url = reverse("admin:getresponse_django_contact_person")
    assert f"{url}?email=a%2Bb%40example.com" in admin_client.get(page_url(contact)).content.decode()
    for client in (admin_client, client_with("view")):
        listed = client.get(reverse("admin:getresponse_django_contact_changelist")).content.decode()
        assert listed.count(f'href="{url}"') == 1


def test_what_happened_to_a_contact_is_told_latest_first(admin_client: Client, contact: Contact) -> None:
    now = timezone.now()
    Contact.plain.update(created_on=now - timedelta(days=2), sent_on=now - timedelta(days=3))
    common = {"account": contact.account, "resource": "contact", "object_pk": contact.pk}
    recorded = {"recorded_at": now - timedelta(hours=1), "gave_up_at": now}
    Change.objects.create(**common, **recorded, reason="rejected", detail="Odd")
    told = [event.what for event in admin_client.get(page_url(contact)).context["trail"]]
    assert told == [
        "Gave up: GetResponse refused it. Odd",
        "A change was recorded to be sent",
        "Came on the list in GetResponse",
        "Sent to GetResponse",
    ]
