"""GetResponse for Django: mirror, outbox, push, pull and admin. The public names are loaded on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Client as Client
    from .models import Consent as Consent
    from .subscribers import Subscriber as Subscriber
    from .subscribers import register as register

__version__ = "0.1.0"
__all__ = ["Client", "Consent", "Subscriber", "register"]

_HOMES = {
    "Client": "client",
    "Consent": "models",
    "Subscriber": "subscribers",
    "register": "subscribers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
