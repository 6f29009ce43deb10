"""The admin: what is imported here is registered. One module for a page, a folder for a page of many parts.

`shared` has what every page is built of, `drawing` what shows statistics. No view asks GetResponse anything.
"""

from . import (
    audience,
    consents,
    experiments,
    inbox,
    messages,
    runs,
    segments,
    statistics,
    suppressions,
)
from .accounts import pages as account_pages
from .contacts import pages as contact_pages
from .newsletters import pages as newsletter_pages
from .outbox import pages as outbox_pages

__all__ = [
    "account_pages",
    "audience",
    "consents",
    "contact_pages",
    "experiments",
    "inbox",
    "messages",
    "newsletter_pages",
    "outbox_pages",
    "runs",
    "segments",
    "statistics",
    "suppressions",
]
