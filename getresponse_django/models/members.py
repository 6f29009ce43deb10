"""Rules for JSON columns: which members an object may have and what each may be. A rule tells in words what
is wrong.

A rule is called with a value and yields a sentence for everything wrong with it, with the way to the member.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

Rule = Callable[[Any], Iterator[str]]

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def is_day(value: Any) -> bool:
    """Whether a text is a date of the calendar, yyyy-mm-dd."""
    try:
        return bool(DAY.match(value) and date.fromisoformat(value))
    except (TypeError, ValueError):
        return False


def is_url(value: Any) -> bool:
    """Whether a text is an http or https address."""
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", value)
    except (TypeError, ValueError, AttributeError):
        return False


def that(test: Callable[[Any], bool], complaint: Callable[[], str]) -> Rule:
    """What passes the test; ``complaint`` is called for, so that it speaks the language of the moment."""

    def check(value: Any) -> Iterator[str]:
        if not test(value):
            yield complaint()

    return check


def text(shortest: int, longest: int) -> Rule:
    """A text of so many characters."""
    return that(
        lambda value: isinstance(value, str) and shortest <= len(value) <= longest,
        lambda: _("Write a text of %(from)d to %(to)d characters.") % {"from": shortest, "to": longest},
    )


def one_of(*choices: str) -> Rule:
    """One of these texts."""
    return that(
        lambda value: isinstance(value, str) and value in choices,
        lambda: _("Choose from: %(choices)s.") % {"choices": ", ".join(choices)},
    )


day = that(is_day, lambda: _("Write a date as yyyy-mm-dd."))
url = that(
    lambda value: is_url(value) and value.isascii() and not re.search(r"[<>\"{}|\\^`]", value),
    lambda: _("Write an address that begins with http:// or https://."),
)
identifier = text(1, 64)
flag = one_of("true", "false")


def anything(_value: Any) -> Iterator[str]:
    """Whatever it is."""
    return iter(())


def nullable(inner: Rule) -> Rule:
    """null, or what ``inner`` takes."""
    return lambda value: iter(()) if value is None else inner(value)


def list_of(inner: Rule, fewest: int = 0, most: int = 100_000) -> Rule:
    """A list of so many items."""

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, list):
            yield _("Write a list.")
            return
        if not fewest <= len(value) <= most:
            yield _("It must have %(fewest)d to %(most)d items.") % {"fewest": fewest, "most": most}
        for number, item in enumerate(value, 1):
            yield from (f"{number}: {complaint}" for complaint in inner(item))

    return check


def members(rules: Mapping[str, Rule], required: Collection[str] = (), *, others: bool = False) -> Rule:
    """An object with these members, and with ``others`` that nothing is known of."""

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _("Write an object of names and values.")
            return
        for name in required:
            if name not in value:
                yield f"{name}: " + _("This is missing.")
        for name, item in value.items():
            if rule := rules.get(name):
                yield from (f"{name}: {complaint}" for complaint in rule(item))
            elif not others:
                yield f"{name}: " + _("Choose from: %(choices)s.") % {"choices": ", ".join(rules)}

    return check
