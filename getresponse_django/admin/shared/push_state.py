"""How far an object is on its way to GetResponse, as its page says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ...models import Campaign, Change, Contact, ContactState, Mirrored, Tag
from ...resources import RESOURCES, Json, contact_values, snake
from .badges import Tone
from .differences import Difference, differences


@dataclass(frozen=True)
class PushState:
    """What the page says of the push of one object."""

    tone: Tone
    headline: str
    hint: str = ""
    change: Change | None = None
    differences: list[Difference] = field(default_factory=list)


def id_field(model: type[Mirrored]) -> str:
    """The column of the remote id."""
    return RESOURCES[model.RESOURCE].id_field if model.RESOURCE in RESOURCES else f"{model.RESOURCE}_id"


def is_linked(row: Mirrored | None) -> bool:
    """Whether GetResponse has the object, as far as is known here."""
    return row is not None and getattr(row, id_field(type(row))) is not None


def change_of(row: Mirrored) -> Change | None:
    """The change that waits or gave up for this object."""
    key = row.key()
    mine = Change.objects.filter(
        account_id=key.account_id, resource=key.resource, object_pk=key.object_pk, tombstone__isnull=True
    )
    return mine.first()


def push_state(row: Mirrored) -> PushState:
    """The state of the push of a row, in at most five queries."""
    change = change_of(row)
    found = [] if not is_linked(row) or is_off_list(row) else waiting_differences(row)
    if change and change.gave_up_at:
        hint = f"{change.get_reason_display()}. {change.detail}"
        return PushState("bad", _("This could not be sent to GetResponse"), hint, change, found)
    if change:
        hint = row.account.why_silent(timezone.now()) or change.detail
        return PushState("wait", _("Waiting to be sent to GetResponse"), hint, change, found)
    if found:
        hint = _("No change is recorded for it. Save it once more to send it.")
        return PushState("bad", _("This differs from what GetResponse has"), hint, None, found)
    return settled_state(row)


def settled_state(row: Mirrored) -> PushState:
    """The state of a row that nothing is to be done for."""
    if isinstance(row, Contact):
        return contact_state(row)
    if row.last_error:
        return PushState("bad", _("Look at this"), row.last_error)
    if is_linked(row):
        return PushState("good", _("The same here and in GetResponse"), adoption(row))
    hint = _("It gets its id when it appears there and is pulled.")
    return PushState("wait", _("Not in GetResponse"), hint)


def adoption(row: Mirrored) -> str:
    """That GetResponse had the object before it was made here; empty when it had not."""
    if not (on := getattr(row, "adopted_on", None)):
        return ""
    text = _("GetResponse had one of this name already. This row stands for it since %(date)s.")
    return text % {"date": date_format(timezone.localtime(on), "DATETIME_FORMAT")}


def contact_state(contact: Contact) -> PushState:
    """The state of a contact without a change."""
    match contact.state:
        case ContactState.ACTIVE:
            return PushState("good", _("The same here and in GetResponse"))
        case ContactState.LEFT:
            hint = _("Changes to it are not sent. The action “Subscribe” puts the person back on the list.")
            return PushState("quiet", _("No longer on the list"), hint)
        case ContactState.REJECTED:
            hint = _("Correct it and save it, and it is sent again.")
            return PushState("bad", _("GetResponse did not take this contact"), hint)
    return PushState(
        "wait", _("On its way"), _("No change is recorded for it. Save it once more to send it.")
    )


def is_off_list(row: Mirrored) -> bool:
    """Whether edits of this contact go nowhere, because it leaves or left its list."""
    return isinstance(row, Contact) and row.state in (ContactState.LEAVING, ContactState.LEFT)


def waiting_differences(row: Mirrored) -> list[Difference]:
    """What a push would change in GetResponse, with the names of the columns instead of the API's."""
    if isinstance(row, Contact):
        found = contact_differences(row)
    else:
        found = differences(RESOURCES[row.RESOURCE].values(row), row.base)
    return [each._replace(member=label(type(row), each.member)) for each in found]


def contact_differences(contact: Contact) -> list[Difference]:
    """The same for a contact, whose tags and list are shown by name. Tags without an id are new there."""
    tags = list(contact.tags.all())
    values = contact_values(contact, [tag.tag_id or tag.name for tag in tags])
    names = {tag.tag_id: tag.name for tag in tags}
    gone = set(contact.base.get("tags", [])) - names.keys()
    if gone:
        known = Tag.plain.filter(account=contact.account_id, tag_id__in=gone)
        names |= dict(known.values_list("tag_id", "name"))
    lists = campaign_names(contact, values)
    return differences(
        values,
        contact.base,
        {"tags": lambda key: names.get(key, key), "campaign": lambda key: lists.get(key, key)},
    )


def campaign_names(contact: Contact, values: Json) -> dict[Any, str]:
    """Remote id -> name of the lists concerned; only a move needs a query."""
    names: dict[Any, str] = {contact.campaign.campaign_id: contact.campaign.name}
    before = contact.base.get("campaign")
    if before and before != values["campaign"]:
        known = Campaign.plain.filter(account=contact.account_id, campaign_id=before)
        names |= dict(known.values_list("campaign_id", "name"))
    return names


def label(model: type[Mirrored], member: str) -> str:
    """The name of a member for people: that of its column, or its own (a custom field)."""
    try:
        column: Any = model._meta.get_field(snake(member))
    except FieldDoesNotExist:
        return member
    return str(column.verbose_name)
