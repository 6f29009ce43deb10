"""The conditions on things the sandbox has none of: goals, deals, webinars, text messages and custom events
(contract/behaviour-newsletters.md section 1.5).

They are checked like all others. Since there is no goal, deal, webinar, text message or event:

- nobody has a value of a goal, so ``goal`` finds nobody with a comparison or ``assigned``, and everybody with
  ``not_assigned``;
- nobody is in a stage of a pipeline, so ``crm`` finds nobody;
- nobody took part in a webinar in any role: ``not_participated`` finds everybody, ``participated`` nobody;
- no text message was sent, with whatever delivery, so ``sms_sent`` and ``sms_link_clicked`` find nobody, and
  ``sms_link_not_clicked`` everybody;
- no event happened, at whatever time: ``not_occurred`` finds everybody, ``occurred`` nobody.

Decided where the contract is open: the date of ``custom_event`` may be called ``date``, as specified, or
``value``, as in the official example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..http.validation import Check, Path, Problem, identifier, one_of, problem, shape, text
from ..state.store import Store
from .operators import Condition, Test, TestMaker, check_assigned_number
from .search_periods import PERIODS, date_problem

ROLES = ("host", "listener", "presenter", "registrant", "all")
WEBINAR = shape(
    {
        "scope": identifier,
        "webinarCondition": one_of("participated", "not_participated"),
        "contactType": one_of(*ROLES),
    }
)
CRM = shape({"pipelineScope": identifier, "stageScope": identifier})
SMS_SENT = shape({"smsId": identifier}, {"deliveryStatus": one_of("delivered", "undelivered", "any")})
SMS_LINK = shape({"smsId": identifier, "clickTrackId": identifier})
DATED = ("date_to", "date_from", "custom")
CUSTOM_EVENT = shape(
    {
        "customEventId": identifier,
        "occurrence": one_of("occurred", "not_occurred"),
        "dateOperator": one_of(*PERIODS, "anytime", *DATED),
    },
    {"date": text()},
)


def check_goal(value: Condition, path: Path) -> Iterator[Problem]:
    """A goal and a number."""
    yield from shape({"scope": identifier})(value, path)
    yield from check_assigned_number(value, path)


def check_custom_event(value: Condition, path: Path) -> Iterator[Problem]:
    """A date belongs to date_to, date_from and custom."""
    yield from CUSTOM_EVENT(value, path)
    if value.get("dateOperator") in DATED:
        given = value.get("date", value.get("value"))
        complaint = date_problem(str(value["dateOperator"]), given)
        if complaint:
            yield problem((*path, "date"), given, complaint)


def found_with(is_negative: Callable[[Condition], bool]) -> TestMaker:
    """Everybody when the condition is negative, nobody when it is not."""

    def maker(store: Store, condition: Condition) -> Test:
        everybody = is_negative(condition)
        return lambda contact: everybody

    return maker


ABSENT_CHECKS: dict[str, Check] = {
    "goal": check_goal,
    "crm": CRM,
    "webinar": WEBINAR,
    "sms_sent": SMS_SENT,
    "sms_link_clicked": SMS_LINK,
    "sms_link_not_clicked": SMS_LINK,
    "custom_event": check_custom_event,
}
ABSENT_TESTS: dict[str, TestMaker] = {
    "goal": found_with(lambda condition: condition["operator"] == "not_assigned"),
    "crm": found_with(lambda condition: False),
    "webinar": found_with(lambda condition: condition["webinarCondition"] == "not_participated"),
    "sms_sent": found_with(lambda condition: False),
    "sms_link_clicked": found_with(lambda condition: False),
    "sms_link_not_clicked": found_with(lambda condition: True),
    "custom_event": found_with(lambda condition: condition["occurrence"] == "not_occurred"),
}
