"""Whatever way a mirrored row is written, a Change is recorded with it, and nothing else is."""

from __future__ import annotations

import copy
import pickle
from contextlib import nullcontext
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import F, ProtectedError
from django.test.utils import CaptureQueriesContext

from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    Contact,
    CustomField,
    FromField,
    Newsletter,
    Tag,
    Wish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return Account.objects.for_alias("default")


@pytest.fixture
def campaign(account: Account) -> Campaign:
    return quiet(Campaign(account=account, name="customers", campaign_id="C"))


@pytest.fixture
def contact(account: Account, campaign: Campaign) -> Contact:
    return quiet(
        Contact(account=account, campaign=campaign, email="ann@example.com", contact_id="a", state="active")
    )


@pytest.fixture
def other(account: Account, campaign: Campaign) -> Contact:
    return quiet(
        Contact(account=account, campaign=campaign, email="bob@example.com", contact_id="b", state="active")
    )


@pytest.fixture
def tag(account: Account) -> Tag:
    return quiet(Tag(account=account, name="vip", tag_id="T"))


def quiet(row: Any) -> Any:
    """The row as a pull makes it."""
    type(row).plain.bulk_create([row])
    return type(row).objects.get(pk=row.pk)


def recorded() -> set[tuple[str, int]]:
    """What waits, and a clean slate after it."""
    found = set(Change.objects.values_list("resource", "object_pk"))
    Change.objects.all().delete()
    return found


def renamed(contact: Contact) -> None:
    contact.name = "Anna"
    contact.save()


WRITES = {
    "save": renamed,
    "save with update_fields": lambda c: (setattr(c, "name", "x"), c.save(update_fields=["name"])),
    "save with a generator": lambda c: (setattr(c, "name", "x"), c.save(update_fields=(f for f in ["name"]))),
    "update": lambda c: Contact.objects.filter(pk=c.pk).update(name="x"),
    "update of what the filter matches": lambda c: Contact.objects.filter(name=c.name).update(name="y"),
    "update of a distinct join": lambda c: (
        Contact.objects.filter(campaign__name="customers").distinct().update(name="y")
    ),
    "update by expression": lambda c: Contact.objects.filter(pk=c.pk).update(note=F("email")),
    "update of a foreign key column": lambda c: Contact.objects.filter(pk=c.pk).update(
        campaign_id=c.campaign_id
    ),
    "bulk_update": lambda c: Contact.objects.bulk_update([c], ["name"]),
    "base manager": lambda c: Contact._base_manager.filter(pk=c.pk).update(name="x"),
    "update_or_create": lambda c: Contact.objects.update_or_create(email=c.email, defaults={"name": "x"}),
    "related manager": lambda c: c.campaign.contacts.add(c, bulk=True),
    "related update": lambda c: c.campaign.contacts.update(name="x"),
    "custom fields in place": lambda c: (c.custom_fields.__setitem__("plan", ["pro"]), c.save()),
    "refresh and save": lambda c: (c.refresh_from_db(), renamed(c)),
}


@pytest.mark.parametrize("way", sorted(WRITES))
def test_a_write_of_a_pushed_field_is_recorded_once(contact: Contact, way: str) -> None:
    Contact.plain.update(custom_fields={})
    contact.refresh_from_db()
    WRITES[way](contact)
    assert recorded() == {("contact", contact.pk)}


SILENT = {
    "save without a change": lambda c: c.save(),
    "save of a field that is not pushed": lambda c: (setattr(c, "last_error", "x"), c.save()),
    "update of a field that is not pushed": lambda c: Contact.objects.update(last_error="x"),
    "update of the remote id": lambda c: Contact.objects.update(contact_id="z"),
    "plain": lambda c: Contact.plain.update(name="x"),
    "update of nothing": lambda c: Contact.objects.filter(pk=0).update(name="x"),
    "adding no tags": lambda c: c.tags.add(),
    "removing tags it has not": lambda c: c.tags.set([]),
}


@pytest.mark.parametrize("way", sorted(SILENT))
def test_what_need_not_be_pushed_is_not_recorded(contact: Contact, way: str) -> None:
    SILENT[way](contact)
    assert recorded() == set()


@pytest.mark.django_db(transaction=True)
def test_async_methods_record() -> None:
    account = Account.objects.for_alias("default")
    campaign = quiet(Campaign(account=account, name="customers", campaign_id="C"))

    async def work() -> None:
        contact = await Contact.objects.acreate(account=account, campaign=campaign, email="x@example.com")
        contact.name = "x"
        await contact.asave()
        await Contact.objects.filter(pk=contact.pk).aupdate(name="y")

    async_to_sync(work)()
    assert recorded() == {("contact", Contact.objects.get().pk)}


def test_creations_of_all_kinds_are_recorded(account: Account, campaign: Campaign) -> None:
    made = [Contact.objects.create(account=account, campaign=campaign, email="a@example.com")]
    made += Contact.objects.bulk_create(
        [Contact(account=account, campaign=campaign, email=f"b{n}@example.com") for n in range(3)]
    )
    made += [campaign.contacts.create(account=account, email="c@example.com")]
    made += [Contact.objects.get_or_create(account=account, campaign=campaign, email="d@example.com")[0]]
    assert recorded() == {("contact", contact.pk) for contact in made}


@pytest.mark.parametrize("option", ["ignore_conflicts", "update_conflicts"])
def test_bulk_create_refuses_what_it_could_not_record(option: str) -> None:
    with pytest.raises(ValueError, match="conflicts"):
        Contact.objects.bulk_create([], **{option: True})
    with pytest.raises(ValueError, match="conflicts"):
        Contact.objects.bulk_create([], None, True)


def test_read_only_resources_are_never_recorded(account: Account) -> None:
    FromField.objects.create(account=account, email="s@example.com").delete()
    FromField.objects.bulk_create([FromField(account=account, email="t@example.com")])
    FromField.objects.update(name="u")
    assert recorded() == set()


def test_tags_are_recorded_from_both_sides(contact: Contact, other: Contact, tag: Tag) -> None:
    both = {("contact", contact.pk), ("contact", other.pk)}
    contact.tags.add(tag)
    assert recorded() == {("contact", contact.pk)}
    contact.tags.add(tag)
    assert recorded() == set()
    contact.tags.remove(tag)
    assert recorded() == {("contact", contact.pk)}
    tag.contacts.add(contact, other)
    assert recorded() == both
    tag.contacts.remove(other)
    assert recorded() == {("contact", other.pk)}
    tag.contacts.set([other])
    assert recorded() == both
    tag.contacts.clear()
    assert recorded() == {("contact", other.pk)}
    contact.tags.set([tag])
    assert recorded() == {("contact", contact.pk)}
    contact.tags.clear()
    assert recorded() == {("contact", contact.pk)}


def test_adding_contacts_to_another_campaign_records_them(
    account: Account, contact: Contact, other: Contact
) -> None:
    second = quiet(Campaign(account=account, name="second", campaign_id="S"))
    second.contacts.add(contact, other)
    assert recorded() == {("contact", contact.pk), ("contact", other.pk)}
    assert second.contacts.count() == 2


# --- deletions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["instance", "queryset", "related"])
def test_a_deletion_leaves_a_tombstone(contact: Contact, how: str) -> None:
    pk = contact.pk
    ways = {
        "instance": lambda: contact.delete(),
        "queryset": lambda: Contact.objects.filter(pk=pk).delete(),
        "related": lambda: contact.campaign.contacts.all().delete(),
    }
    ways[how]()
    (change,) = Change.objects.all()
    assert (change.resource, change.object_pk) == ("contact", pk)
    assert change.tombstone["remote_id"] == "a"
    assert change.tombstone["campaign_id"] == "C"


def test_a_deletion_of_what_was_never_sent_leaves_nothing(account: Account, campaign: Campaign) -> None:
    Contact.objects.create(account=account, campaign=campaign, email="a@example.com").delete()
    Contact.objects.create(account=account, campaign=campaign, email="b@example.com")
    Contact.objects.all().delete()
    campaign.delete()
    assert recorded() == set()


def test_the_tombstone_tells_what_the_database_knows_not_what_was_loaded(contact: Contact) -> None:
    stale = Contact.objects.get()
    Contact.plain.update(contact_id="newer")
    stale.delete()
    assert Change.objects.get().tombstone["remote_id"] == "newer"


def test_deleting_many_takes_few_queries(account: Account, campaign: Campaign) -> None:
    rows = [
        Contact(
            account=account, campaign=campaign, email=f"{n}@example.com", contact_id=str(n), state="active"
        )
        for n in range(300)
    ]
    Contact.plain.bulk_create(rows)
    with CaptureQueriesContext(connection) as queries:
        Contact.objects.all().delete()
    assert len(queries) < 25
    assert len(recorded()) == 300


def test_the_manager_has_no_delete_that_empties_the_table() -> None:
    assert not hasattr(Contact.objects, "delete")
    assert not hasattr(Tag.objects, "delete")


def test_deleting_the_user_keeps_the_contact(contact: Contact, django_user_model: Any) -> None:
    user = django_user_model.objects.create(username="ann")
    Contact.plain.update(user=user)
    user.delete()
    assert Contact.objects.get().user_id is None
    assert recorded() == set()


@pytest.mark.parametrize("model", [Campaign, Account])
def test_what_contacts_belong_to_is_protected(contact: Contact, model: Any) -> None:
    with pytest.raises(ProtectedError):
        model.objects.get().delete()
    assert recorded() == set()


def test_deleting_a_tag_leaves_its_own_tombstone_only(contact: Contact, tag: Tag) -> None:
    contact.tags.add(tag)
    Change.objects.all().delete()
    tag.delete()
    assert set(Change.objects.values_list("resource", flat=True)) == {"tag"}


# --- transactions, fixtures, switches ------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outer", [False, True], ids=["a transaction", "a savepoint"])
def test_a_save_that_was_rolled_back_is_written_when_it_is_repeated(
    account: Account, campaign: Campaign, contact: Contact, outer: bool
) -> None:
    new = Contact(account=account, campaign=campaign, email="new@example.com")
    with transaction.atomic() if outer else nullcontext():
        contact.name = "Nora"
        with pytest.raises(RuntimeError), transaction.atomic():
            contact.save()
            new.save()
            raise RuntimeError
        contact.save()
        new.save()
    assert Contact.objects.get(pk=contact.pk).name == "Nora"
    assert Contact.objects.get(email="new@example.com")
    assert recorded() == {("contact", contact.pk), ("contact", new.pk)}


@pytest.mark.django_db(transaction=True)
def test_a_bulk_create_that_was_rolled_back_can_be_saved(account: Account, campaign: Campaign) -> None:
    new = Contact(account=account, campaign=campaign, email="new@example.com")
    with pytest.raises(RuntimeError), transaction.atomic():
        Contact.objects.bulk_create([new])
        raise RuntimeError
    new.save()
    assert Contact.objects.get(email="new@example.com")
    assert recorded() == {("contact", new.pk)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("again", [copy.copy, lambda row: pickle.loads(pickle.dumps(row))])
def test_a_copy_made_before_the_commit_writes_only_what_is_changed_in_it(
    account: Account, campaign: Campaign, again: Any
) -> None:
    with transaction.atomic():
        new = Contact.objects.create(account=account, campaign=campaign, email="new@example.com")
        twin = again(new)
    Contact.plain.filter(pk=new.pk).update(state="active", contact_id="n")
    twin.name = "Nora"
    twin.save()
    new.refresh_from_db()
    assert (new.name, new.state, new.contact_id) == ("Nora", "active", "n")


def test_a_prefetched_relation_can_be_refreshed(contact: Contact) -> None:
    (row,) = Contact.objects.prefetch_related("wishes")
    Wish.objects.create(contact=contact, rule="r", model="m", object_pk="1")
    row.refresh_from_db(fields=["wishes"])
    assert row.wishes.count() == 1


def test_a_rollback_leaves_nothing(contact: Contact, other: Contact) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        renamed(contact)
        other.delete()
        raise RuntimeError
    assert recorded() == set()
    assert Contact.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_change_is_in_the_transaction_of_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account.objects.for_alias("default")
    campaign = quiet(Campaign(account=account, name="customers", campaign_id="C"))

    def broken(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the outbox is broken")

    monkeypatch.setattr("getresponse_django.models.recording.record", broken)
    with pytest.raises(DatabaseError):
        Contact.objects.create(account=account, campaign=campaign, email="a@example.com")
    assert Contact.objects.count() == 0


def test_fixtures_record_nothing(contact: Contact, tag: Tag) -> None:
    contact.tags.add(tag)
    dump = serializers.serialize("json", [*Account.objects.all(), *Campaign.objects.all(), tag, contact])
    Contact.objects.all().delete()
    Change.objects.all().delete()
    for loaded in serializers.deserialize("json", dump):
        loaded.save()
    assert Contact.objects.get().tags.get() == tag
    assert recorded() == set()


def test_disabled_records_nothing(contact: Contact, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    renamed(contact)
    contact.delete()
    assert recorded() == set()


# --- save() writes what changed, and no more -----------------------------------------------------


def test_a_stale_save_does_not_undo_what_a_pull_wrote(contact: Contact) -> None:
    stale = Contact.objects.get(pk=contact.pk)
    Contact.plain.update(name="From GetResponse", state="left")
    stale.note = "mine"
    stale.save()
    fresh = Contact.objects.get(pk=contact.pk)
    assert (fresh.name, fresh.state, fresh.note) == ("From GetResponse", "left", "mine")


def test_a_stale_new_object_does_not_undo_it_either(account: Account, campaign: Campaign) -> None:
    made = [Contact.objects.create(account=account, campaign=campaign, email="a@example.com")]
    made += Contact.objects.bulk_create([Contact(account=account, campaign=campaign, email="b@example.com")])
    Contact.plain.update(state="active")
    for stale in made:
        stale.note = "mine"
        stale.save()
    assert set(Contact.objects.values_list("state", "note")) == {("active", "mine")}


def test_an_edit_survives_a_refresh_of_other_fields(contact: Contact) -> None:
    contact.name = "Anna"
    contact.refresh_from_db(fields=["state"])
    contact.save()
    assert Contact.objects.get().name == "Anna"


def test_an_edit_survives_a_deferred_load(contact: Contact) -> None:
    lazy = Contact.objects.only("name").get()
    lazy.name = "Anna"
    assert lazy.note == ""
    lazy.save()
    assert Contact.objects.get().name == "Anna"


def test_a_partial_save_leaves_the_other_edits_to_the_next(contact: Contact) -> None:
    contact.name, contact.note = "Anna", "hi"
    contact.save(update_fields=["name"])
    contact.save()
    assert Contact.objects.values_list("name", "note").get() == ("Anna", "hi")


def test_a_full_refresh_forgets_the_edits(contact: Contact) -> None:
    contact.name = "Anna"
    contact.refresh_from_db()
    contact.save()
    assert Contact.objects.get().name == ""


@pytest.mark.parametrize("forget_adding", [True, False])
def test_a_copy_becomes_a_row_of_its_own(contact: Contact, forget_adding: bool) -> None:
    double = copy.copy(contact)
    double.pk, double.contact_id, double.email = None, None, "copy@example.com"
    double._state = copy.copy(double._state)
    double._state.adding = forget_adding
    double.save()
    assert set(Contact.objects.values_list("email", flat=True)) == {"ann@example.com", "copy@example.com"}


def test_a_deleted_object_can_be_saved_again(account: Account) -> None:
    tag = Tag.objects.create(account=account, name="vip")
    tag.delete()
    tag.save()
    assert Tag.objects.get().name == "vip"


def test_a_save_costs_one_query_more_than_without_the_app(
    contact: Contact, account: Account, campaign: Campaign
) -> None:
    contact.name = "Anna"
    with CaptureQueriesContext(connection) as update:
        contact.save()
    with CaptureQueriesContext(connection) as nothing:
        contact.save()
    new = Contact(account=account, campaign=campaign, email="new@example.com")
    with CaptureQueriesContext(connection) as create:
        new.save()
    assert (len(update), len(nothing), len(create)) == (2, 0, 2), [q["sql"] for q in update]


def test_the_generated_address_follows_the_address(contact: Contact) -> None:
    contact.email = "ANNA@Example.com"
    contact.save()
    assert Contact.objects.get().email_lower == "anna@example.com"


def test_two_spellings_of_an_address_cannot_both_wait(account: Account, campaign: Campaign) -> None:
    Contact.objects.create(account=account, campaign=campaign, email="a@example.com")
    with pytest.raises(ValidationError):
        Contact(account=account, campaign=campaign, email="A@example.com").validate_constraints()


def test_custom_fields_and_newsletters_record_too(account: Account, campaign: Campaign) -> None:
    field = CustomField.objects.create(account=account, name="plan")
    newsletter = Newsletter.objects.create(account=account, subject="Hello", campaign=campaign)
    assert recorded() == {("custom_field", field.pk), ("newsletter", newsletter.pk)}
