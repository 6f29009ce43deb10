"""First loads by POST /imports: very many new contacts of a list at once (behaviour-contacts.md section 6).

Never for lists with double opt-in, which an import would go round. The contacts are ``sent`` and the job is
noted before the request; after a lost answer the job is looked for, never sent again. When the import is over
its contacts are linked by one scan; those it updated or left out are found out by address, as after a batch.

Decided where the contract is open: where GetResponse refuses an import (one is active, the day's are used up,
a column is unknown), the contacts are new again and go by the ordinary push. An import that a person in
GetResponse rejected or canceled is not sent by other ways: its contacts are refused, with the reason.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from .. import events, mirror
from ..client import Client
from ..conf import app_settings
from ..contact_requests import import_row, imported_values
from ..errors import GetResponseError, NotFound, OutcomeUnknown
from ..models import Campaign, Change, Contact, ContactState
from ..models.contact_states import UNLINKED
from ..models.outbox import ChangeQuerySet
from ..plan import LINK_SLACK, Step, contact_step
from ..resources import Json, timestamp
from .creating import hold_back_taken, mark_sent
from .draining import Drain, Item, values_of
from .jobs import ImportJob, job_of, open_jobs
from .linking import link_page, recent_contacts, sent_to
from .permitting import permitted
from .readiness import changes_of, ids_of_fields, load, sendable, what_is_missing

LEAST = 1000
"""Fewer new contacts of a list are one batch; of imports there are only 20 a day."""

MOST_ROWS, MOST_BYTES = 50_000, 18_000_000
"""Of one import: GetResponse takes 20 MB, and all of it is in memory here."""

AT_ONCE = 2

HELD_SECONDS = 3600
"""How long the contacts of an import are left alone, when nobody is there to see its end."""

LOOK_AGAIN, MOST_LOOKS = 60, 60
"""Seconds between two looks at an import, at most, and how often a command looks."""

ENDED_BY_PERSON = ("rejected", "canceled")


def run_imports(work: Drain, sleep: Callable[[float], object] = time.sleep) -> None:
    """Import the new contacts of all lists that have many, and wait for the end of every import.

    What is left after MOST_LOOKS, or when GetResponse cannot be asked, is followed by the drains of workers.
    """
    refused: set[str] = set()
    for look in range(MOST_LOOKS):
        start_imports(work, refused)
        jobs = open_jobs(work.account)
        if not jobs:
            return
        sleep(min(0.25 * 2**look, LOOK_AGAIN))
        try:
            for job in jobs:
                follow(work, job)
        except GetResponseError as error:
            events.IMPORT_NOT_FOLLOWED.log(account=work.account.alias, **events.facts_of(error))
            return


def start_imports(work: Drain, refused: set[str]) -> None:
    """Send the new contacts of lists that have many, by as many imports as may be active at the same time.

    Adds to ``refused`` the lists whose import GetResponse did not take: these are not tried again.
    """
    for campaign in Campaign.plain.filter(account=work.account, campaign_id__isnull=False):
        campaign_id, jobs = str(campaign.campaign_id), open_jobs(work.account)
        busy = len(jobs) >= AT_ONCE or campaign_id in refused | {job.campaign_id for job in jobs}
        if not busy and is_worth_it(campaign) and not start(work, campaign):
            refused.add(campaign_id)


def is_worth_it(campaign: Campaign) -> bool:
    """Whether a list may be imported into, which must be known for certain, and has many new contacts."""
    single = campaign.optin_types.get("api") == "single"
    return single and new_changes(campaign).due(timezone.now()).count() >= LEAST


def new_changes(campaign: Campaign) -> ChangeQuerySet:
    """The changes of contacts that were never sent, but of those that somebody waits for."""
    new = Contact.plain.filter(campaign=campaign, state=ContactState.NEW)
    changes: ChangeQuerySet = Change.objects.filter(
        object_pk__in=new.values("pk"), resource="contact", bulk=True
    )
    return changes


def start(work: Drain, campaign: Campaign) -> bool:
    """One import of a list; returns whether GetResponse may have it."""
    job = ImportJob(str(campaign.campaign_id), timezone.now()).save(work.account)
    rows = gather(work, campaign, job.sent_on)
    job = job.save(work.account, rows=len(rows))
    columns = ["email", *sorted({column for row in rows for column in row} - {"email"})]
    body = {
        "campaignId": job.campaign_id,
        "fieldMapping": columns,
        "contacts": [[row.get(column, "") for column in columns] for row in rows],
    }
    try:
        made = work.client.post("/imports", body) if rows else {}
    except OutcomeUnknown:
        return True  # ``follow`` looks for it
    except GetResponseError as error:
        events.IMPORT_REFUSED.log(account=work.account.alias, **events.facts_of(error))
        made = {}
    if not made:
        take_back(work, job)
        return False
    job.save(work.account, import_id=made["importId"])
    members(work, job).filter(state=ContactState.SENT).update(state=ContactState.ACCEPTED)
    return True


def members(work: Drain, job: ImportJob) -> QuerySet[Contact]:
    """The contacts of an import whose ids are not known yet."""
    mine = Contact.plain.filter(account=work.account, sent_on=job.sent_on, contact_id=None)
    return mine.filter(state__in=[*UNLINKED, ContactState.LEAVING])


def gather(work: Drain, campaign: Campaign, sent_on: datetime) -> list[dict[str, str]]:
    """Claim new contacts and mark them sent, until there are enough for one import; returns its rows."""
    rows: list[dict[str, str]] = []
    field_ids, size = ids_of_fields(work), 0
    while len(rows) < MOST_ROWS and size < MOST_BYTES:
        changes = new_changes(campaign).claim(work.account, "contact", timezone.now(), bulk=True)
        if not changes:
            break
        work.take(changes, bulk=True)
        try:
            more = list(rows_of(work, changes, field_ids, sent_on))
        finally:
            work.release()
        rows += more
        size += sum(len(json.dumps(row)) for row in more)
        if not more:
            break
    return rows


def rows_of(
    work: Drain, changes: Sequence[Change], field_ids: dict[str, str], sent_on: datetime
) -> Iterator[dict[str, str]]:
    """The rows of claimed contacts, which are sent from now on."""
    contacts = load(change.object_pk for change in changes)
    pairs = [(change, contacts[change.object_pk]) for change in changes if change.object_pk in contacts]
    items = [item for pair in pairs if (item := item_of(work, *pair, field_ids))]
    ready = hold_back_taken(work, sendable(work, permitted(work, items), field_ids))
    bases = {item.contact.pk: imported_values(item.values) for item in ready}
    sent = mark_sent(work, ready, bases, sent_on)
    work.wait_all(changes_of(sent), HELD_SECONDS, "Part of an import; waiting for its end.")
    yield from (row_of(item) for item in sent)


def item_of(work: Drain, change: Change, contact: Contact, field_ids: dict[str, str]) -> Item | None:
    """What is to be imported of a contact that is new still; one that is broken fails alone."""
    with work.alone(change, contact):
        item = Item(change, contact, values_of(contact))
        if contact_step(contact.state, contact.contact_id) is Step.CREATE:
            what_is_missing(contact, field_ids)
            row_of(item)
            return item
    return None


def row_of(item: Item) -> dict[str, str]:
    """The contact as a row, by column."""
    tags = [tag.name for tag in item.contact.tags.all()]
    return import_row(item.values, tags, item.contact.ip_address)


def take_back(work: Drain, job: ImportJob) -> None:
    """GetResponse does not have this import: its contacts are new as before."""
    pks = list(members(work, job).filter(state=ContactState.SENT).values_list("pk", flat=True))
    in_thousands(pks, lambda part: mirror.mark_unsent([Contact(pk=pk) for pk in part]))
    Change.objects.hasten(work.account, "contact", pks)
    job.save(work.account, over=True)


def in_thousands(pks: Sequence[int], act: Callable[[Sequence[int]], object]) -> None:
    """``act`` on a thousand at a time."""
    for start in range(0, len(pks), 1000):
        act(pks[start : start + 1000])


# --- following -----------------------------------------------------------------------------------


def follow(work: Drain, job: ImportJob) -> bool:
    """Look what has become of an import; returns whether it is over. Then its contacts are linked, or due to
    be searched for.
    """
    found = find_job(work.client, job)
    if found is None:
        if (timezone.now() - job.sent_on).total_seconds() < app_settings.SETTLE_SECONDS:
            return False
        job.save(work.account, over=True)  # it never arrived: its contacts are looked for like lost creates
    elif not is_complete(found, job):
        job.save(work.account, import_id=found["importId"])
        return False
    else:
        finish(work, job, found)
    Change.objects.hasten(work.account, "contact", list(members(work, job).values_list("pk", flat=True)))
    return True


def finish(work: Drain, job: ImportJob, found: Json) -> None:
    """Link what an import added."""
    job.save(work.account, import_id=found["importId"], over=True, outcome=outcome_of(found))
    members(work, job).filter(state=ContactState.SENT).update(state=ContactState.ACCEPTED)
    for page in recent_contacts(work.client, job.campaign_id, job.sent_on):
        link_page(work, job.campaign_id, page, {})


def find_job(client: Client, job: ImportJob) -> Json | None:
    """What GetResponse says of an import; None when it has none. One whose answer was lost is the first
    since then, for a list has only one active.
    """
    if job.import_id:
        try:
            return dict(client.get(f"/imports/{job.import_id}"))
        except NotFound:
            return None
    query = {"campaignId": job.campaign_id, "createdOn": {"from": job.sent_on - timedelta(minutes=1)}}
    for page in client.pages("/imports", query=query, sort={"createdOn": "ASC"}):
        for found in page:
            created_on = timestamp(found["createdOn"])
            if created_on and created_on >= job.sent_on - timedelta(seconds=LINK_SLACK):
                return dict(found)
    return None


def is_complete(found: Json, job: ImportJob) -> bool:
    """Whether an import is over; its statistics are complete a while after it is ``finished``."""
    if found["status"] in ENDED_BY_PERSON:
        return True
    told = {name: int(value or 0) for name, value in found["statistics"].items()}
    done = told["invalid"] + told["updated"] + told["addedToList"]
    waited = (timezone.now() - job.sent_on).total_seconds() > HELD_SECONDS
    return found["status"] == "finished" and (told["uploaded"] == done == job.rows or waited)


def outcome_of(found: Json) -> str:
    """What the import left out, as GetResponse counts it."""
    if found["status"] in ENDED_BY_PERSON:
        return f"In GetResponse it was {found['status']}."
    errors = {name: count for name, count in (found.get("errorStatistics") or {}).items() if count}
    counts = ", ".join(f"{name} {count}" for name, count in sorted(errors.items()))
    return f"GetResponse counted: {counts}." if counts else ""


def await_imports(work: Drain, items: Sequence[Item]) -> list[Item]:
    """The contacts that may be looked for: not those of an import that is not over."""
    places = {sent_to(item.contact) for item in items}
    jobs = {place: job for place in places if (job := job_of(work.account, place)) and not job.over}
    for job in jobs.values():
        part = [item for item in items if is_part(item, job)]
        with work.together(changes_of(part)):
            if part and follow(work, job):
                work.wait_all(changes_of(part), 0)
            else:
                work.wait_all(changes_of(part), LOOK_AGAIN, "Waiting for the import to end.")
    return [item for item in items if item.change.pk in work.open]


def is_part(item: Item, job: ImportJob) -> bool:
    """Whether a contact was sent by this import."""
    return item.contact.sent_on == job.sent_on and sent_to(item.contact) == job.campaign_id
