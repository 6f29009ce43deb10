"""An event says which contact to look at; what is mirrored is what GetResponse answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from getresponse_django import mirror, push
from getresponse_django.models import Account, Change, Contact, WebhookEvent
from getresponse_django.sandbox import Sandbox
from getresponse_django.signals import contact_linked, webhook_received
from getresponse_django.webhooks import process
from tests.pulling import asked, call, pulled, the_account

pytestmark = pytest.mark.django_db(transaction=True)

ANN = "ann@example.com"


@pytest.fixture
def ann(sandbox: Sandbox) -> Contact:
    """Mirrored as she is; the log of requests begins after it."""
    sandbox.add_contact(ANN, "customers", name="Ann", custom_fields={"city": "Gdynia"})
    pulled("campaigns", "fields", "tags", "contacts")
    sandbox._application.log.clear()
    return Contact.objects.get()


@pytest.fixture
def heard() -> Iterator[list[WebhookEvent]]:
    events: list[WebhookEvent] = []

    def hear(event: WebhookEvent, **_kwargs: Any) -> None:
        events.append(event)

    webhook_received.connect(hear)
    yield events
    webhook_received.disconnect(hear)


def arrived(kind: str, contact: Contact | str = "", **columns: Any) -> WebhookEvent:
    contact_id = contact.contact_id if isinstance(contact, Contact) else contact
    columns = {"source": "webhook", "body": {"type": kind}} | columns
    return WebhookEvent.objects.create(
        account=the_account(), type=kind, contact_id=contact_id or "", **columns
    )


def processed() -> int:
    return process(the_account())


def outcomes() -> list[str]:
    return list(WebhookEvent.objects.order_by("pk").values_list("outcome", flat=True))


REMOVALS = [
    ("contact_removed_link", "unsubscribe", "removed"),
    ("contact_removed_bounce", "bounce", "undelivered"),
    ("unsubscribe", "unsubscribe", "removed"),
]


@pytest.mark.parametrize(("kind", "reason", "status"), REMOVALS)
def test_a_removal_is_looked_up_and_then_believed(
    sandbox: Sandbox, ann: Contact, heard: list[WebhookEvent], kind: str, reason: str, status: str
) -> None:
    sandbox.remove_contact(str(ann.contact_id), reason)
    arrived(kind, ann)
    assert processed() == 1
    ann.refresh_from_db()
    assert (ann.state, ann.left_on is not None) == ("left", True)
    assert ann.left_reason == reason
    assert asked(sandbox)[0] == f"GET /contacts/{ann.contact_id}"
    assert outcomes() == ["left"]
    assert not Change.objects.exists(), "no echo"
    assert [(event.type, event.outcome) for event in heard] == [(kind, "left")]


@pytest.mark.parametrize("kind", [kind for kind, _reason, _status in REMOVALS])
def test_a_forged_removal_removes_nobody(sandbox: Sandbox, ann: Contact, kind: str) -> None:
    arrived(kind, ann)
    processed()
    ann.refresh_from_db()
    assert ann.state == "active"
    assert outcomes() == ["mirrored"]


def test_one_who_is_gone_without_a_record_has_left_all_the_same(sandbox: Sandbox, ann: Contact) -> None:
    sandbox._application.store.active.remove(sandbox._application.store.active.by_id[str(ann.contact_id)])
    arrived("contact_removed_link", ann)
    processed()
    ann.refresh_from_db()
    assert (ann.state, ann.left_reason) == ("left", "gone")


CHANGES: dict[str, dict[str, Any]] = {
    "contact_email_changed": {"email": "ann.lee@example.com"},
    "contact_moved": {"campaign": "partners"},
    "contact_custom_field_changed": {"customFieldValues": "Sopot"},
    "something_new": {"name": "Ann Lee"},
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_read_with_all_details(sandbox: Sandbox, ann: Contact, kind: str) -> None:
    change = dict(CHANGES[kind])
    if "campaign" in change:
        ids = {c["name"]: c["campaignId"] for c in sandbox.campaigns()}
        change["campaign"] = {"campaignId": ids["partners"]}
    if "customFieldValues" in change:
        ids = {f["name"]: f["customFieldId"] for f in sandbox.custom_fields()}
        change["customFieldValues"] = [{"customFieldId": ids["city"], "value": ["Sopot"]}]
    call(sandbox, "POST", f"/contacts/{ann.contact_id}", change)
    arrived(kind, ann)
    processed()
    [there], here = sandbox.contacts(), Contact.objects.get()
    assert (here.email, here.name, here.campaign.name) == (
        there["email"],
        there["name"],
        there["campaign"]["name"],
    )
    assert here.custom_fields == {v["name"]: v["values"] for v in there["customFieldValues"]}
    assert outcomes() == ["mirrored"]
    assert not Change.objects.exists()


def test_somebody_new_is_mirrored(sandbox: Sandbox, ann: Contact) -> None:
    bob = sandbox.add_contact("bob@example.com", "customers", tags=["vip"])
    arrived("contact_added", bob["contactId"])
    processed()
    row = Contact.objects.get(email="bob@example.com")
    assert (row.state, [tag.name for tag in row.tags.all()]) == ("active", ["vip"])


def test_a_signup_of_this_site_is_linked(sandbox: Sandbox, ann: Contact) -> None:
    linked: list[str] = []

    def hear(contact: Contact, **_kwargs: Any) -> None:
        linked.append(contact.email)

    contact_linked.connect(hear)
    Contact.objects.subscribe("bob@example.com", campaign="customers")
    push.drain(the_account())
    [bob] = [c for c in sandbox.contacts() if c["email"] == "bob@example.com"]
    arrived("contact_added", bob["contactId"])
    processed()
    contact_linked.disconnect(hear)
    assert Contact.objects.get(email="bob@example.com").contact_id == bob["contactId"]
    assert linked == ["bob@example.com"]


def test_one_who_came_and_went_unseen_is_absent(sandbox: Sandbox, ann: Contact) -> None:
    arrived("contact_added", "gone"), arrived("contact_removed_link", "gone")
    assert processed() == 2
    assert outcomes() == ["absent", "absent"]
    assert Contact.objects.count() == 1


def test_events_that_only_inform_are_noted_without_a_request(
    sandbox: Sandbox, ann: Contact, heard: list[WebhookEvent]
) -> None:
    (
        arrived("contact_opened_message", ann),
        arrived("contacts_import_finished"),
        arrived("survey", source="callback"),
    )
    assert processed() == 3
    assert sandbox.requests == []
    assert outcomes() == ["noted"] * 3
    assert [event.type for event in heard] == ["contact_opened_message", "contacts_import_finished", "survey"]


def test_a_contact_is_read_once_however_many_events_there_are(sandbox: Sandbox, ann: Contact) -> None:
    for _number in range(40):
        arrived("contact_custom_field_changed", ann)
    assert processed() == 40
    assert asked(sandbox) == [f"GET /contacts/{ann.contact_id}"]


def test_a_contact_that_left_is_read_and_searched_once(sandbox: Sandbox, ann: Contact) -> None:
    sandbox.remove_contact(str(ann.contact_id))
    for _number in range(40):
        arrived("contact_removed_link", ann)
    processed()
    assert asked(sandbox) == [f"GET /contacts/{ann.contact_id}", "POST /search-contacts/contacts"]


TELLING = ["contact_added", "contact_removed_link", "contact_removed_bounce", "contact_moved", "unsubscribe"]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(TELLING), st.booleans()), min_size=1, max_size=8), st.booleans())
def test_in_whatever_order_events_come_the_truth_is_here_at_the_end(
    sandbox: Sandbox, events: list[tuple[str, bool]], leaves: bool
) -> None:
    """Duplicates and events that were overtaken, processed in any portions."""
    for model in (WebhookEvent, Contact, Change):
        model.objects.all().delete()
    sandbox.reset()
    person = sandbox.add_contact(ANN, "customers")
    arrived("contact_added", person["contactId"])
    processed()
    if leaves:
        sandbox.remove_contact(person["contactId"])
    for kind, processed_now in events:
        arrived(kind, person["contactId"])
        if processed_now:
            processed()
    processed()
    assert Contact.objects.get().state == ("left" if leaves else "active")
    assert not WebhookEvent.objects.waiting().exists()
    assert not Change.objects.exists()


def test_one_who_left_and_is_back_is_here(sandbox: Sandbox, ann: Contact) -> None:
    sandbox.remove_contact(str(ann.contact_id), "api")
    arrived("contact_removed_link", ann)
    processed()
    back = sandbox.add_contact(ANN, "customers")
    arrived("contact_added", back["contactId"]), arrived("contact_removed_link", str(ann.contact_id))
    processed()
    row = Contact.objects.get()
    assert (row.state, row.contact_id) == ("active", back["contactId"])


def test_a_local_edit_that_waits_is_kept(sandbox: Sandbox, ann: Contact) -> None:
    ann.name = "Anna"
    ann.save()
    arrived("contact_custom_field_changed", ann)
    processed()
    assert Contact.objects.get().name == "Anna"
    assert Change.objects.count() == 1


# --- failures -------------------------------------------------------------------------------------------


def waits(event: WebhookEvent) -> float:
    event.refresh_from_db()
    assert event.leased_until is None
    return (event.not_before - timezone.now()).total_seconds()


def test_a_failing_contact_fails_alone_with_growing_delay_and_gives_up_visibly(
    sandbox: Sandbox, ann: Contact, settings: Any
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"MAX_ATTEMPTS": 3, "BACKOFF": (10, 100)}
    bob = sandbox.add_contact("bob@example.com", "customers")
    sandbox.fail(status=500, path=f"^/contacts/{ann.contact_id}$", count=None)
    event, other = arrived("contact_moved", ann), arrived("contact_added", bob["contactId"])
    delays = []
    for _attempt in range(3):
        processed()
        delays.append(waits(event))
        WebhookEvent.objects.update(not_before=timezone.now())
    assert 9 < delays[0] <= 15 < 90 < delays[1] <= 150
    event.refresh_from_db(), other.refresh_from_db()
    assert (event.reason, event.attempts, event.processed_at) == ("exhausted", 3, None)
    assert event.gave_up_at is not None and "500" in event.detail and ANN not in event.detail
    assert other.outcome == "mirrored"
    sandbox.heal()
    WebhookEvent.objects.gave_up().revive()
    processed()
    assert outcomes() == ["mirrored", "mirrored"]


def test_a_search_that_fails_leaves_the_contact_as_it_is(sandbox: Sandbox, ann: Contact) -> None:
    sandbox.remove_contact(str(ann.contact_id))
    sandbox.fail(status=500, path="^/search-contacts", count=None)
    event = arrived("contact_removed_link", ann)
    processed()
    ann.refresh_from_db()
    assert ann.state == "active"
    assert waits(event) > 0
    sandbox.heal()
    WebhookEvent.objects.update(not_before=timezone.now())
    processed()
    ann.refresh_from_db()
    assert ann.state == "left"


def test_a_refused_account_opens_its_circuit_and_costs_no_attempt(sandbox: Sandbox, ann: Contact) -> None:
    events = [arrived("contact_moved", ann), arrived("contact_added", "other")]
    sandbox.fail(status=401, count=None)
    processed()
    assert the_account().circuit_opened_at is not None
    for event in events:
        event.refresh_from_db()
        assert (event.attempts, event.leased_until, event.gave_up_at) == (0, None, None)
    number = len(sandbox.requests)
    processed()
    assert len(sandbox.requests) == number, "no hammering"


def test_an_outage_is_waited_out_and_costs_no_attempt(sandbox: Sandbox, ann: Contact) -> None:
    sandbox.fail(status=503, count=None)
    event = arrived("contact_moved", ann)
    processed()
    account = the_account()
    assert account.outages == 1 and account.resume_at is not None
    event.refresh_from_db()
    assert (event.attempts, event.leased_until) == (0, None)
    sandbox.heal()
    assert processed() == 0, "not before the pause is over"
    account.write(resume_at=None)
    assert processed() == 1
    assert the_account().outages == 0


def test_a_limit_is_waited_for_and_costs_no_attempt(sandbox: Sandbox, ann: Contact) -> None:
    sandbox.fail(status=429, count=None, headers={"Retry-After": "30"})
    event = arrived("contact_moved", ann)
    processed()
    assert 25 < waits(event) < 35
    assert event.attempts == 0


def test_a_paused_account_still_listens(sandbox: Sandbox, ann: Contact) -> None:
    sandbox.remove_contact(str(ann.contact_id))
    the_account().write(paused=True)
    arrived("contact_removed_link", ann)
    processed()
    ann.refresh_from_db()
    assert ann.state == "left"


def test_disabled_processes_nothing_and_loses_nothing(sandbox: Sandbox, ann: Contact, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ENABLED": False}
    arrived("contact_moved", ann)
    assert processed() == 0
    assert sandbox.requests == []
    assert WebhookEvent.objects.waiting().count() == 1


def test_an_account_without_a_key_ends_no_worker(sandbox: Sandbox, ann: Contact, settings: Any) -> None:
    arrived("contact_moved", ann)
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {}}
    assert processed() == 0
    assert WebhookEvent.objects.waiting().count() == 1


@pytest.mark.parametrize("shape", ["garbage", "shape"])
def test_an_answer_that_is_none_is_tried_again(sandbox: Sandbox, ann: Contact, shape: str) -> None:
    sandbox.fail(kind=shape, count=None)
    arrived("contact_moved", ann)
    processed()
    assert WebhookEvent.objects.waiting().count() == 1
    sandbox.heal()
    the_account().write(resume_at=None)
    WebhookEvent.objects.update(not_before=timezone.now())
    assert processed() == 1


def test_what_breaks_the_mirror_fails_alone_and_is_shown(
    sandbox: Sandbox, ann: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = mirror.mirror_contacts

    def breaking(account: Account, details: Any, **options: Any) -> int:
        if any(detail["email"] == ANN for detail in details):
            raise KeyError(ANN)
        return honest(account, details, **options)

    monkeypatch.setattr(mirror, "mirror_contacts", breaking)
    others = [sandbox.add_contact(f"p{n}@example.com", "customers")["contactId"] for n in range(6)]
    mine = arrived("contact_moved", ann)
    for contact_id in others:
        arrived("contact_added", contact_id)
    for _attempt in range(2):
        processed()
        WebhookEvent.objects.update(not_before=timezone.now())
    mine.refresh_from_db()
    assert (mine.reason, mine.gave_up_at is not None) == ("internal", True)
    assert "KeyError" in mine.detail and ANN not in mine.detail
    assert Contact.objects.filter(email__startswith="p").count() == 6


def test_a_receiver_that_raises_stops_nothing(sandbox: Sandbox, ann: Contact) -> None:
    def fall_over(**_kwargs: Any) -> None:
        raise RuntimeError

    webhook_received.connect(fall_over)
    arrived("contact_moved", ann), arrived("survey")
    assert processed() == 2
    webhook_received.disconnect(fall_over)


# --- several workers, and killed ones -------------------------------------------------------------------


class Killed(BaseException):
    """What a worker that is killed does not handle."""


@pytest.mark.parametrize("moment", ["mirror_contacts", "mark_left"])
def test_a_worker_killed_between_loses_nothing(
    sandbox: Sandbox, ann: Contact, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    sandbox.remove_contact(str(ann.contact_id))
    bob = sandbox.add_contact("bob@example.com", "customers")
    arrived("contact_removed_link", ann), arrived("contact_added", bob["contactId"])

    def die(*_arguments: Any, **_options: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(mirror, moment, die)
        patch.setattr("getresponse_django.webhooks.processing.release", lambda _events: None)
        with pytest.raises(Killed):
            processed()
    assert processed() == 0, "its lease is not over"
    WebhookEvent.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    processed()
    assert not WebhookEvent.objects.waiting().exists()
    assert dict(Contact.objects.values_list("email", "state")) == {ANN: "left", "bob@example.com": "active"}


def test_a_worker_that_lost_its_lease_does_not_overwrite_the_other_one(ann: Contact) -> None:
    event = arrived("contact_moved", ann)
    now = timezone.now()
    [late] = WebhookEvent.objects.claim(the_account(), now)
    [owner] = WebhookEvent.objects.claim(the_account(), now + timedelta(hours=1))
    from getresponse_django.models.inbox import Outcome, finish

    assert finish([late], Outcome.NOTED) == []
    assert finish([owner], Outcome.MIRRORED) == [owner]
    event.refresh_from_db()
    assert event.outcome == "mirrored"


def test_what_another_worker_reads_is_left_to_it(sandbox: Sandbox, ann: Contact) -> None:
    """Also events of the same contact that came later: its older answer might be written last."""
    first = arrived("contact_moved", ann)
    WebhookEvent.objects.claim(the_account(), timezone.now())
    second, third = arrived("contact_moved", ann), arrived("contact_added", "other")
    assert processed() == 1
    third.refresh_from_db(), second.refresh_from_db(), first.refresh_from_db()
    assert (first.processed_at, second.processed_at, third.outcome) == (None, None, "absent")


def test_two_workers_process_everything_once(
    sandbox: Sandbox, ann: Contact, heard: list[WebhookEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getresponse_django.models.inbox.CLAIM_SIZE", 5)
    ids = [sandbox.add_contact(f"p{n}@example.com", "customers")["contactId"] for n in range(20)]
    for contact_id in ids * 2:
        arrived("contact_added", contact_id)

    def work() -> None:
        try:
            processed()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    processed()
    assert sorted(event.pk for event in heard) == sorted(WebhookEvent.objects.values_list("pk", flat=True))
    assert set(outcomes()) == {"mirrored"}
    assert Contact.objects.count() == 21
