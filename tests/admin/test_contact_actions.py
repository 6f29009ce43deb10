"""Actions on contacts: what each does, that it records, and what it leaves alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import Retry
from django.test import Client
from django.utils import timezone

from getresponse_django import tasks
from getresponse_django.admin.contacts.exporting import harmless
from getresponse_django.models import Account, Campaign, Change, Contact, CustomField, PullRun, Tag
from getresponse_django.sandbox import Sandbox
from tests.admin.conftest import act, list_url, page_url, said, stored
from tests.pulling import call, pulled
from tests.wire import Wire

Make = Callable[..., Contact]
Handed = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Handed:
    """The tasks that workers were given."""
    found: Handed = []

    def hand_over(task: Any, **kwargs: Any) -> bool:
        found.append((task.__name__, kwargs))
        return True

    monkeypatch.setattr("getresponse_django.admin.contacts.actions.hand_over", hand_over)
    return found


@pytest.fixture
def other(account: Account) -> Campaign:
    return stored(Campaign(account=account, campaign_id="W", name="partners"))  # type: ignore[no-any-return]


def given_up(contact: Contact, **changes: Any) -> Change:
    """An edit of the contact that GetResponse did not take."""
    for name, value in changes.items():
        setattr(contact, name, value)
    contact.save()
    Change.objects.filter(resource="contact", object_pk=contact.pk).update(
        gave_up_at=timezone.now(), reason="rejected"
    )
    return Change.objects.get(resource="contact", object_pk=contact.pk)


def recorded() -> set[int]:
    return set(Change.objects.values_list("object_pk", flat=True))


def test_push_now_makes_the_changes_of_these_contacts_due(
    admin_client: Client, make_contact: Make, handed: Handed
) -> None:
    mine, other = make_contact("a@example.com", name="x"), make_contact("b@example.com", name="x")
    later = timezone.now() + timedelta(hours=1)
    for row in (mine, other):
        Change.objects.create(account=row.account, resource="contact", object_pk=row.pk, not_before=later)
    assert "1 contact is pushed now." in said(act(admin_client, Contact, "push_now", mine))
    due = Change.objects.due(timezone.now())
    assert [change.object_pk for change in due] == [mine.pk]
    assert handed == [("push_changes", {"pk": mine.account_id})]


def test_pull_now_hands_the_remote_ids_to_a_worker(
    admin_client: Client, make_contact: Make, handed: Handed
) -> None:
    known, new = make_contact("a@example.com"), make_contact("b@example.com", contact_id=None, state="new")
    act(admin_client, Contact, "pull_now", known, new)
    assert handed == [("pull_contacts", {"pk": known.account_id, "contact_ids": ["c-a@example.com"]})]
    assert "has none of these" in said(act(admin_client, Contact, "pull_now", new))


def test_too_many_are_not_pulled_one_by_one(
    admin_client: Client, make_contact: Make, handed: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getresponse_django.admin.contacts.actions.MOST_PULLED", 1)
    rows = [make_contact(f"{name}@example.com") for name in "ab"]
    assert "At most 1 contacts" in said(act(admin_client, Contact, "pull_now", *rows))
    assert handed == []


@pytest.mark.django_db(transaction=True)
def test_the_task_reads_just_these_contacts_anew(sandbox: Sandbox) -> None:
    ann = sandbox.add_contact("ann@example.com", "customers", name="Ann")
    bob = sandbox.add_contact("bob@example.com", "customers", name="Bob")
    pulled("campaigns", "fields", "tags", "contacts")
    for one in (ann, bob):
        call(sandbox, "POST", f"/contacts/{one['contactId']}", {"name": "Changed", "note": "there"})
    Contact.plain.update(changed_on=timezone.now() - timedelta(hours=1))  # seconds are the finest it tells
    account = Account.objects.get()
    tasks.pull_contacts(account.pk, [ann["contactId"], "gone"])
    assert dict(Contact.objects.values_list("email", "name")) == {
        "ann@example.com": "Changed",
        "bob@example.com": "Bob",
    }
    run = account.pull_runs.latest("pk")
    assert (run.kind, run.ok, run.done, run.total) == ("chosen contacts", True, 2, 2)
    assert not Change.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_two_people_choose_at_once_is_read_one_after_the_other(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, sent = Account.objects.for_alias("default"), list[Any]()
    monkeypatch.setattr(tasks.pull_contacts, "retry", lambda **message: sent.append(message) or Retry())
    assert PullRun.objects.begin(account, "chosen contacts")
    with pytest.raises(Retry):
        tasks.pull_contacts(account.pk, ["ann"])
    assert [message["kwargs"] for message in sent] == [{"pk": account.pk, "contact_ids": ["ann"]}]
    assert sandbox.requests == []


def test_retry_revives_the_changes_of_these_contacts(admin_client: Client, make_contact: Make) -> None:
    mine, other = make_contact("a@example.com"), make_contact("b@example.com")
    given_up(mine, name="A"), given_up(other, name="B")
    assert "1 change is tried again." in said(act(admin_client, Contact, "retry", mine))
    assert [change.object_pk for change in Change.objects.waiting()] == [mine.pk]


def test_discarding_asks_and_takes_the_edit_back(
    admin_client: Client, contact: Contact, tag: Tag, other: Campaign
) -> None:
    fresh = Tag.objects.create(account=contact.account, name="fresh")
    Contact.plain.update(base=contact.base | {"tags": ["T"], "customFieldValues": {"plan": ["free"]}})
    contact.refresh_from_db()
    contact.tags.add(fresh)
    given_up(contact, name="Odd", campaign=other, custom_fields={"plan": ["pro"]}, note="no")
    assert "Discard 1 change?" in act(admin_client, Contact, "discard", contact).content.decode()
    assert "1 change was discarded." in said(act(admin_client, Contact, "discard", contact, confirmed="1"))
    row = Contact.objects.get()
    assert (row.name, row.campaign.name, row.custom_fields) == ("Ann", "customers", {"plan": ["free"]})
    assert list(row.tags.all()) == [tag]
    assert recorded() == {fresh.pk}  # the tag itself still is to be made


def test_discarding_leaves_what_waits_and_what_was_never_sent(
    admin_client: Client, make_contact: Make
) -> None:
    waiting, refused = make_contact("a@example.com"), make_contact("b@example.com", contact_id=None)
    waiting.name = "Waits"
    waiting.save()
    given_up(refused, name="Odd", state="rejected")
    act(admin_client, Contact, "discard", waiting, refused, confirmed="1")
    assert recorded() == {waiting.pk}
    assert [(row.name, row.state) for row in Contact.objects.order_by("email")] == [
        ("Waits", "active"),
        ("Odd", "rejected"),
    ]


def test_a_refused_removal_that_is_discarded_puts_the_contact_back(
    admin_client: Client, contact: Contact
) -> None:
    given_up(contact, state="leaving")
    act(admin_client, Contact, "discard", contact, confirmed="1")
    assert Contact.objects.get().state == "active" and not recorded()


def test_a_tag_is_added_to_and_taken_off_those_that_stay(
    admin_client: Client, make_contact: Make, tag: Tag
) -> None:
    here, gone = make_contact("a@example.com"), make_contact("b@example.com", state="left")
    assert "2 contacts are chosen." in act(admin_client, Contact, "add_tag", here, gone).content.decode()
    page = act(admin_client, Contact, "add_tag", here, gone, confirmed="1", chosen=tag.pk)
    assert "1 contact was changed." in said(page) and "1 stays as it is" in said(page)
    assert (list(here.tags.all()), list(gone.tags.all()), recorded()) == ([tag], [], {here.pk})
    Change.objects.all().delete()
    act(admin_client, Contact, "add_tag", here, confirmed="1", chosen=tag.pk)
    assert not recorded()
    act(admin_client, Contact, "remove_tag", here, confirmed="1", chosen=tag.pk)
    assert (list(here.tags.all()), recorded()) == ([], {here.pk})


def test_without_a_choice_nothing_happens(admin_client: Client, contact: Contact) -> None:
    foreign = stored(Tag(account=Account.objects.for_alias("other"), name="foreign", tag_id="X"))
    for chosen in ("", str(foreign.pk)):
        page = act(admin_client, Contact, "add_tag", contact, confirmed="1", chosen=chosen)
        assert page.context["form"].errors
    assert not recorded()


def test_moving_passes_over_whom_the_list_has(
    admin_client: Client, make_contact: Make, other: Campaign
) -> None:
    free, taken = make_contact("a@example.com"), make_contact("B@example.com")
    make_contact("b@example.com", contact_id="c2")
    Contact.plain.filter(contact_id="c2").update(campaign=other)
    page = act(admin_client, Contact, "move", free, taken, confirmed="1", chosen=other.pk)
    assert "1 contact was changed." in said(page)
    assert Contact.objects.get(pk=free.pk).campaign == other
    assert Contact.objects.get(pk=taken.pk).campaign.name == "customers"
    assert recorded() == {free.pk}


def exported(client: Client, action: str, *rows: Contact) -> str:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    response = client.post(list_url(Contact), chosen)
    assert response.streaming
    assert "attachment" in response["Content-Disposition"]
    return b"".join(response.streaming_content).decode()


def test_csv_has_a_column_for_each_custom_field_and_no_formula(
    admin_client: Client, make_contact: Make, tag: Tag
) -> None:
    stored(CustomField(account=tag.account, custom_field_id="F", name="plan"))
    row = make_contact(name='=HYPERLINK("http://x")', note='@a, "b"\n', scoring=-2.5)
    row.tags.add(tag)
    Contact.plain.update(custom_fields={"plan": ["+1", "x"]})
    text = exported(admin_client, "export_csv", row)
    assert text.startswith("\ufeff")
    (line,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert line["email"] == "ann@example.com" and line["list"] == "customers" and line["tags"] == "vip"
    assert (line["name"], line["note"]) == ('\'=HYPERLINK("http://x")', '\'@a, "b"\n')
    assert (line["plan"], line["scoring"]) == ("'+1, x", "-2.5")


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_defused(value: str) -> None:
    assert harmless(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "a=1", "1-1", " x", None, -1.5])
def test_what_is_no_formula_stays(value: Any) -> None:
    assert harmless(value) == value


def test_json_has_all_of_each(admin_client: Client, make_contact: Make) -> None:
    rows = [make_contact(f"{name}@example.com", name="=1") for name in "ab"]
    found = json.loads(exported(admin_client, "export_json", *rows))
    assert [(one["email"], one["name"], one["custom_fields"]) for one in found] == [
        ("a@example.com", "=1", {}),
        ("b@example.com", "=1", {}),
    ]


def test_a_button_on_the_page_comes_back_to_the_page(
    admin_client: Client, contact: Contact, handed: Handed
) -> None:
    given_up(contact, name="Odd")
    response = act(admin_client, Contact, "retry", contact, from_page=contact.pk)
    assert response.redirect_chain[-1][0] == page_url(contact)
    asked = act(admin_client, Contact, "discard", contact, from_page=contact.pk).content.decode()
    assert f'name="from_page" value="{contact.pk}"' in asked
    assert f'href="{page_url(contact)}" class="closelink"' in asked


@pytest.mark.parametrize(
    ("state", "offered"),
    [("active", "unsubscribe"), ("unconfirmed", "unsubscribe"), ("left", "subscribe"), ("leaving", None)],
)
def test_the_page_offers_to_unsubscribe_or_to_put_back(
    admin_client: Client, make_contact: Make, state: str, offered: str | None
) -> None:
    buttons = dict(admin_client.get(page_url(make_contact(state=state))).context["buttons"])
    assert buttons.keys() & {"subscribe", "unsubscribe"} == ({offered} if offered else set())


def test_a_person_is_unsubscribed_from_their_page(admin_client: Client, contact: Contact) -> None:
    response = act(admin_client, Contact, "unsubscribe", contact, from_page=contact.pk, confirmed="1")
    assert response.redirect_chain[-1][0] == page_url(contact)
    assert Contact.objects.get().state == "leaving"


def test_what_concerned_nobody_is_no_success(admin_client: Client, make_contact: Make) -> None:
    gone, change = make_contact(state="left"), given_up(make_contact("b@example.com"), name="B")
    for row, action in ((change, "push_now"), (gone, "unsubscribe")):
        page = act(admin_client, type(row), action, row, confirmed="1")
        assert [message.level_tag for message in page.context["messages"]] == ["info"], action


def test_who_may_only_read_can_do_none_of_this(
    client_with: Callable[..., Client], contact: Contact, handed: Handed, tag: Tag
) -> None:
    given_up(contact, name="Odd")
    reader = client_with("view")
    for action in ("push_now", "pull_now", "retry", "discard", "add_tag", "move", "export_csv"):
        act(reader, Contact, action, contact, confirmed="1", chosen=tag.pk)
    assert handed == [] and Change.objects.gave_up().count() == 1 and not contact.tags.exists()
    assert Contact.objects.get().name == "Odd"


def test_no_action_asks_getresponse_anything(
    wire: Wire, admin_client: Client, contact: Contact, tag: Tag, other: Campaign, handed: Handed
) -> None:
    for action in ("push_now", "pull_now", "retry", "discard", "remove_tag", "export_csv", "unsubscribe"):
        act(admin_client, Contact, action, contact, confirmed="1", chosen=tag.pk)
    act(admin_client, Contact, "move", contact, confirmed="1", chosen=other.pk)
    assert wire.requests == []
