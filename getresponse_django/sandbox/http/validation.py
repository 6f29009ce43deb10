"""Checks of request bodies that name every error, not only the first (contract/behaviour-contacts.md section
11).

A check is called with a value and its path and yields a problem for everything wrong with it. Unknown
properties are ignored; what is kept of a body to be shown again is ``known`` by name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..state.dates import is_date, parse
from .errors import ApiError

Path = tuple[str, ...]
Problem = dict[str, Any]
Check = Callable[[Any, Path], Iterator[Problem]]

LARGEST = 1e300
MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d")
EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,}|[Xx][Nn]--[A-Za-z0-9-]*[A-Za-z0-9])\Z"
)


def problem(path: Path, value: Any, text: str) -> Problem:
    """One entry of an error's context."""
    return {
        "validationType": "body",
        "fieldName": list(path),
        "originalValue": value,
        "errorDescription": text,
    }


def validate(body: Any, check: Check) -> None:
    """Raise a 400 with all problems of a body, if it has any."""
    problems = list(check(body, ()))
    if problems:
        raise ApiError(1000, context=problems)


def known(value: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """An object of a body without the properties that the API does not know."""
    return {name: value[name] for name in names if name in value}


def text(shortest: int = 0, longest: int = 65536, pattern: str = "", hint: str = "") -> Check:
    """A string of so many characters, all of it matching ``pattern``."""
    regex = re.compile(pattern) if pattern else None

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield problem(path, value, "Value must be a string")
        elif not shortest <= len(value) <= longest:
            yield problem(path, value, f"Value must have {shortest} to {longest} characters")
        elif regex and not regex.fullmatch(value):
            yield problem(path, value, hint or f"Value must match {pattern}")

    return check


def that(test: Callable[[str], bool], complaint: str) -> Check:
    """A string that passes a test."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str) or not test(value):
            yield problem(path, value, complaint)

    return check


def is_url(value: str) -> bool:
    """Whether a text is an http or https address."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def is_ip(value: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address, without a zone such as ``%eth0``."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return "%" not in value


def one_of(*choices: Any) -> Check:
    """One of the given values."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str) or value not in choices:
            yield problem(path, value, f"Value must be one of: {', '.join(choices)}")

    return check


def number(value: Any, path: Path) -> Iterator[Problem]:
    """A finite JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        yield problem(path, value, "Value must be a number")


def between(lowest: float, highest: float) -> Check:
    """A JSON number within bounds."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if any(number(value, path)) or not lowest <= value <= highest:
            yield problem(path, value, f"Value must be a number from {lowest} to {highest}")

    return check


def integer(lowest: int, highest: int) -> Check:
    """A whole JSON number within bounds."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            yield problem(path, value, f"Value must be an integer from {lowest} to {highest}")

    return check


def boolean(value: Any, path: Path) -> Iterator[Problem]:
    """A real JSON boolean."""
    if not isinstance(value, bool):
        yield problem(path, value, "Value must be a boolean")


def absent(value: Any, path: Path) -> Iterator[Problem]:
    """A property that must not be there, for the optional ones of a ``shape``."""
    yield problem(path, value, "Value is not allowed here")


def nullable(inner: Check) -> Check:
    """null, or what ``inner`` accepts."""
    return lambda value, path: iter(()) if value is None else inner(value, path)


def list_of(inner: Check, fewest: int = 0, most: int = 100_000) -> Check:
    """A JSON array of so many items."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield problem(path, value, "Value must be an array")
        elif not fewest <= len(value) <= most:
            yield problem(path, len(value), f"Array must have {fewest} to {most} items")
        else:
            for index, item in enumerate(value):
                yield from inner(item, (*path, str(index)))

    return check


def shape(required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None) -> Check:
    """A JSON object with these properties."""
    needed, checks = dict(required or {}), {**(required or {}), **(optional or {})}

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield problem(path, value, "Value must be an object")
            return
        for name in needed.keys() - value.keys():
            yield problem((*path, name), None, "Value is required and can't be empty")
        for name in checks.keys() & value.keys():
            yield from checks[name](value[name], (*path, name))

    return check


def variant(name: str, variants: Mapping[str, Check], otherwise: Check | None = None) -> Check:
    """A JSON object whose property ``name`` says which of the checks applies; ``otherwise`` finds what else
    is wrong where it does not say.
    """
    told = shape({name: one_of(*variants)})

    def check(value: Any, path: Path) -> Iterator[Problem]:
        problems = list(told(value, path))
        yield from problems or variants[value[name]](value, path)
        if problems and otherwise and isinstance(value, dict):
            yield from otherwise(value, path)

    return check


identifier = text(1, 64)
flag = one_of("true", "false")
status = one_of("enabled", "disabled")
email = that(
    lambda value: len(value) <= 254 and bool(EMAIL.match(value)), "Value must be a valid email address"
)
url = that(is_url, "Value must be a valid URL")
ip_address = that(is_ip, "Value must be a valid IP address")
date = that(is_date, "Value must be a date, yyyy-mm-dd")
date_time = that(
    lambda value: bool(MOMENT.match(value)) and parse(value) is not None,
    "Value must be a date-time, ISO 8601",
)
money = between(0, 999_999_999_999.99)
currency = text(3, 3, "[A-Za-z]{3}", "Value must be a currency code of ISO 4217")
link = that(lambda value: len(value) <= 2048 and is_url(value), "Value must be a valid URL, 2048 at most")
