"""A second, slow evaluation of searches, on what the API shows of each contact and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

Condition = dict[str, Any]
COUNTRIES = {"PL": "Poland", "GB": "United Kingdom", "IE": "Ireland", "US": "United States", "DE": "Germany"}
ORIGINS = {"webform": "www", "mobile": "iphone", "sales": "sale"}
GEO = {"country_code": "countryCode", "postal_code": "postalCode", "dma_code": "dmaCode"}
RESOURCES = {"newsletter": "newsletters", "autoresponder": "autoresponders"}


class Event(NamedTuple):
    """One activity of a contact."""

    kind: str
    resource: str
    message_id: str
    track_id: str | None
    moment: datetime


class Person(NamedTuple):
    """What GET /contacts/{id}, its consents and its activities say."""

    detail: dict[str, Any]
    consents: list[dict[str, Any]]
    events: list[Event]

    def moments(self, kind: str, condition: Condition, message: str | None, track: str) -> list[datetime]:
        """When events of a kind and a message happened."""
        resource = RESOURCES.get(condition["operator"])
        return [
            event.moment
            for event in self.events
            if event.kind == kind
            and (condition["operator"] == "all" or event.resource == resource)
            and message in (None, event.message_id)
            and track in ("all", event.track_id)
        ]


def finds(definition: dict[str, Any], person: Person, now: datetime) -> bool:
    """Whether a definition finds a contact."""
    combine = all if definition["sectionLogicOperator"] == "and" else any
    return combine(section_finds(section, person, now) for section in definition["section"])


def section_finds(section: dict[str, Any], person: Person, now: datetime) -> bool:
    receiving = person.detail["dayOfCycle"] is not None
    cycle = "receiving_autoresponder" if receiving else "not_receiving_autoresponder"
    results = [passes(condition, person, now) for condition in section["conditions"]]
    combine = all if section["logicOperator"] == "and" or not results else any
    return (
        person.detail["campaign"]["campaignId"] in section["campaignIdsList"]
        and cycle in section["subscriberCycle"]
        and combine(results)
    )


def passes(condition: Condition, person: Person, now: datetime) -> bool:
    detail, operator, value = person.detail, condition.get("operator", ""), condition.get("value")
    match condition["conditionType"]:
        case "name":
            return texts(operator, value, [detail["name"] or ""])
        case "email":
            return texts(operator, value, [detail["email"]])
        case "custom":
            return custom(condition, person, now)
        case "subscription_date":
            return dated(condition, [datetime.fromisoformat(detail["createdOn"])], now)
        case "tag":
            return (value in [tag["tagId"] for tag in detail["tags"]]) == (operator == "exists")
        case "score" if condition["operatorType"] == "not_exists":
            return detail["scoring"] is None
        case "score":
            return numbers(operator, value, detail["scoring"])
        case "engagement_score":
            return numbers(operator, value, detail["engagementScore"])
        case "phase":
            return numbers(operator, value, detail["dayOfCycle"])
        case "subscription_method":
            return method(condition, detail["origin"])
        case "geo":
            return texts(operator, value, place(condition["scope"], detail["geolocation"]))
        case "gdpr":
            return consented(condition, person) == (condition["consentStatus"] == "given")
        case "goal":
            return bool(operator == "not_assigned")
        case "webinar":
            return bool(condition["webinarCondition"] == "not_participated")
        case "custom_event":
            return bool(condition["occurrence"] == "not_occurred")
        case "crm" | "sms_sent" | "sms_link_clicked":
            return False
        case "sms_link_not_clicked":
            return True
        case _:
            return messages(condition, person, now)


def messages(condition: Condition, person: Person, now: datetime) -> bool:
    value, kind = condition.get("value"), condition["conditionType"]
    match kind:
        case "last_send_date" | "last_open_date" | "last_click_date":
            moments = [event.moment for event in person.events if event.kind == kind.split("_")[1]]
            return dated(condition, sorted(moments)[-1:], now)
        case "sent":
            return bool(person.moments("send", condition, value, "all"))
        case "not_sent":
            return not person.moments("send", condition, value, "all")
        case "opened":
            return bool(person.moments("open", condition, value, "all"))
        case "clicked":
            return bool(person.moments("click", condition, condition["scope"], condition["clickTrackId"]))
        case "not_opened":
            found = person.moments("open", condition, condition.get("scope"), "all")
        case _:
            track = condition.get("clickTrackId", "all")
            found = person.moments("click", condition, condition.get("scope"), track)
    return not any(within_silence(condition, moment, now) for moment in found)


def within_silence(condition: Condition, moment: datetime, now: datetime) -> bool:
    operator, value = condition["dateOperator"], condition.get("value")
    if operator == "never":
        return True
    if operator == "date_from":
        return moment.date() >= date.fromisoformat(str(value))
    first, last = days(operator, now, value, condition.get("includeCurrentPeriod"))
    return first <= moment.date() <= last


def texts(operator: str, value: Any, values: list[str]) -> bool:
    wanted, lowered = value.lower(), [text.lower() for text in values]
    plain = {"is_not": "is"}.get(operator, operator.removeprefix("not_"))
    compared = {
        "is": [text == wanted for text in lowered],
        "contains": [wanted in text for text in lowered],
        "starts": [text[: len(wanted)] == wanted for text in lowered],
        "ends": [text[len(text) - len(wanted) :] == wanted for text in lowered if len(text) >= len(wanted)],
    }[plain]
    return any(compared) == (plain == operator)


def numbers(operator: str, value: Any, number: Any) -> bool:
    if operator in ("assigned", "not_assigned"):
        return (number is not None) == (operator == "assigned")
    if number is None:
        return False
    left, right = float(number), float(value)
    return {
        "numeric_lt": left < right,
        "numeric_gt": left > right,
        "numeric_eq": left == right,
        "numeric_not_eq": left != right,
        "numeric_lt_eq": left <= right,
        "numeric_gt_eq": left >= right,
    }[operator]


def custom(condition: Condition, person: Person, now: datetime) -> bool:
    operator, value = condition["operator"], condition.get("value")
    rows = person.detail["customFieldValues"]
    values = [text for row in rows if row["customFieldId"] == condition["scope"] for text in row["values"]]
    if operator in ("assigned", "not_assigned"):
        return bool(values) == (operator == "assigned")
    match condition["operatorType"]:
        case "numeric_operator":
            return any(numbers(operator, value, text) for text in values if text.isdigit())
        case "date_operator":
            return any(dated(condition, [start_of(text)], now) for text in values if text[:2] in ("19", "20"))
        case _:
            return texts(operator, value, values)


def dated(condition: Condition, moments: list[datetime], now: datetime) -> bool:
    operator, value = condition["operator"], condition["value"]
    for moment in moments:
        match operator:
            case "date_from":
                return moment >= start_of(value)
            case "date_to":
                return moment < end_of(value)
            case "custom":
                first, last = value.split("/")
                return start_of(first) <= moment < end_of(last)
            case _:
                include = condition.get("includeCurrentPeriod")
                start, end = days(value, now, condition.get("numberOfDays"), include)
                return start <= moment.date() <= end
    return False


def start_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def end_of(text: str) -> datetime:
    """The first second after a day, or after a second."""
    return start_of(text) + (timedelta(days=1) if len(text) == 10 else timedelta(seconds=1))


def days(period: str, now: datetime, number: Any, include: Any) -> tuple[date, date]:
    """The first and the last day of a period."""
    today, day = now.date(), timedelta(days=1)
    monday, first = today - today.weekday() * day, today.replace(day=1)
    last_month = (first - day).replace(day=1)
    match period:
        case "today":
            return today, today
        case "yesterday":
            return today - day, today - day
        case "last_7_days" | "last_30_days":
            return today - int(period.split("_")[1]) * day, today - day if include is False else today
        case "last_n_days":
            return today - number * day, today if include else today - day
        case "this_week":
            return monday, monday + 6 * day
        case "last_week":
            return monday - 7 * day, monday - day
        case "this_month":
            return first, (first + 31 * day).replace(day=1) - day
        case "last_month":
            return last_month, first - day
        case _:
            return (last_month - day).replace(day=1), first - day


def method(condition: Condition, origin: str) -> bool:
    wanted = condition["method"]
    chosen = condition.get("value", "all") if wanted != "webform" else condition["webformType"]
    unmarked = wanted not in ("webform", "import", "landing_page", "webinar", "website_builder_elegant")
    return origin == ORIGINS.get(wanted, wanted) and (unmarked or chosen == "all")


def place(scope: str, geolocation: dict[str, str | None]) -> list[str]:
    if scope == "country":
        found = COUNTRIES.get(geolocation["countryCode"] or "")
    else:
        found = geolocation[GEO.get(scope, scope)]
    return [found] if found else []


def consented(condition: Condition, person: Person) -> bool:
    when = condition.get("consentDate", {"operator": "anytime"})
    for consent in person.consents:
        if consent["consentId"] == condition["gdprFieldId"] and consent["isGranted"]:
            granted = [entry for entry in consent["history"] if entry["wasGranted"]]
            given = datetime.fromisoformat(granted[-1]["declaredAt"]).date()
            match when["operator"]:
                case "date_from":
                    return given >= date.fromisoformat(when["date"])
                case "date_to":
                    return given <= date.fromisoformat(when["date"])
                case _:
                    return True
    return False
