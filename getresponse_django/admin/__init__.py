"""The admin, one module per module of the models. No view asks GetResponse anything."""

from . import (
    accounts,
    audience,
    consents,
    contacts,
    experiments,
    inbox,
    messages,
    newsletters,
    outbox,
    runs,
    segments,
    statistics,
    suppressions,
)

__all__ = [
    "accounts",
    "audience",
    "consents",
    "contacts",
    "experiments",
    "inbox",
    "messages",
    "newsletters",
    "outbox",
    "runs",
    "segments",
    "statistics",
    "suppressions",
]
