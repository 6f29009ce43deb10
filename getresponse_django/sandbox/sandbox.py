"""The Sandbox: starts and stops the server, and lets a test or a demo look behind the API."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from .account.oauth import CLIENT_ID, CLIENT_SECRET, Grants
from .application import KEY, Application
from .audience.campaigns import campaign_detail, new_campaign
from .audience.contacts import contact_detail
from .audience.custom_fields import field_detail, new_custom_field
from .audience.import_work import import_due
from .audience.memberships import activate, confirm, land_due, memberships_of, presence
from .audience.notices import TYPES, call_back, tell
from .audience.tags import new_tag, tag_detail
from .backdoor import contact_list, find_campaign_id, remove_contact
from .http.exchange import LoggedRequest
from .http.faults import KINDS, Fault, chaos
from .http.limits import Limits
from .http.server import Server
from .messages.sending import send_due
from .seeds.seed import seed_store
from .state.deliveries import Delivered, Deliveries, Webhook
from .state.records import Contact
from .state.store import Store, by_name


class Sandbox:
    """An in-memory GetResponse v3 account over real HTTP on 127.0.0.1.

    ``port`` 0 takes a free one. ``contacts`` is the number of seeded active contacts, ``seed`` makes the data
    repeatable for a day, ``landing_delay`` is the time in seconds until an accepted contact appears,
    ``limits`` switches the rate limits, ``latency`` is the least time in seconds a call takes. ``now`` is the
    calendar of the account: assign a function that returns an aware datetime to move it. With a ``domain`` it
    is a MAX account, which wants that in X-Domain. ``token_seconds`` is how long OAuth's access tokens live.
    Use it as a context manager, or with ``start()`` and ``stop()``.
    """

    client_id, client_secret = CLIENT_ID, CLIENT_SECRET

    def __init__(
        self,
        port: int = 0,
        contacts: int = 0,
        seed: int = 1,
        landing_delay: float = 0.2,
        limits: bool = True,
        latency: float = 0.0,
        domain: str = "",
        token_seconds: float | None = None,
    ) -> None:
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.landing_delay = landing_delay
        self._port, self._seed, self._seeded = port, seed, contacts
        self._limits, self._latency = limits, latency
        self._server: Server | None = None
        self._deliveries = Deliveries()
        grants = Grants(lambda: self.now().timestamp(), token_seconds)
        self._application = Application(self._new_store(), Limits(on=limits), grants, domain)
        self._application.latency = latency
        self._application.reset = self.reset

    def _new_store(self) -> Store:
        store = Store(self._seed, lambda: self.now(), self.url, self.landing_delay)
        seed_store(store, self._seed, self._seeded)
        store.hand_over = self._deliveries.hand_over
        return store

    @property
    def url(self) -> str:
        """The base URL of the API, with /v3. In the ``href`` of a resource too, as a MAX host is in MAX's."""
        return f"http://127.0.0.1:{self._port}/v3"

    def start(self) -> Self:
        """Listen. Raises OSError when the port is in use."""
        self._server = Server(self._port, self._application.answer)
        self._port = self._server.port
        self._application.store.base_url = self.url
        self._application.stopped.clear()
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True, name="sandbox").start()
        return self

    def stop(self) -> None:
        """Stop listening and close the connections; a second call does nothing."""
        self._deliveries.stop()
        server, self._server = self._server, None
        if server:
            self._application.stopped.set()
            server.shutdown()
            server.close_connections()
            server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def reset(self) -> None:
        """Back to the freshly seeded state; faults and log are cleared, key, tokens, limits and latency as at
        first, same port.
        """
        application = self._application
        with application.lock:
            application.faults.clear()
            application.log.clear()
            application.limits.forget()
            application.limits.on, application.latency = self._limits, self._latency
            application.grants.forget()
            application.key = KEY
            application.store = self._new_store()
            self._deliveries.forget()

    # What the account holds

    def contacts(self, campaign: str | None = None) -> list[dict[str, Any]]:
        """The active contacts as GET /contacts/{id} shows them, of the campaign (name or id) or of all."""
        with self._application.lock:
            return contact_list(self._store, campaign)

    def memberships(self, email: str) -> list[dict[str, str]]:
        """Every list this address is, will be or was on: ``campaign`` (its name) and ``status``, which is
        active, queued, unconfirmed or, for those who left, the reason.
        """
        with self._application.lock:
            return memberships_of(self._store, email)

    def creates(self) -> list[dict[str, Any]]:
        """Every create that was accepted, oldest first (the last 100,000), also if its answer was lost:
        ``email``, ``campaignId``, and ``values`` by custom field id.
        """
        with self._application.lock:
            return list(self._store.creates)

    def campaigns(self) -> list[dict[str, Any]]:
        """All campaigns in detail."""
        with self._application.lock:
            return [campaign_detail(self._store, campaign) for campaign in self._store.campaigns.values()]

    def tags(self) -> list[dict[str, Any]]:
        """All tags."""
        with self._application.lock:
            return [tag_detail(self._store, tag) for tag in self._store.tags.values()]

    def custom_fields(self) -> list[dict[str, Any]]:
        """All custom fields."""
        with self._application.lock:
            return [field_detail(self._store, field) for field in self._store.custom_fields.values()]

    # What a person could do in the panel

    def add_campaign(self, name: str, optin: str = "single") -> dict[str, Any]:
        """Make a campaign; ``optin`` "double" asks contacts of the API for a confirmation."""
        with self._application.lock:
            return campaign_detail(self._store, new_campaign(self._store, name, optin=optin))

    def add_custom_field(self, name: str, format: str = "text") -> dict[str, Any]:
        """Make a custom field, which takes any text unless another ``format`` is given."""
        with self._application.lock:
            return field_detail(self._store, new_custom_field(self._store, name, format=format))

    def add_contact(
        self,
        email: str,
        campaign: str,
        name: str | None = None,
        tags: Iterable[str] = (),
        custom_fields: Mapping[str, str | Iterable[str]] | None = None,
    ) -> dict[str, Any]:
        """Add an active contact at once, whatever the opt-in. Unknown tags and custom fields (by name) are
        made.

        Raises ValueError when the address is in the campaign already.
        """
        with self._application.lock:
            store = self._store
            campaign_id = find_campaign_id(store, campaign)
            if presence(store, campaign_id, email):
                raise ValueError("This address is in the campaign already.")
            now = store.now()
            contact = Contact(
                store.ids.new("contact"), email, campaign_id, now, now, origin="panel", name=name
            )
            contact.tags = {self._tag_id(tag): now for tag in tags}
            for field, values in (custom_fields or {}).items():
                given = [values] if isinstance(values, str) else list(values)
                contact.values[self._custom_field_id(field)] = given
            activate(store, contact)
            return contact_detail(store, contact)

    def _tag_id(self, name: str) -> str:
        return (by_name(self._store.tags.values(), name) or new_tag(self._store, name)).tag_id

    def _custom_field_id(self, name: str) -> str:
        found = by_name(self._store.custom_fields.values(), name)
        return (found or new_custom_field(self._store, name)).custom_field_id

    def remove_contact(self, contact_id: str, reason: str = "unsubscribe") -> None:
        """An active contact leaves: unsubscribe, bounce, complaint, blacklisted, user, api, automation,
        cleaner...
        """
        with self._application.lock:
            remove_contact(self._store, contact_id, reason)

    def confirm(self, email: str, campaign: str) -> dict[str, Any]:
        """An unconfirmed contact clicks the link of the confirmation message. Raises ValueError if there
        is none.
        """
        with self._application.lock:
            land_due(self._store)
            contact = self._store.unconfirmed.at(find_campaign_id(self._store, campaign), email)
            if contact is None:
                raise ValueError("No contact with this address waits for a confirmation.")
            confirm(self._store, contact)
            return contact_detail(self._store, contact)

    def block(self, mask: str) -> None:
        """Put an address or a part of one on the account's blocklist."""
        with self._application.lock:
            self._store.masks.append(mask)

    def add_webhook(self, url: str, *types: str, batched: bool = False) -> None:
        """Make a webhook, of these types of events or of all; ``batched`` sends arrays. Raises ValueError for
        an unknown type.
        """
        if unknown := sorted(set(types) - set(TYPES)):
            raise ValueError(f"Unknown types {unknown}; there are: {', '.join(TYPES)}.")
        with self._application.lock:
            self._store.webhooks.append(Webhook(url, frozenset(types), batched))

    def unsubscribe_link(self, contact_id: str) -> str:
        """The link at the end of every message to this contact."""
        return f"{self.url.removesuffix('/v3')}/_sandbox/unsubscribe?contact={contact_id}"

    def send_webhook(self, kind: str, contact_id: str = "", **members: Any) -> None:
        """Send an event that nothing in the sandbox leads to (an open, a click, a copy, a report...), or that
        is not true; ``members`` are added to it.
        """
        with self._application.lock:
            tell(self._store, kind, self._anybody(contact_id) if contact_id else None, **members)

    def send_callback(self, action: str, contact_id: str, **parameters: str) -> None:
        """The same for the callbacks of the account, where they are on for this action."""
        with self._application.lock:
            call_back(self._store, action, self._anybody(contact_id), **parameters)

    def _anybody(self, contact_id: str) -> Contact:
        found = self._store.active.by_id.get(contact_id) or self._store.removed.by_id.get(contact_id)
        if found is None:
            raise ValueError(f"There is and was no contact {contact_id!r}.")
        return found

    def land(self) -> None:
        """Queued creates become contacts now, imports finish, newsletters to be sent at once are sent."""
        with self._application.lock:
            land_due(self._store, everything=True)
            import_due(self._store, everything=True)
            send_due(self._store, everything=True)

    def authorize(self) -> str:
        """Somebody agrees on the page of OAuth: the code that the site gets."""
        return self._application.grants.new_code()

    # How the API behaves

    @property
    def key(self) -> str:
        """The one API key that works; assign another one to revoke it."""
        return self._application.key

    @key.setter
    def key(self, key: str) -> None:
        self._application.key = key

    @property
    def return_address(self) -> str:
        """Where the page of OAuth sends the browser back to, as registered for the client."""
        return self._application.grants.return_address

    @return_address.setter
    def return_address(self, address: str) -> None:
        self._application.grants.return_address = address

    def fail(
        self, status: int | None = None, method: str | None = None, path: str | None = None, **fault: Any
    ) -> None:
        """Make the next matching requests fail, with ``status`` 503 unless another is given.

        ``path`` is a regular expression searched in the path after /v3. Further arguments: ``count`` (1; None
        means until reset), ``when`` ("before" or "after" the work), ``kind`` ("status", "html", "timeout",
        "reset", "truncated", "garbage", "shape", "slow", "trickle"), ``headers``, ``code`` (of the envelope),
        ``seconds`` (of a timeout, a slow or a trickling answer: 30), ``chance`` (1) and ``seed`` (1) of its
        dice. docs/reference/sandbox.md has a table of them.
        """
        self._application.faults.arm(Fault(status=status, method=method, path=path, **fault))

    def chaos(
        self, share: float = 0.1, seed: int = 1, kinds: Iterable[str] = KINDS, seconds: float = 1.0
    ) -> None:
        """Let a share of all requests fail until ``heal()`` or ``reset()``, in every way of these kinds.

        The dice follow ``seed``; with several connections at once the order of the requests is chance all
        the same. ``seconds`` is how long timeouts, slow and trickling answers take.
        """
        self._application.faults.arm(*chaos(share, seed, kinds, seconds))

    def heal(self) -> None:
        """Forget the failures that were ordered; what the account holds stays."""
        self._application.faults.clear()

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far, oldest first (the last 50,000)."""
        return list(self._application.log)

    @property
    def deliveries(self) -> list[Delivered]:
        """What was sent to webhooks and callbacks so far, oldest first, each attempt by itself."""
        return list(self._deliveries.log)

    def wait_for_deliveries(self, seconds: float = 10) -> bool:
        """Wait until no webhook or callback is on its way; False when that takes longer."""
        return self._deliveries.wait(seconds)

    @property
    def webhook_intervals(self) -> tuple[float, ...]:
        """Seconds before each of the repetitions of a webhook that was not taken."""
        return self._deliveries.intervals

    @webhook_intervals.setter
    def webhook_intervals(self, seconds: tuple[float, ...]) -> None:
        self._deliveries.intervals = seconds

    @property
    def most_at_once(self) -> int:
        """The most calls that were answered at the same time since the last reset."""
        return self._application.limits.most_running

    @property
    def limits_on(self) -> bool:
        """Whether the rate limits refuse calls."""
        return self._application.limits.on

    @limits_on.setter
    def limits_on(self, on: bool) -> None:
        self._application.limits.on = on

    @property
    def latency(self) -> float:
        """Seconds every call takes at least."""
        return self._application.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._application.latency = seconds

    @property
    def tags_move_changed_on(self) -> bool:
        """Whether a tag upsert moves a contact's changedOn; the contract promises nothing."""
        return self._store.tags_move_changed_on

    @tags_move_changed_on.setter
    def tags_move_changed_on(self, moves: bool) -> None:
        self._store.tags_move_changed_on = moves

    @property
    def _store(self) -> Store:
        return self._application.store
