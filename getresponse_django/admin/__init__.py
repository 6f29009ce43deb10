"""The admin, one module per module of the models. No view asks GetResponse anything."""

from . import accounts, audience, contacts, inbox, messages, outbox, runs, statistics

__all__ = ["accounts", "audience", "contacts", "inbox", "messages", "outbox", "runs", "statistics"]
