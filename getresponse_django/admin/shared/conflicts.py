"""What was changed on both sides of an object, as its page shows it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ...models import Conflict, Mirrored
from .differences import as_text

SHOWN = 20


def conflict_list(row: Mirrored) -> SafeString:
    """The latest conflicts of an object as a list; empty when there was none. One query."""
    items = format_html_join(
        "", "<li>{}</li>", ((sentence(one),) for one in Conflict.objects.of(row)[:SHOWN])
    )
    return format_html("<ul>{}</ul>", items) if items else items


def sentence(conflict: Conflict) -> str:
    """One conflict in words."""
    text = _("%(date)s, %(field)s: here %(here)s, in GetResponse %(there)s. What stands is from %(winner)s.")
    return text % {
        "date": date_format(timezone.localtime(conflict.on), "DATETIME_FORMAT"),
        "field": conflict.field,
        "here": as_text(conflict.here),
        "there": as_text(conflict.there),
        "winner": conflict.get_won_display(),
    }
