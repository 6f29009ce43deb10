"""The admin, one module per module of the models. No view asks GetResponse anything."""

from . import accounts, audience, contacts, messages, newsletters, outbox, runs, segments, statistics

__all__ = [
    "accounts",
    "audience",
    "contacts",
    "messages",
    "newsletters",
    "outbox",
    "runs",
    "segments",
    "statistics",
]
