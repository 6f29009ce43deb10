"""The log events: every one the package logs, with its stable name, its level and its fields.

All go to the logger ``getresponse_django``. The message is one line, ``getresponse.push.drained
account=default pushed=3 ...``; the same is in ``extra``, as ``event_name`` and one attribute for each field,
which is where python-json-logger, structlog's ExtraAdder, OpenTelemetry and Sentry look. No field is called
``status``, ``error``, ``event``, ``host`` or ``level``: Datadog and ECS give these a meaning of their own.

No field holds an e-mail address, a name of a person or a credential. So neither the words of GetResponse nor
the text of an exception is logged, for both may quote what was sent; the admin and the doctor show them.
docs/reference/log-events.md says what each event means and what to do.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from logging import DEBUG, ERROR, INFO, WARNING
from types import TracebackType
from typing import Any

logger = logging.getLogger("getresponse_django")

FACTS = ("error_type", "error_code", "error_uuid", "http_method", "http_path", "http_status")
"""What ``facts_of`` tells of an error."""

PLAIN = re.compile(r"[\w.,:/@*+-]+", re.ASCII)
"""What needs no quotes in a message; a line break in a value must not look like a line of its own."""


@dataclass(frozen=True)
class Event:
    """One kind of log record."""

    name: str
    level: int
    fields: tuple[str, ...]

    def log(self, *, broke: BaseException | None = None, **values: Any) -> None:
        """Log it with ``values``, one for each field. ``broke``: an exception whose traceback is worth
        having; it is logged without its text.
        """
        if not logger.isEnabledFor(self.level):
            return
        told = {name: values.get(name) for name in self.fields}
        text = " ".join([self.name, *(f"{name}=%({name})s" for name in self.fields)])
        args = [{name: quoted(value) for name, value in told.items()}] if told else []
        extra = {"event_name": self.name, **told}
        about = without_text(broke) if broke else None
        logger.log(self.level, text, *args, extra=extra, exc_info=about, stacklevel=2)


def quoted(value: Any) -> str:
    """A value as it stands in the message."""
    text = str(value)
    return text if PLAIN.fullmatch(text) else repr(text)


def since(started: float) -> int:
    """Milliseconds since ``started``, which is of ``time.perf_counter``."""
    return round(1000 * (time.perf_counter() - started))


def facts_of(error: object) -> dict[str, Any]:
    """An error as fields (see FACTS); only its class where it is none of ours."""
    return {
        "error_type": type(error).__name__ if isinstance(error, BaseException) else None,
        "error_code": getattr(error, "code", None),
        "error_uuid": getattr(error, "uuid", None) or None,
        "http_method": getattr(error, "method", None) or None,
        "http_path": getattr(error, "path", None) or None,
        "http_status": getattr(error, "status", None),
    }


def without_text(
    error: BaseException,
) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """The exception for ``exc_info``: kind and traceback, but neither its text nor that of its causes. A
    database's complaint quotes the row.
    """
    kind = type(error)
    names = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    silent = type(kind.__name__, (Exception,), names)("its text is left out, it may hold personal data")
    return type(silent), silent, error.__traceback__


REQUEST_ENDED = Event(
    "getresponse.request.ended", DEBUG, ("http_method", "http_path", "http_status", "milliseconds")
)
REQUEST_LIMITED = Event("getresponse.request.limited", WARNING, ("account", "wait_seconds", *FACTS))

ACCOUNT_REFUSED = Event("getresponse.account.refused", ERROR, ("account", *FACTS))
ACCOUNT_RESTORED = Event("getresponse.account.restored", INFO, ("account",))
ACCOUNT_UNREACHABLE = Event(
    "getresponse.account.unreachable", WARNING, ("account", "outages", "wait_seconds", *FACTS)
)
ACCOUNT_COPIED = Event("getresponse.account.copied", WARNING, ("account", "reason"))
ADMINS_NOT_TOLD = Event("getresponse.account.admins_not_told", ERROR, ("account", "error_type"))

TOKEN_GRANTED = Event("getresponse.token.granted", INFO, ("account", "grant"))
CODE_NOT_EXCHANGED = Event("getresponse.token.code_not_exchanged", WARNING, ("account", *FACTS))

PUSH_DRAINED = Event(
    "getresponse.push.drained", INFO, ("account", "pushed", "waiting", "gave_up", "milliseconds")
)
PUSH_GAVE_UP = Event(
    "getresponse.push.gave_up", WARNING, ("account", "resource", "object_pk", "attempts", "reason")
)
PUSH_DEFECT = Event("getresponse.push.defect", ERROR, ("account", "changes", "error_type"))
PUSH_LINK_LEFT = Event("getresponse.push.link_left", WARNING, ("account", "contacts", "error_type"))
PUSH_ERASED_NOT_SENT = Event("getresponse.push.erased_not_sent", WARNING, ("account", "contacts"))
IMPORT_REFUSED = Event("getresponse.import.refused", WARNING, ("account", *FACTS))
IMPORT_NOT_FOLLOWED = Event("getresponse.import.not_followed", WARNING, ("account", *FACTS))
BROKER_SILENT = Event("getresponse.broker.silent", WARNING, ("rest_seconds", "error_type"))

PULL_FINISHED = Event(
    "getresponse.pull.finished", INFO, ("account", "part", "read", "written", "milliseconds")
)
PULL_FAILED = Event("getresponse.pull.failed", WARNING, ("account", *FACTS))
PULL_DEFECT = Event("getresponse.pull.defect", ERROR, ("account", "part", "error_type"))
MIRROR_VALUE_CUT = Event(
    "getresponse.mirror.value_cut", WARNING, ("account", "resource", "remote_id", "columns")
)
MIRROR_LEFT_OUT = Event(
    "getresponse.mirror.left_out", ERROR, ("account", "resource", "remote_id", "error_type")
)
NAMES_VANISHED = Event("getresponse.audience.vanished", WARNING, ("account", "lists", "custom_fields"))

WEBHOOK_RECEIVED = Event("getresponse.webhook.received", DEBUG, ("account", "source", "events"))
WEBHOOK_REFUSED = Event("getresponse.webhook.refused", WARNING, ("account", "http_status", "reason"))
WEBHOOK_NOT_STORED = Event("getresponse.webhook.not_stored", ERROR, ("account", "error_type"))
WEBHOOK_WAITS = Event("getresponse.webhook.waits", WARNING, ("account", *FACTS))
WEBHOOK_PROCESSED = Event("getresponse.webhook.processed", INFO, ("account", "events", "milliseconds"))
WEBHOOK_GAVE_UP = Event("getresponse.webhook.gave_up", WARNING, ("account", "events", "reason"))
WEBHOOK_DEFECT = Event("getresponse.webhook.defect", ERROR, ("account", "events", "error_type"))

RULE_FAILED = Event("getresponse.rule.failed", ERROR, ("rule", "object_pk", "error_type"))
RULE_BAD_ADDRESS = Event("getresponse.rule.bad_address", WARNING, ("rule", "object_pk"))
SIGNUP_NOT_COUNTED = Event("getresponse.signup.not_counted", ERROR, ("error_type",))
PERSON_ERASED = Event("getresponse.person.erased", INFO, ("contacts", "rows"))

EVENTS = {event.name: event for event in list(globals().values()) if isinstance(event, Event)}
"""All of them, by name."""
