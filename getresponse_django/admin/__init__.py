"""The admin, one module per module of the models. No view asks GetResponse anything."""

from . import accounts, audience, consents, contacts, messages, outbox, runs, statistics, suppressions

__all__ = [
    "accounts",
    "audience",
    "consents",
    "contacts",
    "messages",
    "outbox",
    "runs",
    "statistics",
    "suppressions",
]
