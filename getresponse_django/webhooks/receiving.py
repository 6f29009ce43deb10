"""Receiving: is it authentic, and into the inbox with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.crypto import constant_time_compare, get_random_string
from django.views.decorators.debug import sensitive_variables

from ..answers import writable
from ..conf import aliases, app_settings, parse_account
from ..models import Account, ErasedAddress, WebhookEvent
from ..models.inbox import MADE_HERE, Source
from .bodies import addresses_in, contact_id_of, fingerprint, occurred_at, type_of

LONGEST_ID = 80

NOBODY_KNOWS = get_random_string(40)
"""Compared with where there is no secret, so that this takes as long."""


@sensitive_variables()
def is_authentic(alias: str, secret: str) -> bool:
    """Whether this is one of the secrets of this account; as slow for every other answer."""
    known = alias in aliases()
    given = parse_account(alias, app_settings.ACCOUNTS[alias]).webhook_secrets if known else ()
    secrets = [one for one in given if one and isinstance(one, str)]  # None would be equal to "None"
    matches = [constant_time_compare(secret, one) for one in secrets or [NOBODY_KNOWS]]
    return known and any(matches)


def keep_webhook(alias: str, raw: bytes, events: list[Any], headers: Mapping[str, str]) -> None:
    """Store the events of one POST, whose body is ``raw``.

    ``X-Webhook-ID`` is the same for a delivery and its repetitions (behaviour-newsletters.md section 8).
    Without it the body tells a repetition from news, as long as it waits.
    """
    said = headers.get("X-Webhook-ID", "")
    webhook_id = known_by(said) if said else MADE_HERE + fingerprint(raw)
    account, forgotten = Account.objects.for_alias(alias), erased_in(events)
    rows = [
        WebhookEvent(
            account=account,
            source=Source.WEBHOOK,
            type=type_of(event, headers.get("X-Webhook-Type", "")),
            webhook_id=webhook_id,
            index=index,
            contact_id=contact_id_of(event),
            occurred_at=occurred_at(event),
            body=None if forgotten & addresses_in(event) else event,
        )
        for index, event in enumerate(events)
    ]
    WebhookEvent.objects.record(rows)


def erased_in(events: Iterable[Any]) -> set[str]:
    """The addresses in these events whose owners asked to be forgotten: a late event must not bring them
    back. It is processed without its body, for the contact may have to be removed.
    """
    return set(ErasedAddress.objects.since({address for event in events for address in addresses_in(event)}))


def known_by(said: str) -> str:
    """The id as it is kept: one of a length or of characters that are none of an id, by its fingerprint."""
    usable = len(said) <= LONGEST_ID and said.isascii() and said.isprintable()
    return said if usable and not said.startswith(MADE_HERE) else "sha256: " + fingerprint(said.encode())


def keep_callback(alias: str, query: Mapping[str, str]) -> None:
    """Store one callback.

    It has no id and no time (behaviour-newsletters.md section 7), so its query is all that it can be known
    by, and only as long as it waits (docs/explanation/decisions/webhooks.md).
    """
    body = writable(dict(query))
    event = WebhookEvent(
        account=Account.objects.for_alias(alias),
        source=Source.CALLBACK,
        type=type_of(body),
        webhook_id=MADE_HERE + fingerprint(body),
        contact_id=contact_id_of(body),
        body=None if erased_in([body]) else body,
    )
    WebhookEvent.objects.record([event])
