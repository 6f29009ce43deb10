"""What a condition can be about, and what can be asked of it: texts, numbers, days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from .expressions import Called, Condition, Late
from .vocabulary import LAST_N_DAYS, NumberOperator, Period, TextOperator

N = TypeVar("N", int, float)


@dataclass(frozen=True)
class LastDays:
    """So many days before today, and with ``including_today`` today."""

    days: int
    including_today: bool = False


def written_day(day: date) -> str:
    """A day as the API writes it, or a moment in UTC. Raises ValueError for a moment without a time zone."""
    if not isinstance(day, datetime):
        return day.isoformat()
    if day.tzinfo is None:
        raise ValueError("Give this moment a time zone, or a day: day.date().")
    return day.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


@dataclass(frozen=True)
class Subject:
    """Has the members that all conditions about it have."""

    members: Mapping[str, Any]

    def _condition(self, **members: Any) -> Condition:
        return Condition({**self.members, **members})


class Assignable(Subject):
    """What a contact may lack."""

    def is_assigned(self) -> Condition:
        return self._condition(operator="assigned")

    def is_not_assigned(self) -> Condition:
        return self._condition(operator="not_assigned")


class Text(Subject):
    """Compared as a text."""

    def equals(self, value: str) -> Condition:
        return self._compared("is", value)

    def not_equals(self, value: str) -> Condition:
        return self._compared("is_not", value)

    def contains(self, value: str) -> Condition:
        return self._compared("contains", value)

    def not_contains(self, value: str) -> Condition:
        return self._compared("not_contains", value)

    def starts_with(self, value: str) -> Condition:
        return self._compared("starts", value)

    def not_starts_with(self, value: str) -> Condition:
        return self._compared("not_starts", value)

    def ends_with(self, value: str) -> Condition:
        return self._compared("ends", value)

    def not_ends_with(self, value: str) -> Condition:
        return self._compared("not_ends", value)

    def _compared(self, operator: TextOperator, value: str) -> Condition:
        return self._condition(operator=operator, value=value)


class TextField(Text, Assignable):
    """A custom field of texts, or of choices."""


class Number(Subject, Generic[N]):
    """Compared as a number."""

    def equals(self, value: N) -> Condition:
        return self._compared("numeric_eq", value)

    def not_equals(self, value: N) -> Condition:
        return self._compared("numeric_not_eq", value)

    def less_than(self, value: N) -> Condition:
        return self._compared("numeric_lt", value)

    def at_most(self, value: N) -> Condition:
        return self._compared("numeric_lt_eq", value)

    def more_than(self, value: N) -> Condition:
        return self._compared("numeric_gt", value)

    def at_least(self, value: N) -> Condition:
        return self._compared("numeric_gt_eq", value)

    def _compared(self, operator: NumberOperator, value: N) -> Condition:
        return self._condition(operator=operator, value=self._written(value))

    def _written(self, value: N) -> Any:
        return value


class Score(Number[int]):
    """The scoring of a contact."""

    def is_not_assigned(self) -> Condition:
        return self._condition(operatorType="not_exists")


class DayOfCycle(Number[int], Assignable):
    """The day of an autoresponder cycle."""


class NumberField(Number[float], Assignable):
    """A custom field of numbers, which the API writes as texts."""

    def _written(self, value: float) -> str:
        return format(Decimal(str(value)), "f")


class Day(Subject):
    """A date of the contact. Days are those of UTC, both ends included."""

    def since(self, day: date) -> Condition:
        return self._condition(operator="date_from", value=written_day(day))

    def until(self, day: date) -> Condition:
        return self._condition(operator="date_to", value=written_day(day))

    def between(self, first: date, last: date) -> Condition:
        return self._condition(operator="custom", value=f"{written_day(first)}/{written_day(last)}")

    def during(self, period: Period) -> Condition:
        return self._condition(operator="specific_date", value=period)


class DateField(Day, Assignable):
    """A custom field of dates."""

    def during(self, period: Period | LastDays) -> Condition:
        if not isinstance(period, LastDays):
            return super().during(period)
        return self._condition(operator="specific_date", value=LAST_N_DAYS, **counted(period))


def counted(last: LastDays) -> dict[str, Any]:
    """The members that say how many days ``last_n_days`` are."""
    return {"numberOfDays": last.days, "includeCurrentPeriod": last.including_today}


def scoped(name: object, operator_type: str | Late) -> dict[str, Any]:
    """The members of all conditions about the custom field of this name."""
    scope = Late(Called("custom_field", str(name)), lambda row: str(row.custom_field_id))
    return {"conditionType": "custom", "scope": scope, "operatorType": operator_type}
