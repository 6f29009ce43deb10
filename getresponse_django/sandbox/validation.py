"""Checks of request bodies that name every error, not only the first (contract/behaviour-contacts.md section
11).

A check is called with a value and its path and yields a problem for everything wrong with it. Unknown
properties are ignored.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .dates import is_date
from .errors import ApiError

Path = tuple[str, ...]
Problem = dict[str, Any]
Check = Callable[[Any, Path], Iterator[Problem]]

LARGEST = 1e300
EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,}|xn--[A-Za-z0-9-]*[A-Za-z0-9])\Z"
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
    """Whether a text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


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


identifier = text(1, 64)
flag = one_of("true", "false")
status = one_of("enabled", "disabled")
email = that(
    lambda value: len(value) <= 254 and bool(EMAIL.match(value)), "Value must be a valid email address"
)
url = that(is_url, "Value must be a valid URL")
ip_address = that(is_ip, "Value must be a valid IP address")
date = that(is_date, "Value must be a date, yyyy-mm-dd")
