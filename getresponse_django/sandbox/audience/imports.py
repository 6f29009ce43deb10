"""/imports: contacts added and updated by the thousand (contract/behaviour-contacts.md section 6).

Decided where the contract is open: a column that names no custom field is a 400 with code 1001; a row that is
not as wide as ``fieldMapping``, or a request over 20 MB, is a 400 with code 1000; an import too many at once
is a 409 with code 1008, the 21st of 24 hours a 429.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any

from ..http.errors import ApiError, taken, unknown_reference
from ..http.exchange import Request
from ..http.filters import among, period
from ..http.validation import Path, Problem, identifier, list_of, problem, shape, text
from ..operations.routing import route
from ..state.dates import optional_stamp, stamp
from ..state.records import IMPORT_ERRORS, Import
from ..state.store import Store, by_name
from .contact_creation import existing_campaign
from .contacts import campaign_reference
from .import_work import COLUMNS, TAG
from .tags import NAME

LARGEST_REQUEST = 20 * 1024 * 1024
AT_ONCE = 2
CELL = text(0, 2048)
BODY = shape(
    {
        "campaignId": identifier,
        "fieldMapping": list_of(text(1, 255), 1, 1000),
        "contacts": list_of(list_of(CELL), 1, 1_000_000),
    }
)
TAG_COLUMN = text(1, 255, TAG + NAME.strip("^$"), "Only letters, digits and underscores after tag:")


def import_body(value: Any, path: Path) -> Iterator[Problem]:
    """NewImport: also an ``email`` column, no column twice, and rows as wide as there are columns."""
    problems = list(BODY(value, path))
    yield from problems
    if problems:
        return
    columns = value["fieldMapping"]
    if "email" not in columns:
        yield problem((*path, "fieldMapping"), columns, "A column email is required")
    for number, column in enumerate(columns):
        if column in columns[:number]:
            yield problem((*path, "fieldMapping", str(number)), column, "This column is there already")
        if column.startswith(TAG):
            yield from TAG_COLUMN(column, (*path, "fieldMapping", str(number)))
    for number, row in enumerate(value["contacts"]):
        if len(row) != len(columns):
            yield problem((*path, "contacts", str(number)), len(row), f"Row must have {len(columns)} cells")


def import_detail(store: Store, found: Import) -> dict[str, Any]:
    """Import, the same in lists and details; the statistics are complete a while after ``finished``."""
    return {
        "importId": found.import_id,
        "href": store.href("imports", found.import_id),
        "campaign": campaign_reference(store, found.campaign.campaign_id),
        "status": found.status,
        "statistics": {
            "uploaded": found.uploaded,
            "invalid": found.invalid,
            "updated": found.updated,
            "addedToList": found.added,
        },
        "errorStatistics": {name: found.counts.get(name, 0) for name in IMPORT_ERRORS},
        "createdOn": stamp(found.created_at),
        "finishedOn": optional_stamp(found.finished_at),
    }


@route(
    "GET",
    "/imports",
    key="importId",
    each=import_detail,
    filters={"campaignId": among("campaign.campaign_id"), **period("createdOn", "created_at")},
    sorts={
        "createdOn": "created_at",
        "finishedOn": "finished_at",
        "campaignName": "campaign.name",
        "uploadedContacts": "uploaded",
        "updatedContacts": "updated",
        "addedContacts": "added",
        "invalidContacts": "invalid",
        "status": "status",
    },
)
def list_imports(store: Store, request: Request) -> Collection[Import]:
    """All imports."""
    return store.imports.values()


@route("POST", "/imports", status=201, body=import_body, quota="imports")
def create_import(store: Store, request: Request) -> Any:
    """Acceptance, not completion: the rows are looked at later."""
    if len(request.raw) > LARGEST_REQUEST:
        raise ApiError(1000, context=[problem((), len(request.raw), "The request is larger than 20 MB")])
    body = request.body
    campaign = store.campaigns[existing_campaign(store, body["campaignId"])]
    for column in body["fieldMapping"]:
        if (
            column not in COLUMNS
            and not column.startswith(TAG)
            and not by_name(store.custom_fields.values(), column)
        ):
            raise unknown_reference("fieldMapping", column)
    running = [found for found in store.imports.values() if found.status != "finished"]
    if any(found.campaign is campaign for found in running):
        raise taken(campaign.campaign_id, "An import into this campaign is active")
    if len(running) >= AT_ONCE:
        raise taken(str(AT_ONCE), "As many imports as an account may have are active")
    made = Import(
        store.ids.new("import"),
        campaign,
        store.now(),
        list(body["fieldMapping"]),
        body["contacts"],
        time.monotonic(),
    )
    store.imports[made.import_id] = made
    store.version += 1
    return import_detail(store, made)


@route("GET", "/imports/{importId}", key="importId")
def get_import(store: Store, request: Request) -> Any:
    """One import."""
    return import_detail(store, request.find("importId", store.imports))
