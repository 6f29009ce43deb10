"""The X-Time-Zone header: the moments of an answer told in another zone (contract/behaviour-core.md
section 1).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000\Z")

TIMEZONES = [
    {"timezoneId": 282, "name": "Europe/Warsaw", "offset": "+01:00", "country": "Poland"},
    {"timezoneId": 283, "name": "Europe/London", "offset": "+00:00", "country": "United Kingdom"},
    {"timezoneId": 284, "name": "Europe/Berlin", "offset": "+01:00", "country": "Germany"},
    {"timezoneId": 140, "name": "America/New_York", "offset": "-05:00", "country": "United States"},
    {"timezoneId": 1, "name": "UTC", "offset": "+00:00", "country": ""},
]
"""What GET /accounts/timezones answers; offsets are those of winter."""


def in_zone(body: Any, name: str) -> Any:
    """The same body with every moment in the zone; unchanged when there is no such zone.

    Statistics intervals (``start/duration``) stay in UTC, as the contract says.
    """
    try:
        return converted(body, ZoneInfo(name))
    except (OSError, ValueError, KeyError):
        return body


def converted(body: Any, zone: ZoneInfo) -> Any:
    """``in_zone`` for a zone that exists."""
    if isinstance(body, dict):
        return {key: converted(value, zone) for key, value in body.items()}
    if isinstance(body, list):
        return [converted(value, zone) for value in body]
    if isinstance(body, str) and STAMP.match(body):
        return datetime.fromisoformat(body).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")
    return body


def zone_name(number: int) -> str | None:
    """The zone of a ``timeZoneId``."""
    return next((str(zone["name"]) for zone in TIMEZONES if zone["timezoneId"] == number), None)
