"""Contacts: what can be edited, what saving leads to, searching, subscribing and unsubscribing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django.admin.contacts.pages import ContactAdmin
from getresponse_django.models import Account, Campaign, Change, Conflict, Contact, Tag
from tests.admin.conftest import act, add_url, form_data, list_url, page_url, said, stored

Make = Callable[..., Contact]


def save(client: Client, contact: Contact, **changes: Any) -> Any:
    """Save the page of a contact with these changes, as a browser would."""
    url = page_url(contact)
    return client.post(url, form_data(client.get(url), **changes), follow=True)


def found(client: Client, term: str) -> list[str]:
    return [row.email for row in listed(client, q=term)]


def listed(client: Client, **query: Any) -> list[Contact]:
    """The rows of the list of contacts."""
    return list(client.get(list_url(Contact), query).context["cl"].result_list)


@pytest.mark.django_db(transaction=True)
def test_saving_records_a_change_nudges_and_says_so(
    admin_client: Client, contact: Contact, nudged: list[int]
) -> None:
    response = save(admin_client, contact, name="Ann Other")
    assert "It will be sent to GetResponse." in said(response)
    assert Contact.objects.get().name == "Ann Other"
    assert Change.objects.get().object_pk == contact.pk
    assert nudged == [contact.account_id]


def test_saving_nothing_new_sends_nothing(admin_client: Client, contact: Contact) -> None:
    assert "sent to GetResponse" not in said(save(admin_client, contact))
    assert not Change.objects.exists()


def test_saving_only_a_tag_is_sent_too(admin_client: Client, contact: Contact, tag: Tag) -> None:
    assert "It will be sent to GetResponse." in said(save(admin_client, contact, tags=[tag.pk]))
    assert list(Contact.objects.get().tags.all()) == [tag]


def test_a_paused_account_is_named_as_the_reason_for_waiting(admin_client: Client, contact: Contact) -> None:
    contact.account.write(paused=True)
    assert "not sent yet: The account is paused" in said(save(admin_client, contact, name="Ann Other"))


def test_a_site_that_is_switched_off_says_so(admin_client: Client, contact: Contact, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    assert "Saved on this site only" in said(save(admin_client, contact, name="Ann Other"))


def test_what_waits_to_be_sent_is_shown_beside_what_getresponse_has(
    admin_client: Client, contact: Contact, tag: Tag
) -> None:
    contact.name, contact.custom_fields = "Ann Other", {"plan": ["pro"]}
    contact.save()
    contact.tags.add(tag)
    push = admin_client.get(page_url(contact)).context["push"]
    assert push.headline == "Waiting to be sent to GetResponse"
    shown = [("name", "Ann", "Ann Other"), ("tags", "-", "vip"), ("plan", "-", "pro")]
    assert [tuple(each) for each in push.differences] == shown
    assert page_url(push.change) in admin_client.get(page_url(contact)).content.decode()


def test_a_move_and_a_removed_tag_are_shown_by_name(
    admin_client: Client, contact: Contact, tag: Tag, account: Account
) -> None:
    other = stored(Campaign(account=account, campaign_id="W", name="partners"))
    Contact.plain.update(campaign=other, base=contact.base | {"tags": ["T"]})
    push = admin_client.get(page_url(contact)).context["push"]
    assert [tuple(each) for each in push.differences] == [
        ("campaign", "customers", "partners"),
        ("tags", "vip", "-"),
    ]
    assert push.headline == "This differs from what GetResponse has"


def test_what_getresponse_refused_is_shown_on_the_page(admin_client: Client, make_contact: Make) -> None:
    contact = make_contact(contact_id=None, state="rejected", last_error="The address is blocked.")
    content = admin_client.get(page_url(contact)).content.decode()
    assert "The address is blocked." in content
    assert "GetResponse did not take this contact" in content


def test_a_refused_contact_is_sent_again_once_it_is_corrected(
    admin_client: Client, make_contact: Make
) -> None:
    contact = make_contact("ann@exmaple", contact_id=None, state="rejected", sent_on=timezone.now())
    response = save(admin_client, contact, email="ann@example.com")
    assert "It will be sent to GetResponse." in said(response)
    row = Contact.objects.get()
    assert (row.state, row.email, row.sent_on, row.base) == ("new", "ann@example.com", None, {})


def test_a_person_who_left_can_only_be_read(admin_client: Client, make_contact: Make) -> None:
    contact = make_contact(state="left", left_on=timezone.now())
    page = admin_client.get(page_url(contact))
    assert {"user", "consented_at"} == set(page.context["adminform"].form.fields)
    assert page.context["push"].headline == "No longer on the list"
    save(admin_client, contact, name="Ann Other")
    assert Contact.objects.get().name == "Ann"


@pytest.mark.parametrize("field", ["state", "contact_id", "account", "left_on", "base"])
def test_what_only_getresponse_can_change_is_no_part_of_the_form(
    admin_client: Client, contact: Contact, field: str
) -> None:
    assert field not in admin_client.get(page_url(contact)).context["adminform"].form.fields


def test_a_new_contact_belongs_to_the_account_of_its_list(admin_client: Client, campaign: Campaign) -> None:
    data = {"email": "new@example.com", "campaign": campaign.pk}
    assert "It will be sent" in said(admin_client.post(add_url(Contact), data, follow=True))
    row = Contact.objects.get()
    assert (row.account, row.state, row.email_lower) == (campaign.account, "new", "new@example.com")


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        ({"email": "Ann@Example.com"}, "email", "a contact of the list already"),
        ({"email": "nonsense"}, "email", "valid email"),
        ({"tags": "foreign"}, "tags", "another account"),
    ],
)
def test_what_would_be_refused_is_said_beside_its_field(
    admin_client: Client, contact: Contact, given: dict[str, str], field: str, problem: str
) -> None:
    foreign = stored(Tag(account=Account.objects.for_alias("other"), name="foreign", tag_id="X"))
    given = {name: str(foreign.pk) if value == "foreign" else value for name, value in given.items()}
    data = {"email": "new@example.com", "campaign": contact.campaign_id} | given
    form = admin_client.post(add_url(Contact), data).context["adminform"].form
    assert problem in " ".join(form.errors[field])
    assert Contact.objects.count() == 1


def test_a_contact_cannot_move_to_another_account(admin_client: Client, contact: Contact) -> None:
    foreign = stored(Campaign(account=Account.objects.for_alias("other"), name="theirs", campaign_id="X"))
    response = save(admin_client, contact, campaign=foreign.pk)
    assert "another account" in str(response.context["adminform"].form.errors["campaign"])


# Searching


def test_search_finds_the_beginning_of_an_address_whatever_its_case(
    admin_client: Client, make_contact: Make
) -> None:
    make_contact("Ann@example.com"), make_contact("joann@example.com", name="Jo")
    assert found(admin_client, "ANN") == ["Ann@example.com"]
    assert found(admin_client, " ann@exam") == ["Ann@example.com"]
    assert found(admin_client, "nn@example.com") == []


@pytest.mark.parametrize("begun", ["kowal", "Zo", "zoë  KOWALSKA", "a@", "A@Example"])
def test_search_finds_the_beginning_of_a_name_and_of_a_surname_too(
    admin_client: Client, make_contact: Make, begun: str
) -> None:
    make_contact("a@example.com", name="Zoë Kowalska"), make_contact("b@example.com", name="Bo")
    assert found(admin_client, begun) == ["a@example.com"]


def test_search_finds_names_of_one_word_and_no_middles(admin_client: Client, make_contact: Make) -> None:
    make_contact("a@example.com", name="Zoë Kowalska"), make_contact("b@example.com", name="Bo")
    assert found(admin_client, "bo") == ["b@example.com"]
    for nobody in ("owalska", "100%", "_", "o"):
        assert found(admin_client, nobody) == []


def test_a_page_far_down_shows_its_rows_in_order(
    admin_client: Client, make_contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [make_contact(f"{number}@example.com") for number in range(5)]
    monkeypatch.setattr("getresponse_django.admin.shared.paging.FAR_DOWN", 2)
    monkeypatch.setattr(ContactAdmin, "list_per_page", 2)
    shown = [row.pk for page in (1, 2, 3) for row in listed(admin_client, p=page)]
    assert shown == [row.pk for row in reversed(rows)]


def test_filters_by_state_and_list(admin_client: Client, make_contact: Make) -> None:
    make_contact("a@example.com", state="left"), make_contact("b@example.com")
    assert [row.email for row in listed(admin_client, state__exact="left")] == ["a@example.com"]


def test_the_list_shows_states_as_words_with_a_colour_and_few_tags(
    admin_client: Client, contact: Contact, account: Account
) -> None:
    tags = [stored(Tag(account=account, tag_id=str(number), name=f"tag{number}")) for number in range(7)]
    through = Contact.tags.through
    through.objects.bulk_create(through(contact=contact, tag=tag) for tag in tags)
    content = admin_client.get(list_url(Contact)).content.decode()
    assert '<span class="getresponse-badge getresponse-good">active</span>' in content
    assert "tag0, tag1, tag2, tag3, tag4, 2 more" in content


# Actions


def test_unsubscribing_asks_first_and_names_the_number_concerned(
    admin_client: Client, make_contact: Make
) -> None:
    staying, gone = make_contact("a@example.com"), make_contact("b@example.com", state="left")
    content = act(admin_client, Contact, "unsubscribe", staying, gone).content.decode()
    assert "Unsubscribe 1 contact?" in content and "a@example.com" in content
    assert Contact.objects.get(pk=staying.pk).state == "active"


@pytest.mark.parametrize(
    ("state", "after"),
    [
        ("new", "left"),
        ("sent", "leaving"),
        ("unconfirmed", "leaving"),
        ("active", "leaving"),
        ("leaving", "leaving"),
        ("left", "left"),
        ("rejected", "rejected"),
    ],
)
def test_unsubscribing_does_what_leaving_does(
    admin_client: Client, make_contact: Make, state: str, after: str
) -> None:
    acted, alone = make_contact("a@example.com", state=state), make_contact("b@example.com", state=state)
    act(admin_client, Contact, "unsubscribe", acted, confirmed="1")
    alone.leave()
    rows = Contact.objects.order_by("email")
    assert [row.state for row in rows] == [after, after]
    assert rows[0].left_reason == rows[1].left_reason
    assert (rows[0].left_on is None) == (rows[1].left_on is None)
    recorded = set(Change.objects.values_list("object_pk", flat=True))
    assert recorded == (set() if state == after else {acted.pk, alone.pk})


def test_all_contacts_of_a_filter_can_be_unsubscribed(admin_client: Client, make_contact: Make) -> None:
    rows = [make_contact(f"{name}@example.com") for name in "abc"]
    other = make_contact("z@example.com", state="new")
    url = f"{list_url(Contact)}?state__exact=active"
    chosen = {"action": "unsubscribe", "_selected_action": [rows[0].pk], "select_across": "1"}
    asked = admin_client.post(url, chosen)
    assert "Unsubscribe 3 contacts?" in asked.content.decode()
    assert asked.context["selected"] == [str(rows[0].pk)]
    admin_client.post(url, chosen | {"confirmed": "1"})
    assert Contact.objects.filter(state="leaving").count() == 3
    assert Contact.objects.get(pk=other.pk).state == "new"


def test_subscribing_again_needs_a_consent_newer_than_the_leaving(
    admin_client: Client, make_contact: Make
) -> None:
    now = timezone.now()
    back = make_contact("a@example.com", state="left", left_on=now - timedelta(days=9))
    away = make_contact("b@example.com", state="left", left_on=now - timedelta(days=1))
    when = (now - timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    response = act(admin_client, Contact, "subscribe", back, away, confirmed="1", consented_at=when)
    assert "1 contact is on the way" in said(response) and "1 contact stays off" in said(response)
    assert [row.state for row in Contact.objects.order_by("email")] == ["new", "left"]
    assert Contact.objects.get(pk=back.pk).consented_at is not None
    assert set(Change.objects.values_list("object_pk", flat=True)) == {back.pk}


@pytest.mark.parametrize("consent", ["", "nonsense", "2999-01-01T00:00"])
def test_without_a_consent_of_the_past_nobody_is_subscribed(
    admin_client: Client, make_contact: Make, consent: str
) -> None:
    contact = make_contact(state="left", left_on=timezone.now())
    asked = act(admin_client, Contact, "subscribe", contact, confirmed="1", consented_at=consent)
    assert asked.context["form"].errors
    assert Contact.objects.get().state == "left"


def test_too_many_are_not_subscribed_in_one_request(
    admin_client: Client, make_contact: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getresponse_django.admin.contacts.pages.MOST_AT_ONCE", 1)
    rows = [make_contact(f"{name}@example.com", state="left") for name in "ab"]
    assert "At most 1 contacts" in said(act(admin_client, Contact, "subscribe", *rows))


# Deleting


def test_deleting_warns_and_leaves_a_tombstone(admin_client: Client, contact: Contact) -> None:
    url = page_url(contact, "delete")
    assert "This is deleted in GetResponse as well." in admin_client.get(url).content.decode()
    response = admin_client.post(url, {"post": "yes"}, follow=True)
    assert "It will be removed from GetResponse." in said(response)
    change = Change.objects.get()
    assert change.tombstone is not None and change.tombstone["remote_id"] == "c-ann@example.com"


@pytest.mark.parametrize("columns", [{"state": "left"}, {"state": "new", "contact_id": None}])
def test_deleting_what_getresponse_does_not_have_claims_nothing(
    admin_client: Client, make_contact: Make, columns: dict[str, Any]
) -> None:
    contact = make_contact(**columns)
    assert "in GetResponse as well" not in admin_client.get(page_url(contact, "delete")).content.decode()
    assert not Change.objects.exists()


def test_deleting_many_leaves_tombstones(admin_client: Client, make_contact: Make) -> None:
    rows = [make_contact(f"{name}@example.com") for name in "ab"]
    assert "in GetResponse as well" in act(admin_client, Contact, "delete_selected", *rows).content.decode()
    response = act(admin_client, Contact, "delete_selected", *rows, post="yes")
    assert "will be removed there" in said(response)
    assert Change.objects.filter(tombstone__isnull=False).count() == 2


@pytest.mark.parametrize("kind", ["contact", "campaign"])
def test_a_page_shows_what_both_sides_changed(admin_client: Client, contact: Contact, kind: str) -> None:
    row = contact if kind == "contact" else contact.campaign
    assert "Changed on both sides" not in admin_client.get(page_url(row)).content.decode()
    values = {"here": ["<b>Sopot</b>"], "there": None, "won": "local", "field": "custom_fields.city"}
    Conflict.objects.create(account=contact.account, resource=kind, object_pk=row.pk, **values)
    page = admin_client.get(page_url(row)).content.decode()
    assert "Changed on both sides" in page
    assert "custom_fields.city: here &lt;b&gt;Sopot&lt;/b&gt;, in GetResponse -. " in page
    assert "What stands is from this site." in page
