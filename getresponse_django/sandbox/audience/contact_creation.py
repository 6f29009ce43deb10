"""POST /contacts and POST /contacts/batch: queued, answered 202 without a body
(contract/behaviour-contacts.md 4, 5).

Decided where the contract is open: the rows of a batch that are invalid, blocked, queued or there already, or
that name an unknown tag or field, vanish; the rest of the batch is accepted with 202.
"""

from __future__ import annotations

from typing import Any

from ..http.errors import ApiError, unknown_reference
from ..http.exchange import Request
from ..http.validation import email, identifier, ip_address, list_of, number, shape
from ..operations.routing import route
from ..state.records import Contact
from ..state.store import Store
from .contact_values import COMMON, DAY_OF_CYCLE, NAME, VALUES, resolved_tags, resolved_values, tag_ids_of
from .memberships import enqueue, refusal

NEW_CONTACT = shape(
    {"email": email, "campaign": shape({"campaignId": identifier})}, {"ipAddress": ip_address, **COMMON}
)
BATCH_ROW = shape(
    {"email": email},
    {
        "name": NAME,
        "dayOfCycle": DAY_OF_CYCLE,
        "scoring": number,
        "ipAddress": ip_address,
        "tags": shape({"ids": list_of(identifier)}),
        "customFieldValues": VALUES,
    },
)
BATCH = shape({"campaignId": identifier, "contacts": list_of(shape(), 1, 1000)})


@route("POST", "/contacts", status=202, body=NEW_CONTACT)
def create_contact(store: Store, request: Request) -> None:
    """409 when it is there or queued, 1002 when it is refused, 1001 for an unknown campaign, tag or field."""
    body = request.body
    campaign_id = existing_campaign(store, body["campaign"]["campaignId"])
    contact = drafted(store, campaign_id, body, tag_ids_of(body))
    refused = refusal(store, campaign_id, contact.email)
    if refused:
        raise refused
    enqueue(store, contact)


@route("POST", "/contacts/batch", status=202, body=BATCH, quota="batch")
def create_batch(store: Store, request: Request) -> None:
    """Up to 1000 contacts of one campaign."""
    campaign_id = existing_campaign(store, request.body["campaignId"])
    for row in request.body["contacts"]:
        if not any(BATCH_ROW(row, ())) and refusal(store, campaign_id, row["email"]) is None:
            enqueue_row(store, campaign_id, row)


def enqueue_row(store: Store, campaign_id: str, row: dict[str, Any]) -> None:
    """Queue one row; one that names an unknown tag or field vanishes."""
    try:
        enqueue(store, drafted(store, campaign_id, row, row.get("tags", {}).get("ids", [])))
    except ApiError:
        return


def existing_campaign(store: Store, campaign_id: str) -> str:
    """The same id, or 1001."""
    if campaign_id not in store.campaigns:
        raise unknown_reference("campaignId", campaign_id)
    return campaign_id


def drafted(store: Store, campaign_id: str, body: dict[str, Any], tag_ids: list[str]) -> Contact:
    """The contact a body describes, not yet anywhere."""
    now = store.now()
    tags, values = resolved_tags(store, tag_ids), resolved_values(store, body.get("customFieldValues", []))
    return Contact(
        store.ids.new("contact"),
        body["email"],
        campaign_id,
        now,
        now,
        name=body.get("name"),
        day_of_cycle=body.get("dayOfCycle"),
        scoring=body.get("scoring"),
        ip_address=body.get("ipAddress"),
        tags=tags,
        values=values,
    )
