"""What GetResponse takes of a newsletter: its audience and timing, attachments, flags
(behaviour-newsletters.md section 2).

Decided where the contract is open: the 400 KB of attachments are 409,600 bytes of the files themselves, not
of their base64.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from .members import flag, identifier, list_of, members, nullable, one_of, text, that, url

AUDIENCE = ("selectedCampaigns", "selectedSegments", "selectedContacts")
IDS = list_of(identifier)
SEND_SETTINGS = members(
    {
        **dict.fromkeys((*AUDIENCE, "selectedSuppressions", "excludedCampaigns", "excludedSegments"), IDS),
        "timeTravel": flag,
        "perfectTiming": flag,
        "externalLexpad": nullable(
            members({"dataSourceUrl": url, "dataSourceToken": nullable(text(0, 255))}, ["dataSourceUrl"])
        ),
    }
)
FLAGS = list_of(one_of("clicktrack", "google_analytics"))

MOST_LETTERS = 524_288
"""Of HTML and of text."""

MOST_ATTACHED = 409_600


def size(content: Any) -> int | None:
    """The bytes of a base64 text; None when it is none."""
    try:
        return len(b64decode(content, validate=True))
    except (binascii.Error, TypeError, ValueError):
        return None


FILES = list_of(
    members(
        {
            "fileName": text(1, 255),
            "content": that(
                lambda value: isinstance(value, str) and size(value) is not None,
                lambda: _("Write the file in base64."),
            ),
            "mimeType": text(1, 255),
        },
        ("fileName", "content", "mimeType"),
    )
)


def attachments(value: Any) -> Iterator[str]:
    """Files, all together not too large."""
    if found := list(FILES(value)):
        yield from found
    elif sum(size(file["content"]) or 0 for file in value) > MOST_ATTACHED:
        yield _("All files together may have at most 400 KB.")


def has_audience(settings: Any) -> bool:
    """Whether somebody is selected; without a selection a newsletter may go to nobody."""
    return isinstance(settings, dict) and any(settings.get(name) for name in AUDIENCE)
