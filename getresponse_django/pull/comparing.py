"""Compares the contacts here with those in GetResponse and writes nothing; nine bytes of memory for each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Q

from ..calls import SEARCH
from ..client import Call, Client
from ..errors import GetResponseError, NotFound
from ..mirror.contacts import unburied
from ..mirror.erasing import not_erased
from ..models import Account, Contact, ContactState, Tag
from ..models.contact_states import GONE
from ..plan import search_of, section, tag_exists
from ..resources import RESOURCES, Json, contact_ids, is_contact
from .drift import COMPARED, Columns, Drift, Kind, compare, drift, remote_columns
from .removals import traces
from .running import groups_of

EXPECTED = (
    ContactState.NEW,
    ContactState.SENT,
    ContactState.ACCEPTED,
    ContactState.ACTIVE,
    ContactState.LEAVING,
)
"""The states of contacts that GetResponse lists, or will. It does not list unconfirmed ones
(behaviour-contacts.md section 4).
"""

CHUNK = 1000


class Roll:
    """The keys of rows, given in their order, and which of them were met: nine bytes each."""

    def __init__(self, pks: Iterable[int]) -> None:
        self._pks = array("q", pks)
        self._met = bytearray(len(self._pks))

    def _place(self, pk: int) -> int | None:
        place = bisect_left(self._pks, pk)
        return place if place < len(self._pks) and self._pks[place] == pk else None

    def meet(self, pk: int) -> bool:
        """Note that this row was met; whether it is on the roll."""
        place = self._place(pk)
        if place is not None:
            self._met[place] = True
        return place is not None

    def has_met(self, pk: int) -> bool:
        """Whether it was."""
        place = self._place(pk)
        return place is not None and bool(self._met[place])

    def unmet(self) -> Iterator[list[int]]:
        """The keys that were not met, up to a thousand at a time."""
        return groups_of((pk for pk, met in zip(self._pks, self._met, strict=True) if not met), CHUNK)


def find_drift(client: Client, account: Account, *, details: bool = False) -> Iterator[Drift]:
    """Every difference between the contacts of the account here and there, as it is found.

    By the lists of contacts, and of tags by one search per tag; ``details`` reads each contact instead, for
    its tags and custom fields. Raises the GetResponseError that ended the reading.
    """
    expected = Contact.plain.filter(account=account, state__in=EXPECTED).order_by("pk")
    roll = Roll(expected.values_list("pk", flat=True).iterator())
    # By their creation: what is new while pages are fetched comes last, and moves no other contact.
    for page in client.pages("/contacts", sort={"createdOn": "ASC"}):
        yield from drift_of_page(client, account, list(filter(is_contact, page)), roll, details=details)
    for pks in roll.unmet():
        yield from drift_of_unlisted(client, expected.filter(pk__in=pks))
    if not details:
        yield from drift_of_tags(client, account, roll)


def drift_of_page(
    client: Client, account: Account, items: Sequence[Json], roll: Roll, *, details: bool
) -> Iterator[Drift]:
    """The differences of the contacts of one page, who are met."""
    here = rows_of(account, items, details=details)
    known = {key: row for key, row in here.items() if row["state"] == ContactState.ACTIVE}
    full = details_of(client, known) if details else {}
    for item in items:
        row = here.get(item["contactId"])
        if row and row["pk"] is not None:
            roll.meet(row["pk"])
        yield from compare(row, remote_columns(full.get(item["contactId"], item)))


def rows_of(account: Account, items: Sequence[Json], *, details: bool) -> dict[str, Columns]:
    """Remote id -> row of the listed contacts that are here: by their id, else by their list and address.

    Those that were deleted here and wait for their removal there are in the state ``deleted``.
    """
    ids = [item["contactId"] for item in items]
    mine = Contact.plain.filter(account=account)
    here = {row["contact_id"]: row for row in columns_of(mine.filter(contact_id__in=ids))}
    kept = {item["contactId"] for item in unburied(account, not_erased(items))}
    here |= {
        item["contactId"]: {"pk": None, "state": "deleted"} for item in items if item["contactId"] not in kept
    }
    strangers = {place_of(item): item["contactId"] for item in items if item["contactId"] not in here}
    if strangers:
        unlinked = mine.filter(Q(contact_id=None) | Q(state__in=GONE))
        rows = columns_of(unlinked.filter(email_lower__in=[email for _campaign, email in strangers]))
        # Of several rows the one that is expected there counts: it overwrites those that had left.
        for row in sorted(rows, key=is_expected):
            if (key := strangers.get((row["campaign"], row["email"].lower()))) is not None:
                here[key] = row
    return with_tags(here) if details else here


def place_of(item: Json) -> tuple[str, str]:
    """The list and the address of a listed contact."""
    return item["campaign"]["campaignId"], item["email"].lower()


def is_expected(row: Columns) -> bool:
    """Whether GetResponse should list this contact."""
    return row["state"] in EXPECTED


def columns_of(rows: Any) -> Iterator[Columns]:
    """The rows of a query as ``drift.Columns``."""
    renamed = {"campaign__campaign_id": "campaign", "campaign__name": "campaign_name"}
    for row in rows.values("pk", "contact_id", "state", "custom_fields", *COMPARED, *renamed):
        yield {renamed.get(name, name): value for name, value in row.items()}


def with_tags(here: dict[str, Columns]) -> dict[str, Columns]:
    """The rows with the names of their tags."""
    names: dict[int, set[str]] = {row["pk"]: set() for row in here.values() if row["pk"] is not None}
    through = Contact.tags.through.objects.filter(contact__in=list(names))
    for pk, name in through.values_list("contact_id", "tag__name"):
        names[pk].add(name)
    return {key: {**row, "tags": names.get(row["pk"], set())} for key, row in here.items()}


def details_of(client: Client, contact_ids: Iterable[str]) -> dict[str, Json]:
    """The details of contacts by their remote id, but of those that went meanwhile."""
    found = {}
    calls = (Call("GET", f"/contacts/{contact_id}", key=contact_id) for contact_id in contact_ids)
    for call, result in client.send_many(calls):
        if isinstance(result, NotFound):
            continue
        if isinstance(result, GetResponseError):
            raise result
        if is_contact(result):
            found[call.key] = result
    return found


def drift_of_unlisted(client: Client, rows: Any) -> Iterator[Drift]:
    """The differences of contacts that were not listed: not there yet, removed, or gone without a trace.

    One that answers nevertheless was only overlooked, and does not differ.
    """
    here = {row["pk"]: row for row in columns_of(rows)}
    for row in here.values():
        if row["contact_id"] is None:
            yield from compare(row, None)
    linked = {row["contact_id"]: row for row in here.values()}
    for trace in traces(client, list(rows.filter(contact_id__isnull=False).select_related("campaign"))):
        row = linked[trace.contact_id]
        yield from compare(row, {**row, "state": trace.status} if trace.record else None)


def drift_of_tags(client: Client, account: Account, listed: Roll) -> Iterator[Drift]:
    """Who carries a tag on one side only, of the active contacts that were listed."""
    campaign_ids = [item["campaignId"] for item in listed_objects(client, "campaign")]
    there = {item["name"]: item["tagId"] for item in listed_objects(client, "tag") if item.get("name")}
    here = dict(Tag.plain.filter(account=account).values_list("name", "pk"))
    for name in sorted({*here, *there}):
        carriers = carriers_of(here.get(name), listed)
        for page in pages_with_tag(client, there.get(name), campaign_ids):
            ids = contact_ids(page)
            for row in columns_of(Contact.plain.filter(account=account, contact_id__in=ids)):
                if listed.has_met(row["pk"]) and not carriers.meet(row["pk"]) and is_active(row):
                    yield drift(row, Kind.FIELD, "tags", "", name)
        for pks in carriers.unmet():
            for row in columns_of(Contact.plain.filter(pk__in=pks)):
                yield drift(row, Kind.FIELD, "tags", name, "")


def listed_objects(client: Client, name: str) -> Iterator[Json]:
    """All objects of a resource."""
    resource = RESOURCES[name]
    return (item for page in client.pages(resource.path) for item in filter(resource.says_id, page))


def is_active(row: Columns) -> bool:
    """Whether fields of this contact are compared."""
    return bool(row["state"] == ContactState.ACTIVE)


def carriers_of(tag_pk: int | None, listed: Roll) -> Roll:
    """The active contacts here that carry a tag, of those that were listed."""
    through = Contact.tags.through.objects.filter(tag=tag_pk, contact__state=ContactState.ACTIVE)
    pks = through.order_by("contact_id").values_list("contact_id", flat=True)
    return Roll(pk for pk in pks.iterator() if listed.has_met(pk))


def pages_with_tag(client: Client, tag_id: str | None, campaign_ids: list[str]) -> Iterator[list[Json]]:
    """The contacts in GetResponse that carry a tag, page by page; none of a tag that it does not have."""
    if tag_id and campaign_ids:
        body = search_of(section([tag_exists(tag_id)], campaign_ids), status="subscribed")
        yield from client.pages(SEARCH, method="POST", json=body)
