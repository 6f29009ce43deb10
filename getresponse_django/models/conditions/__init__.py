"""The conditions of a search for contacts, as functions. Join them with ``&`` and ``|``:

    Segment.where(field("city").equals("Gdańsk") & opened(newsletter), campaigns=["customers"])

Custom fields and tags are called by their names, or are the rows themselves; ``Segment.where`` looks up what
GetResponse calls them. For what has no function here there is ``raw``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ..field_values import CHOICES
from .expressions import Called, Condition, Expression, Late
from .subjects import (
    DateField,
    Day,
    DayOfCycle,
    LastDays,
    Number,
    NumberField,
    Score,
    Text,
    TextField,
    scoped,
    written_day,
)
from .vocabulary import LAST_N_DAYS, FormKind, MessageKind, Place, PlainMethod, Silence, SourcedMethod

if TYPE_CHECKING:
    from ..audience import CustomField, Tag
    from ..messages import Autoresponder, Newsletter

__all__ = [
    "Condition",
    "Expression",
    "LastDays",
    "Message",
    "Since",
    "clicked",
    "consent_given",
    "consent_not_given",
    "date_field",
    "day_of_cycle",
    "email",
    "engagement_score",
    "field",
    "geo",
    "has_no_tag",
    "has_tag",
    "last_clicked",
    "last_opened",
    "last_sent",
    "name",
    "not_clicked",
    "not_opened",
    "not_sent",
    "number_field",
    "opened",
    "raw",
    "score",
    "sent",
    "subscribed",
    "subscribed_by",
    "subscribed_by_form",
]


@dataclass(frozen=True)
class Message:
    """A message that is not mirrored, by what it is and its id."""

    kind: MessageKind
    message_id: str


@dataclass(frozen=True)
class Since:
    """From this day on."""

    day: date


def raw(condition: Mapping[str, Any]) -> Condition:
    """Any condition, as the API writes it: an object with its ``conditionType``."""
    return Condition(dict(condition))


# --- what a contact is and carries ---------------------------------------------------------------


def email() -> Text:
    """The address."""
    return Text({"conditionType": "email", "operatorType": "string_operator"})


def name() -> Text:
    """The name of the contact."""
    return Text({"conditionType": "name", "operatorType": "string_operator"})


def field(name: str | CustomField) -> TextField:
    """The custom field of this name, compared as a text or a choice."""
    kind = Late(Called("custom_field", str(name)), text_or_list)
    return TextField(scoped(name, kind))


def text_or_list(row: Any) -> str:
    """The operator type of a custom field: one of its own for fields to choose from."""
    return "string_operator_list" if row.format in (*CHOICES, "checkbox") else "string_operator"


def number_field(name: str | CustomField) -> NumberField:
    """The custom field of this name, compared as a number."""
    return NumberField(scoped(name, "numeric_operator"))


def date_field(name: str | CustomField) -> DateField:
    """The custom field of this name, compared as a date."""
    return DateField(scoped(name, "date_operator"))


def has_tag(name: str | Tag) -> Condition:
    """Carries the tag of this name."""
    return tagged(name, "exists")


def has_no_tag(name: str | Tag) -> Condition:
    """Does not carry it."""
    return tagged(name, "not_exists")


def tagged(name: str | Tag, operator: str) -> Condition:
    """``operatorType`` is "exists" for both operators."""
    tag_id = Late(Called("tag", str(name)), lambda row: str(row.tag_id))
    return Condition(
        {"conditionType": "tag", "operatorType": "exists", "operator": operator, "value": tag_id}
    )


def score() -> Score:
    """The scoring."""
    return Score({"conditionType": "score", "operatorType": "numeric_operator"})


def engagement_score() -> Number[int]:
    """How engaged GetResponse thinks the contact is, 1 to 5."""
    return Number({"conditionType": "engagement_score", "operatorType": "numeric_operator"})


def day_of_cycle() -> DayOfCycle:
    """The day of the autoresponder cycle."""
    return DayOfCycle({"conditionType": "phase", "operatorType": "numeric_operator"})


def geo(place: Place) -> Text:
    """Where the contact is, as far as GetResponse knows."""
    return Text({"conditionType": "geo", "scope": place, "operatorType": "string_operator"})


# --- how it came ---------------------------------------------------------------------------------


def subscribed() -> Day:
    """The day of the subscription."""
    return dated("subscription_date")


def subscribed_by(method: PlainMethod | SourcedMethod, source: str | None = None) -> Condition:
    """How it was subscribed. "import", "landing_page", "webinar" and "website_builder_elegant" need the id of
    a ``source``, or "all".
    """
    given = {} if source is None else {"value": source}
    return Condition({"conditionType": "subscription_method", "method": method, **given})


def subscribed_by_form(kind: FormKind | None = None, form_id: str = "all") -> Condition:
    """By a form: any, any of a kind, or one."""
    form = {"webformType": "all"} if kind is None else {"webformType": kind, "value": form_id}
    return Condition({"conditionType": "subscription_method", "method": "webform", **form})


def consent_given(gdpr_field_id: str, *, since: date | None = None, until: date | None = None) -> Condition:
    """Consented in the GDPR field of this id, at any time, since a day or until one."""
    return consent(gdpr_field_id, "given", since, until)


def consent_not_given(
    gdpr_field_id: str, *, since: date | None = None, until: date | None = None
) -> Condition:
    """Did not consent."""
    return consent(gdpr_field_id, "not_given", since, until)


def consent(gdpr_field_id: str, status: str, since: date | None, until: date | None) -> Condition:
    """Raises ValueError for both ends at once."""
    if since and until:
        raise ValueError("A consent is asked for since a day or until one, not both: join two conditions.")
    when: dict[str, Any] = {}
    if day := since or until:
        operator = "date_from" if since else "date_to"
        when = {"consentDate": {"operator": operator, "date": written_day(day)}}
    return Condition({"conditionType": "gdpr", "gdprFieldId": gdpr_field_id, "consentStatus": status, **when})


# --- what it got, opened and clicked -------------------------------------------------------------


def last_sent() -> Day:
    """The day a message was sent to it last."""
    return dated("last_send_date")


def last_opened() -> Day:
    """The day it opened a message last."""
    return dated("last_open_date")


def last_clicked() -> Day:
    """The day it clicked a link last."""
    return dated("last_click_date")


def dated(kind: str) -> Day:
    """A date of the contact."""
    return Day({"conditionType": kind, "operatorType": "date_operator"})


def sent(message: Newsletter | Autoresponder | Message) -> Condition:
    """The message was sent to it."""
    return of_message("sent", message)


def not_sent(message: Newsletter | Autoresponder | Message) -> Condition:
    """The message was not sent to it."""
    return of_message("not_sent", message)


def opened(message: Newsletter | Autoresponder | Message) -> Condition:
    """It opened the message. For any message see ``last_opened``."""
    return of_message("opened", message)


def of_message(kind: str, message: Newsletter | Autoresponder | Message) -> Condition:
    """A condition that names a message as its value."""
    named = as_message(message)
    return Condition(
        {
            "conditionType": kind,
            "operatorType": "message_operator",
            "operator": named.kind,
            "value": named.message_id,
        }
    )


def clicked(message: Newsletter | Autoresponder | Message, link: str = "all") -> Condition:
    """It clicked a link of the message: any, or the click track of this id."""
    named = as_message(message)
    return Condition(
        {
            "conditionType": "clicked",
            "operatorType": "message_operator",
            "operator": named.kind,
            "scope": named.message_id,
            "clickTrackId": link,
        }
    )


def not_opened(
    message: Newsletter | Autoresponder | Message | None = None, when: Silence | Since | LastDays = "never"
) -> Condition:
    """It did not open the message, or without one any, ``when``: never, since a day, during a period."""
    return silent("not_opened", message, when)


def not_clicked(
    message: Newsletter | Autoresponder | Message | None = None,
    when: Silence | Since | LastDays = "never",
    link: str = "all",
) -> Condition:
    """As ``not_opened``, for the links of a message, or for one of them."""
    return silent("not_clicked", message, when, **({} if message is None else {"clickTrackId": link}))


def silent(
    kind: str,
    message: Newsletter | Autoresponder | Message | None,
    when: Silence | Since | LastDays,
    **more: str,
) -> Condition:
    """A reaction that did not happen."""
    named = None if message is None else as_message(message)
    which = {"operator": "all"} if named is None else {"operator": named.kind, "scope": named.message_id}
    operator = {"conditionType": kind, "operatorType": "complex_message_operator"}
    return Condition({**operator, **which, **time_of_silence(when), **more})


def time_of_silence(when: Silence | Since | LastDays) -> dict[str, Any]:
    """The members that say when; here the days of last_n_days are its value."""
    if isinstance(when, Since):
        return {"dateOperator": "date_from", "value": written_day(when.day)}
    if isinstance(when, LastDays):
        days = {"value": when.days, "includeCurrentPeriod": when.including_today}
        return {"dateOperator": LAST_N_DAYS, **days}
    return {"dateOperator": when}


def as_message(message: Newsletter | Autoresponder | Message) -> Message:
    """A message as conditions name it. Raises ValueError for one that GetResponse does not have yet."""
    if isinstance(message, Message):
        return message
    kind: MessageKind = "newsletter" if message.RESOURCE == "newsletter" else "autoresponder"
    message_id = getattr(message, f"{kind}_id")
    if not message_id:
        raise ValueError(f"This {kind} is not in GetResponse yet: push it first.")
    return Message(kind, message_id)
