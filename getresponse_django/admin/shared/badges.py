"""Badges: a word with a colour. The colour only repeats what the word says."""

from __future__ import annotations

from typing import Literal

from django.db.models import TextChoices
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ...models import ContactState

Tone = Literal["good", "wait", "bad", "quiet"]

STATE_TONES: dict[str, Tone] = {
    ContactState.NEW: "wait",
    ContactState.SENT: "wait",
    ContactState.ACCEPTED: "wait",
    ContactState.UNCONFIRMED: "wait",
    ContactState.ACTIVE: "good",
    ContactState.LEAVING: "wait",
    ContactState.LEFT: "quiet",
    ContactState.REJECTED: "bad",
}


def word(choices: type[TextChoices], value: str) -> str:
    """What a choice is called; a value that is none as it is. ``get_FOO_display`` takes all choices apart for
    each row.
    """
    return str(choices(value).label) if value in choices else value


def badge(text: object, tone: Tone) -> SafeString:
    """``text`` as a badge; the colours are in admin.css."""
    return format_html('<span class="getresponse-badge getresponse-{}">{}</span>', tone, text)
