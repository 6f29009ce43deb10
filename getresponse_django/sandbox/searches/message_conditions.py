"""The conditions on what was sent to a contact, and what it opened and clicked
(contract/behaviour-newsletters.md section 1.5).

They read what the activities show, so they agree with them and with the statistics. Decided where the
contract is open: ``not_opened``, ``not_clicked`` and ``not_sent`` find everybody else, whether they got the
message or not; a message that does not exist, or of a kind the sandbox has none of, was sent to nobody; of
several opens or clicks of a message by one contact the first counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ..http.validation import Check, Path, Problem, absent, boolean, date, identifier, one_of, shape
from ..state.records import Contact, Message
from ..state.store import Store
from .operators import DAYS, Condition, Test, TestMaker, check_day, dated
from .search_periods import LAST_N_DAYS, MomentTest, date_test, span, within

KINDS = ("autoresponder", "newsletter", "splittest", "automation")
SILENCE = (
    "never",
    "date_from",
    "today",
    "yesterday",
    "last_7_days",
    "last_30_days",
    "last_n_days",
    "this_week",
    "this_month",
)
MESSAGE = {"operatorType": one_of("message_operator"), "operator": one_of(*KINDS)}
MESSAGE_VALUE = shape({**MESSAGE, "value": identifier})
CLICKED = shape({**MESSAGE, "scope": identifier, "clickTrackId": identifier})
COMPLEX = shape(
    {
        "operatorType": one_of("complex_message_operator"),
        "operator": one_of("all", *KINDS),
        "dateOperator": one_of(*SILENCE),
    },
    {"includeCurrentPeriod": boolean, "clickTrackId": identifier},
)
VALUES: dict[str, Check] = {"date_from": date, LAST_N_DAYS: DAYS}

Moments = Callable[[Message], Mapping[str, int]]
"""When each contact got, opened or clicked a message."""


def check_silence(value: Condition, path: Path) -> Iterator[Problem]:
    """No message with ``all``; a date with date_from and a number with last_n_days."""
    yield from COMPLEX(value, path)
    everything = value.get("operator") == "all"
    yield from shape({}, {"scope": absent if everything else identifier})(value, path)
    needed = VALUES.get(str(value.get("dateOperator")))
    yield from (shape({"value": needed}) if needed else shape({}, {"value": day_or_days}))(value, path)


def day_or_days(value: Any, path: Path) -> Iterator[Problem]:
    """A value that is not needed, but must be of a kind that could be."""
    yield from (date if isinstance(value, str) else DAYS)(value, path)


def check_not_opened(value: Condition, path: Path) -> Iterator[Problem]:
    """As ``check_silence``, and the message is required for every kind."""
    yield from check_silence(value, path)
    if value.get("operator") in KINDS and "scope" not in value:
        yield from shape({"scope": identifier})(value, path)


def messages_of(store: Store, kind: str) -> list[Message]:
    """The messages of a kind, or with ``all`` of every kind, also of those a condition cannot name."""
    return [message for message in store.messages() if kind in ("all", message.resource[:-1])]


def meant(store: Store, kind: str, message_id: str | None) -> list[Message]:
    """The messages a condition speaks of: one, or without an id all of the kind."""
    return [message for message in messages_of(store, kind) if message_id in (None, message.message_id)]


def recipients(message: Message) -> Mapping[str, int]:
    """When it was sent to whom."""
    return message.recipients


def opens(message: Message) -> Mapping[str, int]:
    """When who opened it."""
    return message.opens


def clicks(track_id: str) -> Moments:
    """When who clicked a link, or any with ``all``."""

    def moments(message: Message) -> Mapping[str, int]:
        if track_id == "all":
            return message.clicks
        return {
            contact_id: moment
            for contact_id, moment in message.clicks.items()
            if track_id == message.click_track_id(message.clicked_links[contact_id])
        }

    return moments


def reaction_test(store: Store, condition: Condition, moments: Moments, message_id: str) -> Test:
    """Whether a contact is among those of one message."""
    reached = [moments(message) for message in meant(store, condition["operator"], message_id)]
    return lambda contact: any(contact.contact_id in found for found in reached)


def sent_test(store: Store, condition: Condition) -> Test:
    """Got the message."""
    return reaction_test(store, condition, recipients, condition["value"])


def not_sent_test(store: Store, condition: Condition) -> Test:
    """Did not get it."""
    got = sent_test(store, condition)
    return lambda contact: not got(contact)


def opened_test(store: Store, condition: Condition) -> Test:
    """Opened the message."""
    return reaction_test(store, condition, opens, condition["value"])


def clicked_test(store: Store, condition: Condition) -> Test:
    """Clicked a link of the message."""
    return reaction_test(store, condition, clicks(condition["clickTrackId"]), condition["scope"])


def silence_test(store: Store, condition: Condition, moments: Moments) -> Test:
    """Did nothing with a message, or any, within the time."""
    spoken = [moments(message) for message in meant(store, condition["operator"], condition.get("scope"))]
    inside = silence_span(store, condition)
    return lambda contact: not any(inside(found.get(contact.contact_id)) for found in spoken)


def silence_span(store: Store, condition: Condition) -> MomentTest:
    """The time of a ``dateOperator``; ``never`` is all of it."""
    operator, value = condition["dateOperator"], condition.get("value")
    if operator == "date_from":
        return date_test(operator, str(value), store.now())
    days = value if isinstance(value, int) else 0
    return within(span(operator, store.now(), days, condition.get("includeCurrentPeriod")))


def not_opened_test(store: Store, condition: Condition) -> Test:
    """Did not open it."""
    return silence_test(store, condition, opens)


def not_clicked_test(store: Store, condition: Condition) -> Test:
    """Did not click it; without a click track, any of its links."""
    return silence_test(store, condition, clicks(condition.get("clickTrackId", "all")))


def last_date_test(moments: Moments) -> TestMaker:
    """By the last moment over all messages; a contact without any never passes."""

    def maker(store: Store, condition: Condition) -> Test:
        inside = dated(store, condition)
        found = [moments(message) for message in messages_of(store, "all")]
        return lambda contact: inside(latest(contact, found))

    return maker


def latest(contact: Contact, found: Collection[Mapping[str, int]]) -> int | None:
    """The last moment of a contact."""
    contact_id = contact.contact_id
    return max((moments[contact_id] for moments in found if contact_id in moments), default=None)


MESSAGE_CHECKS: dict[str, Check] = {
    "last_send_date": check_day,
    "last_open_date": check_day,
    "last_click_date": check_day,
    "sent": MESSAGE_VALUE,
    "not_sent": MESSAGE_VALUE,
    "opened": MESSAGE_VALUE,
    "not_opened": check_not_opened,
    "clicked": CLICKED,
    "not_clicked": check_silence,
}
MESSAGE_TESTS: dict[str, TestMaker] = {
    "last_send_date": last_date_test(recipients),
    "last_open_date": last_date_test(opens),
    "last_click_date": last_date_test(clicks("all")),
    "sent": sent_test,
    "not_sent": not_sent_test,
    "opened": opened_test,
    "not_opened": not_opened_test,
    "clicked": clicked_test,
    "not_clicked": not_clicked_test,
}
