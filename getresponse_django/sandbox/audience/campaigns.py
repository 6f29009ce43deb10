"""/campaigns, the lists of contacts, and their blocklists (contract/behaviour-contacts.md section 7)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from ..http.errors import ApiError, not_found, taken, unknown_reference
from ..http.exchange import Request
from ..http.filters import boolean, by_route, contains
from ..operations.routing import route
from ..state.blocklist import changed
from ..state.dates import stamp
from ..state.records import Campaign
from ..state.store import Store, by_name
from .campaign_bodies import MASKS, campaign_body, sender_ids
from .from_fields import from_field_reference

POSTAL_DESIGN = "[[name]], [[address]], [[city]], [[state]] [[zip]], [[country]]"
NESTED = ("postal", "confirmation", "subscriptionNotifications", "profile")


def default_settings(store: Store) -> dict[str, Any]:
    """The settings of a campaign that was made with a name only; unset ones are empty strings or null
    (observed).
    """
    sender = next((field.from_field_id for field in store.from_fields.values() if field.is_default), "")
    return {
        "postal": {
            "addPostalToMessages": "true",
            "city": "Gdańsk",
            "companyName": "Example Ltd",
            "country": "Poland",
            "design": POSTAL_DESIGN,
            "state": "",
            "street": "Przykładowa 1",
            "zipCode": "80-001",
        },
        "confirmation": {
            "fromField": {"fromFieldId": sender},
            "redirectType": "hosted",
            "mimeType": "text/html",
            "redirectUrl": None,
            "replyTo": {"fromFieldId": sender},
            "subscriptionConfirmationBodyId": "z",
            "subscriptionConfirmationSubjectId": "z",
        },
        "subscriptionNotifications": {"status": "disabled", "recipients": []},
        "profile": {"description": "", "industryTagId": None, "logo": "", "logoLinkUrl": "", "title": ""},
    }


def new_campaign(store: Store, name: str, optin: str = "single", created_at: int | None = None) -> Campaign:
    """Make a campaign with the usual settings. Raises 409 when the name is taken."""
    if by_name(store.campaigns.values(), name):
        raise taken(name)
    campaign_id = store.ids.new("campaign")
    campaign = Campaign(
        campaign_id,
        name,
        language_code="PL",
        is_default=not store.campaigns,
        created_at=store.now() if created_at is None else created_at,
        tech_name=hashlib.sha256(campaign_id.encode()).hexdigest()[:32],
        optin={"email": optin, "api": optin, "import": "single", "webform": optin},
        settings=default_settings(store),
    )
    store.campaigns[campaign_id] = campaign
    store.version += 1
    return campaign


def campaign_base(store: Store, campaign: Campaign) -> dict[str, Any]:
    """BaseCampaign."""
    return {
        "campaignId": campaign.campaign_id,
        "name": campaign.name,
        "techName": campaign.tech_name,
        "languageCode": campaign.language_code,
        "isDefault": str(campaign.is_default).lower(),
        "createdOn": stamp(campaign.created_at),
        "href": store.href("campaigns", campaign.campaign_id),
    }


def campaign_brief(store: Store, campaign: Campaign) -> dict[str, Any]:
    """CampaignListElement: ``description`` is a copy of the name."""
    return campaign_base(store, campaign) | {"description": campaign.name}


def campaign_detail(store: Store, campaign: Campaign) -> dict[str, Any]:
    """Campaign."""
    settings = campaign.settings
    confirmation, notifications = dict(settings["confirmation"]), dict(settings["subscriptionNotifications"])
    for name in ("fromField", "replyTo"):
        confirmation[name] = from_field_reference(store, confirmation[name]["fromFieldId"])
    notifications["recipients"] = [
        from_field_reference(store, sender["fromFieldId"]) for sender in notifications["recipients"]
    ]
    return campaign_base(store, campaign) | {
        "postal": dict(settings["postal"]),
        "confirmation": confirmation,
        "optinTypes": dict(campaign.optin),
        "subscriptionNotifications": notifications,
        "profile": dict(settings["profile"]),
    }


def find_campaign(store: Store, request: Request) -> Campaign:
    """The campaign of the path, or 404."""
    campaign_id = request.ids["campaignId"]
    if campaign_id not in store.campaigns:
        raise not_found(campaignId=campaign_id)
    return store.campaigns[campaign_id]


def check_body(store: Store, body: dict[str, Any], *, unset_default: bool) -> None:
    """Refuse unknown senders, and taking the default away without giving it to another campaign (code 1,
    observed).
    """
    for sender_id in sender_ids(body):
        if sender_id not in store.from_fields:
            raise unknown_reference("fromFieldId", sender_id)
    if unset_default and body.get("isDefault") == "false":
        raise ApiError(1, "Exactly one campaign can be default", status=400)


def apply(store: Store, campaign: Campaign, body: dict[str, Any]) -> None:
    """Take over what a body says; within the nested objects too, what it leaves out stays."""
    campaign.language_code = body.get("languageCode", campaign.language_code).upper()
    campaign.optin |= {
        name: value for name, value in body.get("optinTypes", {}).items() if name in campaign.optin
    }
    for name in NESTED:
        known = campaign.settings[name]
        known |= {key: value for key, value in body.get(name, {}).items() if key in known}
    if body.get("isDefault") == "true":
        for other in store.campaigns.values():
            other.is_default = other is campaign
    store.version += 1


@route(
    "GET",
    "/campaigns",
    key="campaignId",
    each=campaign_brief,
    filters={"name": contains("name"), "isDefault": boolean("is_default")},
    sorts={"name": "name", "createdOn": "created_at"},
)
def list_campaigns(store: Store, request: Request) -> Collection[Campaign]:
    """All campaigns."""
    return store.campaigns.values()


@route("POST", "/campaigns", status=201, body=campaign_body)
def create_campaign(store: Store, request: Request) -> Any:
    """A name that is taken is a 409."""
    check_body(store, request.body, unset_default=True)
    campaign = new_campaign(store, request.body["name"])
    apply(store, campaign, request.body)
    return campaign_detail(store, campaign)


@route("GET", "/campaigns/{campaignId}", key="campaignId")
def get_campaign(store: Store, request: Request) -> Any:
    """One campaign with its settings."""
    return campaign_detail(store, find_campaign(store, request))


@route("POST", "/campaigns/{campaignId}", body=campaign_body)
def update_campaign(store: Store, request: Request) -> Any:
    """``name`` is always needed."""
    campaign = find_campaign(store, request)
    check_body(store, request.body, unset_default=campaign.is_default)
    namesake = by_name(store.campaigns.values(), request.body["name"])
    if namesake not in (None, campaign):
        raise taken(request.body["name"])
    campaign.name = request.body["name"]
    apply(store, campaign, request.body)
    return campaign_detail(store, campaign)


@route("GET", "/campaigns/{campaignId}/blocklists", filters=by_route("mask"))
def get_campaign_blocklist(store: Store, request: Request) -> Any:
    """The campaign's masks; ``query[mask]`` matches a part."""
    wanted = request.filter("mask").lower()
    return {"masks": [mask for mask in find_campaign(store, request).masks if wanted in mask.lower()]}


@route("POST", "/campaigns/{campaignId}/blocklists", body=MASKS)
def update_campaign_blocklist(store: Store, request: Request) -> Any:
    """Replaces the masks, or changes some with additionalFlags."""
    campaign = find_campaign(store, request)
    campaign.masks = changed(campaign.masks, request.body["masks"], request.flags)
    return None if "noResponse" in request.flags else {"masks": list(campaign.masks)}
