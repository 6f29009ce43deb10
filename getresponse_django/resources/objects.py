"""How each resource is written in JSON and in columns: pure functions in pairs, and the table RESOURCES.

``fields`` turns the API's JSON into columns; ``values`` turns a row into the writable JSON that ``base``
remembers. A member missing from the JSON is missing from the columns: absent means "not asked", not "empty"
(contract/behaviour-contacts.md section 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .reading import Json, as_is, decimal, flag, number, pick, text, timestamp

# --- campaigns ---------------------------------------------------------------------------------

CAMPAIGN = {
    "campaignId": ("campaign_id", text),
    "name": ("name", text),
    "description": ("description", text),
    "languageCode": ("language_code", text),
    "isDefault": ("is_default", flag),
    "optinTypes": ("optin_types", as_is),
    "postal": ("postal", as_is),
    "profile": ("profile", as_is),
    "createdOn": ("created_on", timestamp),
}


def campaign_fields(json: Json) -> dict[str, Any]:
    """A campaign of a list or a detail as columns."""
    return pick(json, CAMPAIGN)


def campaign_values(row: Any) -> Json:
    """A campaign as JSON, the language in upper case as it is answered.

    ``isDefault`` is sent only when true: "false" is refused (behaviour-contacts.md section 7). So are the
    empty settings that are answered for unset ones; of the address, empty parts are texts like others, but
    for the flag.
    """
    postal = {part: value for part, value in row.postal.items() if value or part != "addPostalToMessages"}
    values = {"name": row.name, "languageCode": row.language_code.upper()}
    values |= {"optinTypes": given(row.optin_types), "postal": given(postal, but=(None,))}
    values |= {"profile": given(row.profile), "isDefault": "true" if row.is_default else ""}
    return {member: value for member, value in values.items() if value}


def given(settings: Json, but: tuple[Any, ...] = (None, "")) -> Json:
    """The members of ``settings`` that say something."""
    return {member: value for member, value in settings.items() if value not in but}


# --- custom fields and tags --------------------------------------------------------------------

CUSTOM_FIELD: dict[str, Any] = {
    "customFieldId": ("custom_field_id", text),
    "name": ("name", text),
    "type": ("type", text),
    "valueType": ("value_type", text),
    "format": ("format", text),
    "hidden": ("hidden", flag),
    "values": ("values", list),
}


def custom_field_fields(json: Json) -> dict[str, Any]:
    """A definition as columns; answers may lack ``format`` and hold it in ``type`` (section 9)."""
    kinds = {"format": json.get("format") or json.get("fieldType") or json.get("type")}
    kinds |= {"type": json.get("valueType") or json.get("type")}
    return pick(json | {member: kind for member, kind in kinds.items() if kind}, CUSTOM_FIELD)


def custom_field_values(row: Any) -> Json:
    """A definition as JSON."""
    values = {"name": row.name, "type": row.type, "format": row.format}
    return values | {"hidden": "true" if row.hidden else "false", "values": list(row.values)}


TAG = {"tagId": ("tag_id", text), "name": ("name", text), "createdAt": ("created_at", timestamp)}


def tag_fields(json: Json) -> dict[str, Any]:
    """A tag as columns."""
    return pick(json, TAG)


def tag_values(row: Any) -> Json:
    """A tag as JSON."""
    return {"name": row.name}


# --- contacts ----------------------------------------------------------------------------------

CONTACT = {
    "contactId": ("contact_id", text),
    "email": ("email", text),
    "name": ("name", text),
    "note": ("note", text),
    "origin": ("origin", text),
    "dayOfCycle": ("day_of_cycle", number),
    "scoring": ("scoring", decimal),
    "engagementScore": ("engagement_score", number),
    "ipAddress": ("ip_address", text),
    "timeZone": ("time_zone", text),
    "changedOn": ("changed_on", timestamp),
    "createdOn": ("created_on", timestamp),
}


def contact_fields(json: Json) -> dict[str, Any]:
    """A contact of a list or a detail as columns, ``campaign`` as the remote id of its campaign."""
    fields = pick(json, CONTACT)
    if json.get("campaign"):
        fields["campaign"] = json["campaign"]["campaignId"]
    return fields


def contact_details(json: Json) -> Json:
    """The tags (remote ids) and custom fields (name -> values) of a contact's detail, empty for a
    list item.
    """
    details: Json = {}
    if "tags" in json:
        details["tags"] = sorted(tag["tagId"] for tag in json["tags"])
    if "customFieldValues" in json:
        details["customFieldValues"] = {
            item["name"]: list(item.get("values") or item.get("value") or [])
            for item in json["customFieldValues"]
        }
    return details


def contact_base(fields: Mapping[str, Any], details: Json) -> Json:
    """The writable part of what GetResponse has of a contact, in the shape of ``contact_values``."""
    base: Json = {
        "email": fields["email"],
        "name": fields.get("name", ""),
        "note": fields.get("note", ""),
        "scoring": fields.get("scoring"),
        "dayOfCycle": fields.get("day_of_cycle"),
        "campaign": fields.get("campaign"),
    }
    return base | details


def contact_values(row: Any, tag_ids: Iterable[str]) -> Json:
    """The writable part of a contact as it is here. Custom fields are missing while nothing is
    known of them.
    """
    values: Json = {
        "email": row.email,
        "name": row.name,
        "note": row.note,
        "scoring": row.scoring,
        "dayOfCycle": row.day_of_cycle,
        "campaign": row.campaign.campaign_id,
        "tags": sorted(tag_ids),
    }
    return values if row.custom_fields is None else values | {"customFieldValues": row.custom_fields}


# --- messages ----------------------------------------------------------------------------------


def reference(member: str) -> Callable[[Any], str | None]:
    """A reader of the id in a reference such as ``{"campaignId": "V"}``."""
    return lambda value: (value or {}).get(member) or None


FROM_FIELD = {
    "fromFieldId": ("from_field_id", text),
    "email": ("email", text),
    "name": ("name", text),
    "isActive": ("is_active", flag),
    "isDefault": ("is_default", flag),
    "createdOn": ("created_on", timestamp),
}

MESSAGE: dict[str, Any] = {
    "name": ("name", text),
    "subject": ("subject", text),
    "status": ("status", text),
    "editor": ("editor", text),
    "campaign": ("campaign", reference("campaignId")),
    "fromField": ("from_field", reference("fromFieldId")),
    "sendSettings": ("send_settings", as_is),
    "createdOn": ("created_on", timestamp),
}


def listed(value: Any) -> list[Any]:
    """An array; flags are one in a detail, and a text with commas in a list (behaviour-newsletters.md
    section 2).
    """
    return [each for each in value.split(",") if each] if isinstance(value, str) else list(value or [])


NEWSLETTER: dict[str, Any] = MESSAGE | {
    "newsletterId": ("newsletter_id", text),
    "type": ("type", text),
    "replyTo": ("reply_to", reference("fromFieldId")),
    "flags": ("flags", listed),
    "attachments": ("attachments", listed),
    "sendOn": ("send_on", timestamp),
    "sendMetrics": ("send_metrics", as_is),
    "clickTracks": ("click_tracks", listed),
}


def from_field_fields(json: Json) -> dict[str, Any]:
    """A sender's address as columns."""
    return pick(json, FROM_FIELD)


def content_fields(json: Json) -> dict[str, Any]:
    """The content of a message's detail as columns."""
    if "content" not in json:
        return {}
    content = json["content"] or {}
    return {"html": text(content.get("html")), "plain_text": text(content.get("plain"))}


def newsletter_fields(json: Json) -> dict[str, Any]:
    """A newsletter as columns, ``campaign`` and ``from_field`` as remote ids."""
    return pick(json, NEWSLETTER) | content_fields(json)


def newsletter_values(row: Any) -> Json:
    """A newsletter as JSON for its creation (behaviour-newsletters.md section 2).

    What says nothing is left out, as answers say more than was sent: empty selections, switches that are off,
    and answers to the sender.
    """
    content = {"html": row.html, "plain": row.plain_text}
    sender = row.from_field.from_field_id if row.from_field else None
    reply_to = row.reply_to.from_field_id if row.reply_to else None
    values = {"name": row.name, "type": row.type, "subject": row.subject}
    values |= {
        "campaign": {"campaignId": row.campaign.campaign_id} if row.campaign else None,
        "fromField": {"fromFieldId": sender} if sender else None,
        "replyTo": {"fromFieldId": reply_to} if reply_to not in (None, sender) else None,
        "content": {kind: body for kind, body in content.items() if body},
        "sendSettings": sent_settings(row.send_settings),
        "flags": sorted(row.flags) or None,
        "attachments": row.attachments or None,
    }
    return {member: value for member, value in values.items() if value not in (None, "")}


def sent_settings(settings: Json) -> Json:
    """Audience and timing as requests carry them."""
    return {
        member: sorted(value) if isinstance(value, list) else value
        for member, value in settings.items()
        if value not in (None, [], "", "false")
    }


AUTORESPONDER = MESSAGE | {
    "autoresponderId": ("autoresponder_id", text),
    "triggerSettings": ("trigger_settings", as_is),
}


def autoresponder_fields(json: Json) -> dict[str, Any]:
    """An autoresponder as columns; the detail names the id of its campaign otherwise (section 4)."""
    campaign = {"campaign": json["campaignId"]} if json.get("campaignId") else {}
    return pick(json, AUTORESPONDER) | content_fields(json) | campaign


SEGMENT = {
    "searchContactId": ("search_contact_id", text),
    "name": ("name", text),
    "createdOn": ("created_on", timestamp),
}


DEFINITION = ("subscribersType", "sectionLogicOperator", "section")


def segment_fields(json: Json) -> dict[str, Any]:
    """A saved search as columns; its definition is kept as it came (section 1.1)."""
    definition = {part: json[part] for part in DEFINITION if part in json}
    return pick(json, SEGMENT) | ({"definition": definition} if definition else {})


def segment_values(row: Any) -> Json:
    """A saved search as JSON, its definition as it is."""
    return {"name": row.name, **row.definition}


def no_values(row: Any) -> Json:
    """A resource that is only read has nothing to send."""
    return {}


@dataclass(frozen=True)
class Resource:
    """One mirrored resource."""

    name: str
    path: str
    id_key: str  # of the JSON
    fields: Callable[[Json], dict[str, Any]]
    values: Callable[[Any], Json]
    natural_key: str | None = (
        "name"  # the column that is unique remotely, so that a lost create can be looked up
    )
    updates: frozenset[str] | None = None  # members an update may send; None: all
    always: frozenset[str] = frozenset()  # members every update must send

    @property
    def id_field(self) -> str:
        """The column of the remote id."""
        return f"{self.name}_id" if self.name != "segment" else "search_contact_id"


RESOURCES = {
    resource.name: resource
    for resource in (
        Resource(
            "campaign",
            "/campaigns",
            "campaignId",
            campaign_fields,
            campaign_values,
            always=frozenset({"name"}),
        ),
        Resource(
            "custom_field",
            "/custom-fields",
            "customFieldId",
            custom_field_fields,
            custom_field_values,
            updates=frozenset({"hidden", "values"}),
            always=frozenset({"hidden", "values"}),
        ),
        Resource("tag", "/tags", "tagId", tag_fields, tag_values, updates=frozenset()),
        Resource("from_field", "/from-fields", "fromFieldId", from_field_fields, no_values, "email"),
        Resource(
            "segment",
            "/search-contacts",
            "searchContactId",
            segment_fields,
            segment_values,
            always=frozenset({"name", *DEFINITION}),
        ),
        Resource(
            "newsletter",
            "/newsletters",
            "newsletterId",
            newsletter_fields,
            newsletter_values,
            None,
            frozenset(),
        ),
        Resource(
            "autoresponder", "/autoresponders", "autoresponderId", autoresponder_fields, no_values, None
        ),
    )
}
"""Every resource that is one row here and one object there. Contacts, being many and asynchronous, have own
modules.
"""
