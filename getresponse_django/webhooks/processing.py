"""Processing: an event only says which contact to look at; what GetResponse answers then is mirrored.

So forged, repeated and overtaken events do no harm, and a contact is read once however many tell of it.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from django.db import reset_queries
from django.utils import timezone

from .. import events as log_events
from .. import mirror
from ..client import Call, Client
from ..conf import app_settings
from ..errors import AccountRefused, ConfigurationError, GetResponseError, NotFound, Unavailable
from ..models import Account, Contact, WebhookEvent
from ..models.inbox import Outcome, finish, give_up, release, retry
from ..models.outbox import Reason
from ..plan import Decision, Verdict, after_failure
from ..pull.removals import Trace, contacts_here, grouped, mark, searched
from ..resources import Json
from ..signals import webhook_received
from .bodies import needs_reading


def process(account: Account, *, client: Client | None = None) -> int:
    """Process all due events of ``account``; returns how many. Raises nothing for what GetResponse answers:
    the rows tell.
    """
    account.refresh_from_db()
    due = WebhookEvent.objects.due(timezone.now()).filter(account=account)
    if not app_settings.ENABLED or must_wait(account) or not due.exists():
        return 0
    if client is not None:
        return Processing(account, client).run()
    try:
        own = Client.for_account(account.alias)
    except ConfigurationError as error:
        log_events.WEBHOOK_WAITS.log(account=account.alias, **log_events.facts_of(error))
        return 0
    with own:
        return Processing(account, own).run()


def must_wait(account: Account) -> bool:
    """Whether GetResponse refuses the account, cannot be reached or asked to wait. Being paused holds up
    what is sent, and this only reads.
    """
    waits = account.resume_at is not None and account.resume_at > timezone.now()
    return waits or account.circuit_opened_at is not None


class Processing:
    """One run over the inbox of one account: the client, and what is claimed and not decided yet."""

    def __init__(self, account: Account, client: Client) -> None:
        self.account, self.client = account, client
        self.processed = 0
        self._open: dict[int, WebhookEvent] = {}
        self._stopped = False
        self._begin_until = 0.0

    def run(self) -> int:
        """Claim after claim, until nothing is due or the account has to wait."""
        started = time.perf_counter()
        while not self._stopped and (events := WebhookEvent.objects.claim(self.account, timezone.now())):
            self._begin_until = time.monotonic() + app_settings.LEASE_SECONDS / 2
            self._open = {event.pk: event for event in events}
            try:
                self._process_claim(events)
            finally:
                release(list(self._open.values()))
                self._open = {}
            reset_queries()  # DEBUG keeps them all
        if self.processed and self.account.outages and not self._stopped:
            self.account.mark_used()
        if self.processed:
            alias, took = self.account.alias, log_events.since(started)
            log_events.WEBHOOK_PROCESSED.log(account=alias, events=self.processed, milliseconds=took)
        return self.processed

    def _process_claim(self, events: Sequence[WebhookEvent]) -> None:
        about = defaultdict[str, list[WebhookEvent]](list)
        for event in events:
            about[event.contact_id if needs_reading(event.type, event.contact_id) else ""].append(event)
        self._finish(about.pop("", []), Outcome.NOTED)
        details, missing = self._read(about)
        self._mirror(details, about)
        self._look_for(missing, about)

    def _read(self, about: dict[str, list[WebhookEvent]]) -> tuple[list[Json], list[str]]:
        """The details of the contacts that are there, and the ids of those that are not."""
        details, missing = [], []
        for call, result in self.client.send_many(self._calls(about)):
            if isinstance(result, NotFound):
                missing.append(call.key)
            elif isinstance(result, GetResponseError):
                self._failed(about[call.key], result)
            elif isinstance(result, dict) and result.get("contactId") == call.key:
                details.append(result)
            else:
                self._failed(
                    about[call.key], Unavailable("GetResponse answered without the contact.", status=500)
                )
        return details, missing

    def _calls(self, contact_ids: Iterable[str]) -> Iterator[Call]:
        """Not in the second half of the lease: what is begun must end before another worker may claim it."""
        for contact_id in contact_ids:
            if self._stopped or time.monotonic() >= self._begin_until:
                return
            yield Call("GET", f"/contacts/{contact_id}", key=contact_id)

    def _mirror(self, details: Sequence[Json], about: dict[str, list[WebhookEvent]]) -> None:
        """Mirror them together; where one breaks that, in halves, until it is alone and fails alone."""
        if not details:
            return
        events = [event for detail in details for event in about[detail["contactId"]]]
        try:
            mirror.mirror_contacts(self.account, details)
        except Exception as error:
            if len(details) == 1:
                self._broke(events, error)
                return
            half = len(details) // 2
            self._mirror(details[:half], about)
            self._mirror(details[half:], about)
        else:
            self._finish(events, Outcome.MIRRORED)

    def _look_for(self, missing: Sequence[str], about: dict[str, list[WebhookEvent]]) -> None:
        """Contacts whose own address answered 404 have left; why and when, the search among the removed and
        undelivered tells.
        """
        here = contacts_here(self.account).filter(contact_id__in=missing).select_related("campaign")
        groups = grouped(here)
        known = {contact.contact_id for group in groups.values() for contact in group}
        absent = [event for contact_id in missing if contact_id not in known for event in about[contact_id]]
        self._finish(absent, Outcome.ABSENT)
        for campaign_id, group in groups.items():
            events = [event for contact in group for event in about[str(contact.contact_id)]]
            try:
                self._mark(campaign_id, group)
            except GetResponseError as error:
                self._failed(events, error)
            except Exception as error:
                self._broke(events, error)
            else:
                self._finish(events, Outcome.LEFT)

    def _mark(self, campaign_id: str, contacts: Sequence[Contact]) -> None:
        found = {trace.contact_id: trace for trace in searched(self.client, campaign_id, contacts)}
        ids = [str(contact.contact_id) for contact in contacts]
        mark(self.account, [found.get(contact_id, Trace(contact_id, "gone", {})) for contact_id in ids])

    def _finish(self, events: Sequence[WebhookEvent], outcome: Outcome) -> None:
        done = finish(self._close(events), outcome)
        self.processed += len(done)
        for event in done:
            webhook_received.send_robust(sender=WebhookEvent, event=event)

    def _failed(self, events: Sequence[WebhookEvent], error: GetResponseError) -> None:
        """Decide what ``error`` means for each of these, and write it down."""
        jitter = random.random()  # nosec B311  # spreads retries, keeps nothing secret
        for event in events:
            decision = after_failure(
                error,
                event.attempts,
                backoff=app_settings.BACKOFF,
                max_attempts=app_settings.MAX_ATTEMPTS,
                jitter=jitter,
            )
            self._carry_out(decision, event, error)

    def _carry_out(self, decision: Decision, event: WebhookEvent, error: GetResponseError) -> None:
        match decision.verdict:
            case Verdict.STOP:
                self._stop(error)
            case Verdict.WAIT:
                self._retry(event, max(decision.seconds, 1), str(error), costs_attempt=False)
            case Verdict.RETRY:
                self._retry(event, decision.seconds, str(error), costs_attempt=True)
            case Verdict.GIVE_UP:
                self._give_up(event, decision.reason, str(error))

    def _give_up(self, event: WebhookEvent, reason: str, detail: str) -> None:
        if given_up := give_up(self._close([event]), reason, detail):
            alias = self.account.alias
            log_events.WEBHOOK_GAVE_UP.log(account=alias, events=len(given_up), reason=str(reason))

    def _retry(self, event: WebhookEvent, seconds: float, detail: str, *, costs_attempt: bool) -> None:
        when = timezone.now() + timedelta(seconds=seconds)
        retry(self._close([event]), when, detail, costs_attempt=costs_attempt)

    def _stop(self, error: GetResponseError) -> None:
        """The account is refused, or GetResponse cannot be reached: what is claimed is freed, and waits."""
        if self._stopped:
            return
        self._stopped = True
        if isinstance(error, AccountRefused | ConfigurationError):
            self.account.open_circuit(error)
        else:
            self.account.wait_out_outage(error)

    def _broke(self, events: Sequence[WebhookEvent], error: Exception) -> None:
        """A defect in this software: try a few times more, for it may be mended, then show it."""
        kind = type(error).__name__
        alias = self.account.alias
        log_events.WEBHOOK_DEFECT.log(account=alias, events=len(events), error_type=kind, broke=error)
        # Only the kind of the exception is kept: its text may hold addresses.
        detail = f"{kind} in getresponse_django; the log has more."
        for event in events:
            if event.attempts >= len(app_settings.BACKOFF):
                self._give_up(event, Reason.INTERNAL, detail)
            else:
                delay = app_settings.BACKOFF[max(event.attempts, 1) - 1]
                self._retry(event, delay, detail, costs_attempt=True)

    def _close(self, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
        return [self._open.pop(event.pk, event) for event in events]
