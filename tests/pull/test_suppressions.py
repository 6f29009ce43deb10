"""Suppression lists, blocklists, GDPR fields and consents as a pull mirrors them."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django import tasks
from getresponse_django.errors import NotFound
from getresponse_django.mirror.named import GONE
from getresponse_django.models import (
    Blocklist,
    Campaign,
    Contact,
    ContactConsent,
    GdprField,
    Suppression,
)
from getresponse_django.pull import contact_consents
from getresponse_django.pull.named import CONSENTS_READ, DETAILED
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call, nothing_written, pulled, the_account, waiting

pytestmark = pytest.mark.django_db

AUDIENCE = ("campaigns", "fields", "tags", "contacts")


def a_day_passes() -> None:
    """What is read daily is due again."""
    for cursor in (DETAILED, CONSENTS_READ):
        the_account().move_cursor(cursor, "2020-01-01T00:00:00+00:00")


def masks_of_lists() -> dict[str | None, list[str]]:
    """Name of the list, None for the account -> its masks."""
    return dict(Blocklist.objects.values_list("campaign__name", "masks"))


def campaign_id(sandbox: Sandbox, name: str) -> str:
    """The id of a list."""
    return next(str(c["campaignId"]) for c in sandbox.campaigns() if c["name"] == name)


# --- blocklists and suppression lists ---------------------------------------------------------------------


def test_blocklists_of_the_account_and_of_each_list_are_mirrored(sandbox: Sandbox) -> None:
    sandbox.block("@spam.example")
    customers = campaign_id(sandbox, "customers")
    call(sandbox, "POST", f"/campaigns/{customers}/blocklists", {"masks": ["rude@example.com"]})
    pulled("campaigns")
    assert masks_of_lists() == {
        None: ["@spam.example"],
        "customers": ["rude@example.com"],
        "newsletter": [],
        "partners": [],
    }
    call(sandbox, "POST", f"/campaigns/{customers}/blocklists", {"masks": ["@other.example"]})
    pulled("campaigns", full=True)
    assert masks_of_lists()["customers"] == ["@other.example"]
    assert Blocklist.objects.count() == 4


def test_suppression_lists_are_mirrored_with_their_masks_and_forgotten(sandbox: Sandbox) -> None:
    pulled("campaigns")
    there = call(sandbox, "GET", "/suppressions")[0]
    masks = call(sandbox, "GET", f"/suppressions/{there['suppressionId']}")["masks"]
    row = Suppression.objects.get()
    assert (row.suppression_id, row.name, row.masks) == (there["suppressionId"], "competitors", masks)
    assert masks

    call(sandbox, "DELETE", f"/suppressions/{row.suppression_id}")
    pulled("campaigns", full=True)
    assert not Suppression.objects.exists()
    assert waiting() == set(), "what is forgotten here is not deleted there"


def test_a_list_that_goes_while_it_is_read_is_passed_over(sandbox: Sandbox) -> None:
    gone = campaign_id(sandbox, "customers")
    sandbox.fail(404, path=f"^/campaigns/{gone}/blocklists$")
    pulled("campaigns")
    assert set(masks_of_lists()) == {None, "newsletter", "partners"}


def test_a_list_that_was_deleted_is_not_asked_for_again(sandbox: Sandbox) -> None:
    pulled("campaigns")
    Campaign.plain.filter(name="partners").update(last_error=GONE, campaign_id="gone")
    seen = len(sandbox.requests)
    pulled("campaigns", full=True)
    assert "GET /campaigns/gone/blocklists" not in asked(sandbox, seen)


# --- GDPR fields ------------------------------------------------------------------------------------------


def test_gdpr_fields_are_mirrored_with_the_text_of_their_latest_version(sandbox: Sandbox) -> None:
    pulled("fields")
    for item in call(sandbox, "GET", "/gdpr-fields"):
        latest = call(sandbox, "GET", f"/gdpr-fields/{item['gdprFieldId']}")["latestVersion"]
        row = GdprField.objects.get(gdpr_field_id=item["gdprFieldId"])
        assert (row.name, row.content, row.version_id) == (
            item["name"],
            latest["content"],
            latest["gdprFieldVersionId"],
        )
        assert row.version_on
    assert GdprField.objects.count() == 3


# --- how often --------------------------------------------------------------------------------------------


def test_a_second_pull_asks_for_none_of_it(sandbox: Sandbox) -> None:
    pulled(*AUDIENCE)
    seen = len(sandbox.requests)
    with nothing_written():
        pulled(*AUDIENCE)
    requests = asked(sandbox, seen)
    assert len(requests) <= 12
    assert not [r for r in requests if "gdpr" in r or "blocklists" in r or "suppressions" in r]


@pytest.mark.parametrize("daily", [True, False])
def test_daily_and_on_a_full_pull_all_of_it_is_read_and_nothing_written(
    sandbox: Sandbox, daily: bool
) -> None:
    pulled(*AUDIENCE)
    seen = len(sandbox.requests)
    if daily:
        a_day_passes()
    with nothing_written():
        pulled("campaigns", "fields", full=not daily)
    requests = asked(sandbox, seen)
    assert requests.count("GET /accounts/blocklists") == 1
    assert len([r for r in requests if r.endswith("/blocklists")]) == 1 + Campaign.objects.count()
    assert len([r for r in requests if "/suppressions" in r]) == 2
    assert len([r for r in requests if "/gdpr-fields" in r]) == 4


# --- consents of a contact --------------------------------------------------------------------------------


@pytest.fixture
def anna(sandbox: Sandbox) -> Contact:
    """A contact that agreed to everything."""
    contact_id = sandbox.add_contact("anna@example.com", "customers")["contactId"]
    said(sandbox, contact_id, terms=True, phone=False)
    pulled("campaigns", "contacts")
    return Contact.objects.get()


def said(sandbox: Sandbox, contact_id: str, **granted: bool) -> None:
    """What a contact says to consents; the API cannot write it."""
    record = next(contact for contact in sandbox._store.active if contact.contact_id == contact_id)
    record.consents = [
        {
            "consentId": name[:1],
            "name": name,
            "content": f"About {name}",
            "isGranted": yes,
            "history": [
                {
                    "content": f"About {name}",
                    "wasGranted": yes,
                    "declaredAt": "2026-01-16T11:55:41+0000",
                    "createdAt": "2026-01-16T11:55:41+0000",
                }
            ],
        }
        for name, yes in granted.items()
    ]


def consents(contact: Contact) -> dict[str, bool]:
    """What is here of them."""
    return dict(contact.consents.values_list("name", "is_granted"))


def test_consents_are_read_on_demand(sandbox: Sandbox, anna: Contact) -> None:
    assert consents(anna) == {}
    assert contact_consents(anna) == 2
    assert consents(anna) == {"terms": True, "phone": False}
    terms = anna.consents.get(name="terms")
    assert (terms.consent_id, terms.content, str(terms)) == ("t", "About terms", "terms")
    assert terms.history[0]["wasGranted"] is True


def test_reading_again_changes_what_changed_and_forgets_what_is_gone(sandbox: Sandbox, anna: Contact) -> None:
    contact_consents(anna)
    first = anna.consents.get(name="terms")
    said(sandbox, str(anna.contact_id), terms=False)
    assert contact_consents(anna) == 1
    assert consents(anna) == {"terms": False}
    again = anna.consents.get()
    assert again.pk == first.pk
    assert again.read_at > first.read_at


def test_a_contact_without_consents_has_none(sandbox: Sandbox, anna: Contact) -> None:
    said(sandbox, str(anna.contact_id))
    assert contact_consents(anna) == 0


@pytest.mark.parametrize("columns", [{"contact_id": None, "state": "new"}, {"state": "left"}])
def test_a_contact_that_is_not_there_is_not_asked_about(
    sandbox: Sandbox, anna: Contact, columns: dict[str, Any]
) -> None:
    contact_consents(anna)
    Contact.plain.filter(pk=anna.pk).update(**columns)
    seen = len(sandbox.requests)
    assert contact_consents(Contact.objects.get()) == 0
    assert asked(sandbox, seen) == []
    assert ContactConsent.objects.count() == 2, "what was read of one who left is kept"


def test_a_failure_keeps_what_was_read(sandbox: Sandbox, anna: Contact) -> None:
    contact_consents(anna)
    sandbox.remove_contact(str(anna.contact_id))
    with pytest.raises(NotFound):
        contact_consents(anna)
    tasks.pull_consents(anna.pk)  # logs it, and is not tried again
    assert len(consents(anna)) == 2


def test_the_task_reads_them(sandbox: Sandbox, anna: Contact) -> None:
    tasks.pull_consents(anna.pk)
    assert len(consents(anna)) == 2
    tasks.pull_consents(0)


@pytest.mark.parametrize("why", ["switched off", "refused"])
def test_the_task_asks_nothing_while_it_may_not(
    sandbox: Sandbox, anna: Contact, settings: Any, why: str
) -> None:
    if why == "refused":
        the_account().open_circuit("refused")
    else:
        settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    seen = len(sandbox.requests)
    tasks.pull_consents(anna.pk)
    assert asked(sandbox, seen) == []


def test_a_deleted_contact_takes_its_consents_along(sandbox: Sandbox, anna: Contact) -> None:
    contact_consents(anna)
    Contact.objects.filter(pk=anna.pk).delete()
    assert not ContactConsent.objects.exists()
