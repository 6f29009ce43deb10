"""The vocabulary of the drawings: theme colours, short coordinates, ids, the SVG element around it all."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

INK = "var(--body-fg, currentColor)"
QUIET = "var(--body-quiet-color, currentColor)"
PAPER = "var(--body-bg, Canvas)"
"""The admin's variables for its light and dark theme; elsewhere the colours of the page around the chart."""

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def place(position: float) -> str:
    """A coordinate as short as a tenth of a pixel allows."""
    return f"{round(position, 1) + 0:g}"


def shortened(text: str, most: int) -> str:
    """The text, cut with an ellipsis if it has more letters than there is room for."""
    return text if len(text) <= most else text[: most - 1] + "\u2026"


def join(parts: Iterable[SafeString]) -> SafeString:
    """The parts one after the other."""
    return format_html_join("", "{}", ((part,) for part in parts))


def content_key(content: object) -> str:
    """An id made of the content: the same chart is the same text, different charts do not clash."""
    return f"chart-{zlib.crc32(repr(content).encode()):08x}"


def clean(markup: SafeString) -> SafeString:
    """Without the control characters that HTML forgives and XML does not."""
    return mark_safe(NOT_XML.sub("", markup))  # nosec B308 B703  # what was safe, with less in it


def svg(title: str, description: str, key: str, size: tuple[int, int], content: SafeString) -> SafeString:
    """The SVG element with its texts for screen readers; it shrinks with the page."""
    return clean(
        format_html(
            '<svg class="getresponse-chart" viewBox="0 0 {0} {1}" width="{0}" height="{1}"'
            ' style="max-width:100%;height:auto" font-size="11" fill="none"'
            ' role="img" aria-labelledby="{2}-t {2}-d">'
            '<title id="{2}-t">{3}</title><desc id="{2}-d">{4}</desc>{5}</svg>',
            *(*size, key, title, description, content),
        )
    )
