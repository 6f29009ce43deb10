"""Durations in words."""

from __future__ import annotations

from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def in_words(duration: timedelta) -> str:
    """A duration, in the largest unit of which there are at least two; seconds below ten with a decimal."""
    seconds = max(0.0, duration.total_seconds())
    if seconds < 10:
        return _("%(number)s s") % {"number": number_format(seconds, 1)}
    units = ((86400, _("%(number)s days")), (3600, _("%(number)s h")), (60, _("%(number)s min")))
    for size, text in units:
        if seconds >= 2 * size:
            return text % {"number": int(seconds // size)}
    return _("%(number)s s") % {"number": int(seconds)}
