"""Push of newsletters: made, made anew when a draft was edited, sent, cancelled, removed; never sent twice.

Decided where the contract is open (behaviour-newsletters.md section 2): an edited draft is read, made anew
and then removed, unless it has been sent meanwhile; what is recreated keeps what the API answers of it. A
moment of sending that is over means at once. Moments are sent in UTC where GetResponse lists it, else in the
zone of the account.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from .. import mirror
from ..client import Client
from ..errors import GetResponseError, NotFound, OutcomeUnknown, Rejected
from ..models import Change, Newsletter, Segment
from ..models.messages import Sending, UnderWay
from ..models.outbox import Reason
from ..resources import RESOURCES, Json
from .draining import Drain
from .named import bury, push_each, remove

NEWSLETTER = RESOURCES["newsletter"]

LOST_DRAFT = (
    "The answer was lost, so nobody knows whether GetResponse made this draft. Look there among the drafts "
    "for “%(name)s”, made about %(time)s: if it is there, delete it there. Then use Retry."
)
LOST_BROADCAST = (
    "The answer was lost, so nobody knows whether GetResponse sends this newsletter. Look there for "
    "“%(name)s”, made about %(time)s. If it is there, do not use Retry, which would send it twice: delete "
    "this one here, and the next pull brings it. Only if it is not there, use Retry."
)
LOST_SENDING = (
    "The answer was lost, so nobody knows whether GetResponse sends this newsletter. Look there for "
    "“%(name)s” (id %(id)s), asked to be sent about %(time)s. If another one of its name is scheduled, being "
    "sent or sent, do not use Retry, which would send it twice: delete this one here. Else use Retry: if it "
    "is still a draft it is sent, and if it is on its way that is only noted."
)
NO_DRAFT = (
    "This newsletter is no draft in GetResponse any more, so it cannot be changed: undo the change here, or "
    "make a new newsletter."
)


def push_newsletters(work: Drain, resource_name: str, changes: list[Change]) -> None:
    """Push each newsletter by itself."""
    push_each(work, resource_name, changes, push_newsletter)


def push_newsletter(work: Drain, change: Change, row: Newsletter | None) -> None:
    """Bring one newsletter in GetResponse to what is wanted of it here."""
    if row is None or change.tombstone:
        tomb = change.tombstone or {}
        if tomb.get("replaced_id"):
            remove_draft(work.client, tomb["replaced_id"])
        if tomb:
            remove(work.client, path_of(tomb["remote_id"]))
        return work.settle([change])
    stops = row.sending == Sending.CANCEL and row.under_way == UnderWay.SEND
    if row.under_way and not stops:
        return outcome_unknown(work, change, row)
    if row.newsletter_id and row.sending == Sending.CANCEL:
        cancel(work.client, row)
    is_wanted = row.newsletter_id is None or row.sending == Sending.SEND
    if (is_wanted or differs(row)) and (waiting := what_is_missing(row)):
        return work.wait(change, 60, waiting)
    if not (is_as_here(work, change, row) and is_sent(work, change, row)):
        return None
    if row.sending == Sending.CANCEL:
        cancel(work.client, row)
    work.settle([change])


def path_of(remote_id: str | None) -> str:
    """The address of a newsletter."""
    return f"{NEWSLETTER.path}/{remote_id}"


def differs(row: Newsletter) -> bool:
    """Whether its content is not what GetResponse has."""
    values = NEWSLETTER.values(row)
    if row.type != row.base.get("type", row.type):
        raise Rejected("The type of a newsletter cannot be changed: use send() and cancel().")
    return any(row.base.get(member) != values.get(member) for member in {*values, *row.base})


def what_is_missing(row: Newsletter) -> str:
    """What the newsletter names that GetResponse does not have as it is here."""
    if row.campaign is None or row.campaign.campaign_id is None:
        return "Waiting: the newsletter's list is not in GetResponse (yet)."
    if row.from_field is None or row.from_field.from_field_id is None:
        return "Waiting: the newsletter has no from field that GetResponse knows. Choose one."
    settings = row.send_settings
    named = {*settings.get("selectedSegments", []), *settings.get("excludedSegments", [])}
    segments = dict(
        Segment.plain.filter(account=row.account_id, search_contact_id__in=named).values_list("pk", "name")
    )
    waiting = Change.objects.filter(account=row.account_id, resource="segment", object_pk__in=segments)
    if names := sorted(segments[pk] for pk in waiting.values_list("object_pk", flat=True)):
        return f"Waiting for the segment {', '.join(names)} to be changed in GetResponse."
    return ""


# --- making ---------------------------------------------------------------------------------------


def is_as_here(work: Drain, change: Change, row: Newsletter) -> bool:
    """Create it, or make an edited draft anew. Returns False when the change is decided already."""
    if row.newsletter_id is None:
        broadcast = row.type == "broadcast" and row.sending != Sending.CANCEL
        return is_made(work, change, row, "broadcast" if broadcast else "draft")
    finish_replacement(work.client, row)
    if differs(row):
        there = work.client.get(path_of(row.newsletter_id))
        mirror.learn(row, there)
        if there["type"] != "draft":
            raise Rejected(NO_DRAFT)
        # The new one is made first: whatever happens then, one of them is there.
        if differs(row) and not is_made(work, change, row, "draft"):
            return False
        finish_replacement(work.client, row)
    return True


def is_made(work: Drain, change: Change, row: Newsletter, type_: str) -> bool:
    """Create a newsletter, once. Returns False when the change is decided already."""
    values = NEWSLETTER.values(row) | {"type": type_}
    body = values
    if type_ == "broadcast":
        body = values | {"sendSettings": timed(work.client, row, values["sendSettings"])}
    made = post_once(work, change, row, UnderWay.CREATE, NEWSLETTER.path, body)
    if made is not None and not mirror.mark_made(row, values, made):
        bury(row)
        work.settle([change])
        return False
    return made is not None


def finish_replacement(client: Client, row: Newsletter) -> None:
    """Remove the draft that this one was made instead of."""
    if row.replaced_id:
        remove_draft(client, row.replaced_id)
        mirror.mark_replacement_done(row)


def remove_draft(client: Client, remote_id: str) -> None:
    """DELETE a draft; what was sent meanwhile stays, with its statistics, for a pull to bring."""
    try:
        there = client.get(path_of(remote_id))
    except NotFound:
        return
    if there["type"] == "draft":
        remove(client, path_of(remote_id))


# --- sending and cancelling -----------------------------------------------------------------------


def is_sent(work: Drain, change: Change, row: Newsletter) -> bool:
    """Send a draft that is to be sent, unless it is on its way already. Returns False when the change is
    decided already.
    """
    if row.sending != Sending.SEND:
        return True
    there = work.client.get(path_of(row.newsletter_id))
    if there["type"] == "draft":
        settings = timed(work.client, row, NEWSLETTER.values(row)["sendSettings"])
        body = {"messageId": row.newsletter_id, "sendSettings": settings}
        there = post_once(work, change, row, UnderWay.SEND, f"{NEWSLETTER.path}/send-draft", body)
    if there is not None:
        mirror.mark_sent_off(row, there)
    return there is not None


def cancel(client: Client, row: Newsletter) -> None:
    """Turn it back into a draft. Raises Rejected when it has gone out."""
    there = client.get(path_of(row.newsletter_id))
    if there["type"] != "draft":
        there = client.post(f"{path_of(row.newsletter_id)}/cancel")
    mirror.mark_cancelled(row, there)


def timed(client: Client, row: Newsletter, settings: Json) -> Json:
    """The settings with the moment of sending, when that is to come."""
    if row.send_at is None or row.send_at <= timezone.now():
        return settings
    zones = {zone["name"]: zone["timezoneId"] for zone in client.get("/accounts/timezones")}
    return settings | {"sendOn": send_on(row.send_at, zones, row.account.time_zone)}


def send_on(moment: datetime, zones: dict[str, int], account_zone: str) -> Json:
    """A moment as ``sendSettings`` take it: local time in a zone that GetResponse lists.

    Raises Rejected when no zone of its list is known here.
    """
    known = [zone for zone in ("UTC", "Etc/UTC", account_zone, *zones) if zone in zones]
    name = next((zone for zone in known if zone in available_timezones()), None)
    if name is None:
        raise Rejected("GetResponse lists no time zone that is known here, so no moment can be given to it.")
    local = moment.astimezone(ZoneInfo(name)).strftime("%Y-%m-%dT%H:%M:%S")
    return {"date": local, "timeZone": {"timeZoneId": int(zones[name])}}


# --- never twice ----------------------------------------------------------------------------------


def post_once(
    work: Drain, change: Change, row: Newsletter, request: UnderWay, path: str, body: Json
) -> Json | None:
    """Send what must not be sent twice. Returns None when the change is decided: a lost answer is never
    followed by a second request.
    """
    if not mirror.mark_leaving(row, request):
        work.wait(change, 1)  # another worker is at it
        return None
    try:
        made: Any = work.client.post(path, body)
    except OutcomeUnknown:
        row.refresh_from_db()
        outcome_unknown(work, change, row)
        return None
    except GetResponseError:
        mirror.mark_not_left(row)
        raise
    return dict(made)


def outcome_unknown(work: Drain, change: Change, row: Newsletter) -> None:
    """Leave it to a person to find out what became of the request, saying what to look at and what to do."""
    text = LOST_DRAFT
    if row.under_way == UnderWay.SEND:
        text = LOST_SENDING
    elif row.type == "broadcast":
        text = LOST_BROADCAST
    when = f"{row.sent_on:%Y-%m-%d %H:%M} UTC" if row.sent_on else "an unknown time"
    said = text % {"name": row.name or row.subject, "time": when, "id": row.newsletter_id}
    Newsletter.plain.filter(pk=row.pk).update(last_error=said)
    work.give_up(change, Reason.UNKNOWN, said)
