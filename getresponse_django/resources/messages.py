"""Messages of all kinds, their senders and tests, and what contacts did with them: JSON as columns, pure;
and a newsletter as the JSON of its creation.
"""

from __future__ import annotations

from typing import Any

from .reading import Json, as_list, as_object, flag, number, pick, reference, text, timestamp

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
    "sendSettings": ("send_settings", as_object),
    "createdOn": ("created_on", timestamp),
}


def listed(value: Any) -> list[Any]:
    """An array; flags are one in a detail, and a text with commas in a list (behaviour-newsletters.md
    section 2).
    """
    return [each for each in value.split(",") if each] if isinstance(value, str) else as_list(value)


NEWSLETTER: dict[str, Any] = MESSAGE | {
    "newsletterId": ("newsletter_id", text),
    "type": ("type", text),
    "replyTo": ("reply_to", reference("fromFieldId")),
    "flags": ("flags", listed),
    "attachments": ("attachments", listed),
    "sendOn": ("send_on", timestamp),
    "sendMetrics": ("send_metrics", as_object),
    "clickTracks": ("click_tracks", listed),
}


def from_field_fields(json: Json) -> dict[str, Any]:
    """A sender's address as columns."""
    return pick(json, FROM_FIELD)


def content_fields(json: Json) -> dict[str, Any]:
    """The content of a message's detail as columns."""
    if "content" not in json:
        return {}
    content = as_object(json["content"])
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
    "triggerSettings": ("trigger_settings", as_object),
}


def autoresponder_fields(json: Json) -> dict[str, Any]:
    """An autoresponder as columns; the detail names the id of its campaign otherwise (section 4)."""
    campaign = {"campaign": json["campaignId"]} if json.get("campaignId") else {}
    return pick(json, AUTORESPONDER) | content_fields(json) | campaign


RSS_NEWSLETTER = MESSAGE | {
    "rssNewsletterId": ("rss_newsletter_id", text),
    "rssFeedUrl": ("rss_feed_url", text),
    "replyTo": ("reply_to", reference("fromFieldId")),
    "flags": ("flags", listed),
}


def rss_newsletter_fields(json: Json) -> dict[str, Any]:
    """An RSS newsletter as columns; its list is the first selected one (section 4)."""
    selected = as_object(json.get("sendSettings")).get("selectedCampaigns")
    campaign = {"campaign": next(iter(as_list(selected)), None)} if selected is not None else {}
    return pick(json, RSS_NEWSLETTER) | content_fields(json) | campaign


EXPERIMENT: dict[str, Any] = {
    "name": ("name", text),
    "campaign": ("campaign", reference("campaignId")),
    "status": ("status", text),
    "stage": ("stage", text),
    "sendSettings": ("send_settings", as_object),
    "createdOn": ("created_on", timestamp),
}

AB_TEST = EXPERIMENT | {
    "abTestId": ("ab_test_id", text),
    "fromField": ("from_field", reference("fromFieldId")),
    "replyTo": ("reply_to", reference("fromFieldId")),
    "editor": ("editor", text),
    "flags": ("flags", listed),
    "deliverySettings": ("delivery_settings", as_object),
    "variants": ("variants", listed),
    "statistics": ("statistics", as_object),
    "winnerSendingStart": ("winner_sending_start", timestamp),
    "updatedOn": ("updated_on", timestamp),
}


def ab_test_fields(json: Json) -> dict[str, Any]:
    """A test of subjects as columns (section 5)."""
    return pick(json, AB_TEST) | content_fields(json)


SPLITTEST = EXPERIMENT | {
    "splittestId": ("splittest_id", text),
    "type": ("type", text),
    "winningCriteria": ("winning_criteria", text),
    "chooseWinning": ("choose_winning", text),
    "samplingPercentage": ("sampling_percentage", number),
    "samplingTime": ("sampling_time", number),
    "winningTarget": ("winning_target", number),
    "winningDelivered": ("winning_delivered", number),
    "winningScoreOpens": ("winning_score_opens", number),
    "winningScoreClicks": ("winning_score_clicks", number),
    "winningScheduleOn": ("winning_schedule_on", timestamp),
    "canceledOn": ("canceled_on", timestamp),
    "newsletters": ("newsletters", listed),
}


def splittest_fields(json: Json) -> dict[str, Any]:
    """A test of the old kind as columns; its numbers come as strings (section 5)."""
    return pick(json, SPLITTEST)


ACTIVITY = {
    "activity": ("activity", text),
    "createdOn": ("created_on", timestamp),
    "subject": ("subject", text),
    "previewUrl": ("preview_url", text),
}


def activity_fields(json: Json) -> dict[str, Any]:
    """What a contact was sent or did as columns; all of them, as they make up its key. The message may be
    null (contract: schema ContactActivityResource).
    """
    message, link = as_object(json.get("resource")), as_object(json.get("clickTrack"))
    blank: dict[str, Any] = {"activity": "", "subject": "", "preview_url": ""}
    return (
        blank
        | pick(json, ACTIVITY)
        | {
            "resource_type": text(message.get("resourceType")),
            "resource_id": text(message.get("resourceId")),
            "click_track_id": text(link.get("id")),
            "click_track_name": text(link.get("name")),
            "click_track_url": text(link.get("url")),
        }
    )
