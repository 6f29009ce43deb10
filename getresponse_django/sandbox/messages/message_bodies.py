"""What the bodies of newsletters, autoresponders and RSS newsletters have in common, and taking it over.

Decided where the contract is open: the tracked links of a message are those of its HTML, in their order and
named after their text, when it has the flag ``clicktrack``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..http.validation import (
    identifier,
    is_url,
    known,
    list_of,
    nullable,
    one_of,
    shape,
    text,
    url,
)
from ..state.records import Message
from ..state.store import Store

LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>(.*?)</a""", re.IGNORECASE | re.DOTALL)
CONTENT = shape({}, {"html": text(0, 524288), "plain": text(0, 524288)})
SENDER = shape({"fromFieldId": identifier})
FLAGS = list_of(one_of("clicktrack", "google_analytics"))
LEXPAD = nullable(shape({"dataSourceUrl": url}, {"dataSourceToken": nullable(text(0, 255))}))
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def take_over(message: Message, body: dict[str, Any]) -> None:
    """Change what a body says of name, subject, senders, content and flags; the rest stays."""
    message.name = body.get("name", message.name)
    message.subject = body.get("subject", message.subject)
    message.from_field_id = body.get("fromField", {}).get("fromFieldId", message.from_field_id)
    message.reply_to_id = body.get("replyTo", {}).get("fromFieldId", message.reply_to_id)
    if "content" in body:
        message.content = known(body["content"], ("html", "plain"))
    message.flags = list(body.get("flags", message.flags))
    if "content" in body or "flags" in body:
        message.links = list(links_of(message)) if "clicktrack" in message.flags else []


def links_of(message: Message) -> Iterator[tuple[str, str]]:
    """(name, URL) of each link in the HTML of a message."""
    for address, inner in LINK.findall(message.content.get("html", "")):
        if is_url(address):
            yield re.sub(r"<[^>]*>", "", inner).strip() or address, address


def missing_senders(store: Store, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, id) of the senders of a body that do not exist."""
    for name in ("fromField", "replyTo"):
        if name in body and body[name]["fromFieldId"] not in store.from_fields:
            yield "fromFieldId", body[name]["fromFieldId"]


def missing_campaigns(store: Store, campaign_ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, id) of the campaigns that do not exist."""
    return (("campaignId", found) for found in campaign_ids if found not in store.campaigns)
