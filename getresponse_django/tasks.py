"""The Celery tasks, a few lines each, and their schedule. Settings modules import it, so it loads no model
itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from celery import Task, current_app, shared_task
from celery.schedules import crontab
from django.utils import timezone
from kombu.exceptions import OperationalError

from . import conf, events
from .nudging import Nudger

T = TypeVar("T")

if TYPE_CHECKING:
    from .models import Account

ONE_TRY: dict[str, Any] = {
    "retry": True,
    "retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
}
"""How messages are sent: to a dead broker that fails in milliseconds, where ``retry=False`` takes 6 s."""

SOON = timedelta(seconds=60)
"""What is due later than that is left to beat."""


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The entries for CELERY_BEAT_SCHEDULE."""
    tasks: dict[str, Any] = {
        "push_changes": timedelta(minutes=1),
        "process_webhooks": timedelta(minutes=1),
        "pull_audience": timedelta(minutes=10),
        "pull_messages": timedelta(hours=1),
        "pull_statistics": timedelta(hours=1),
        "pull_segments": timedelta(hours=6),
        "reconcile": crontab(hour="3", minute="17"),
        "ping": timedelta(minutes=15),
        "exchange_code": timedelta(minutes=1),
        "prune": crontab(hour="4", minute="41"),
    }
    schedule = {
        f"getresponse: {name}": {"task": f"{__name__}.{name}", "schedule": when}
        for name, when in tasks.items()
    }
    schedule["getresponse: push_changes"]["kwargs"] = {"by_beat": True}
    return schedule


def push_at_once(sender: Any, **_signal: Any) -> None:
    """Receiver of ``celery.signals.beat_init``: the push is due at once, not after beat's first minute. What
    waited while all was down goes then, and beat shows itself.
    """
    for entry in sender.scheduler.schedule.values():
        if entry.task == push_changes.name:
            entry.last_run_at -= timedelta(days=1)


def accounts(alias: str | None, pk: int | None = None) -> list[Account]:
    """The account called ``alias`` or with this key, or all that are configured."""
    from .models import Account

    if pk is not None:
        return list(Account.objects.filter(pk=pk))
    return [Account.objects.for_alias(name) for name in ([alias] if alias else conf.aliases())]


def each(found: list[Account], work: Callable[[Account], object]) -> None:
    """Do ``work`` for each of these accounts. What breaks that of one is raised when the others had theirs:
    an account whose data meet a defect must not keep the others from ever being served.
    """
    broke: list[Exception] = []
    for account in found:
        try:
            work(account)
        except Exception as error:
            broke.append(error)
    if len(broke) > 1:
        raise ExceptionGroup("Several accounts met a defect.", broke)
    if broke:
        raise broke[0]


@shared_task(ignore_result=True)
def push_changes(alias: str | None = None, by_beat: bool = False, pk: int | None = None) -> None:
    """Push what is due; then plan the next push if something is due soon."""
    from .push import drain

    def push(account: Account) -> None:
        now = timezone.now()
        account.write(worker_seen_at=now, **({"beat_seen_at": now} if by_beat else {}))
        drain(account)
        plan_next(account)

    each(accounts(alias, pk), push)


def plan_next(account: Account) -> None:
    """Schedule a push for the earliest change that is due within a minute."""
    from .models import Change

    due = Change.objects.filter(account=account).next_due()
    if due is None or due > timezone.now() + SOON or account.why_silent(timezone.now()):
        return
    when = max(due, timezone.now() + timedelta(seconds=1))
    if account.plan_drain(when):
        # A broker that is gone must not keep the other accounts from being pushed; beat comes every minute
        # anyway.
        with suppress(OperationalError):
            push_changes.apply_async(args=(account.alias,), eta=when, **ONE_TRY)


def asked(account: Account, ask: Callable[[], T]) -> T | None:
    """What ``ask`` returns, which asks GetResponse for something of this account; None where the account is
    not to be asked, or where that failed.

    A failure ends neither the worker nor the work for other accounts: it is logged, and the run of a pull
    tells. Who waits for the outcome asks again.
    """
    from .errors import AccountRefused, GetResponseError
    from .pull import AlreadyRunning, Cancelled, TooManyRemovals

    account.write(worker_seen_at=timezone.now())
    if not conf.app_settings.ENABLED or account.circuit_opened_at:
        return None
    try:
        return ask()
    except (AlreadyRunning, Cancelled, TooManyRemovals, GetResponseError) as error:
        events.PULL_FAILED.log(account=account.alias, **events.facts_of(error))
        if isinstance(error, AccountRefused):
            account.open_circuit(error)
    return None


def pull_part(alias: str | None, *parts: str) -> None:
    """Pull parts of one account or all."""
    from .pull import pull
    from .vanishing import tell_of_vanished

    def pull_account(account: Account) -> None:
        if asked(account, partial(pull, account, parts)) is not None:
            tell_of_vanished(account)

    each(accounts(alias), pull_account)


@shared_task(ignore_result=True)
def pull_audience(alias: str | None = None) -> None:
    """Pull campaigns, custom fields, tags and contacts."""
    pull_part(alias, "campaigns", "fields", "tags", "contacts")


@shared_task(bind=True, ignore_result=True, max_retries=60)
def pull_contacts(self: Task[Any, Any], pk: int, contact_ids: list[str]) -> None:
    """Read these contacts (their remote ids) of the account with the key ``pk`` anew, whatever changed.

    What finds others of the account being read comes again soon.
    """
    for account in accounts(None, pk):
        if asked(account, partial(read_chosen, account, contact_ids)) is False:
            kwargs = {"pk": pk, "contact_ids": contact_ids}
            raise self.retry(args=(), kwargs=kwargs, countdown=10)


def read_chosen(account: Account, contact_ids: list[str]) -> bool:
    """Read these contacts; False where others are being read just now."""
    from .pull import AlreadyRunning
    from .pull.chosen import pull_chosen

    try:
        pull_chosen(account, contact_ids)
    except AlreadyRunning:
        return False
    return True


@shared_task(ignore_result=True)
def pull_messages(alias: str | None = None) -> None:
    """Pull from fields, newsletters, autoresponders and tests."""
    pull_part(alias, "messages")


@shared_task(ignore_result=True)
def pull_statistics(alias: str | None = None) -> None:
    """Pull statistics."""
    pull_part(alias, "statistics")


@shared_task(bind=True, ignore_result=True, max_retries=60)
def pull_segments(
    self: Task[Any, Any], alias: str | None = None, members_of: int | list[int] | None = None
) -> None:
    """Pull saved searches; with the keys of some, instead the contacts that these find now.

    One account's segments are read one at a time: what finds another one at work comes again in a minute.
    """
    if members_of is None:
        pull_part(alias, "segments")
    elif busy := read_members([members_of] if isinstance(members_of, int) else members_of):
        raise self.retry(args=(), kwargs={"members_of": busy}, countdown=60)


def read_members(pks: list[int]) -> list[int]:
    """Read the members of these segments; returns those whose account reads another one just now."""
    from .models import Segment
    from .pull import AlreadyRunning, members

    busy = []

    def read(segment: Segment) -> None:
        try:
            members(segment)
        except AlreadyRunning:
            busy.append(segment.pk)

    linked = Segment.plain.filter(pk__in=pks, search_contact_id__isnull=False).order_by("pk")
    for segment in linked.select_related("account"):
        asked(segment.account, partial(read, segment))
    return busy


@shared_task(ignore_result=True)
def pull_activities(contact_pk: int) -> None:
    """Pull what one contact was sent, opened and clicked."""
    from .models import Contact
    from .pull import activities

    for contact in Contact.plain.select_related("account").filter(pk=contact_pk):
        asked(contact.account, partial(activities, contact))


@shared_task(ignore_result=True)
def pull_consents(contact_pk: int) -> None:
    """Pull the consents of one contact."""
    from .models import Contact
    from .pull import contact_consents

    for contact in Contact.plain.select_related("account").filter(pk=contact_pk):
        asked(contact.account, partial(contact_consents, contact))


@shared_task(ignore_result=True)
def count_recipients(pk: int) -> None:
    """Let GetResponse count the recipients of a newsletter, because a person asked for it."""
    from .models import Newsletter
    from .pull.recipients import count_recipients as count

    for newsletter in Newsletter.plain.select_related("account").filter(pk=pk):
        asked(newsletter.account, partial(count, newsletter))


@shared_task(ignore_result=True)
def reconcile() -> None:
    """Apply every Subscriber to every object, for what a crash between two commits lost. GetResponse is asked
    who of the new ones had left.
    """
    each(accounts(None), lambda account: asked(account, partial(reconcile_account, account)))


def reconcile_account(account: Account) -> None:
    """The rules of one account. Raises GetResponseError."""
    from . import subscribers
    from .client import Client
    from .pull import leavers

    with Client.for_account(account.alias) as client:
        subscribers.reconcile(account=account.alias, leavers=partial(leavers, client))


@shared_task(ignore_result=True)
def ping(alias: str | None = None) -> None:
    """Use the key, which expires after 90 idle days, or the token, which the client renews in time; close the
    circuit of an account that works again.

    Often, because until then nothing is pushed; one request is no hammering.
    """
    if conf.app_settings.ENABLED:
        each(accounts(alias), use_key)


def use_key(account: Account) -> None:
    """Ask for something that everybody may ask for."""
    from .client import Client
    from .errors import AccountRefused, GetResponseError

    if account.is_copy:
        return  # its key and its tokens are those of the site it was copied from
    try:
        with Client.for_account(account.alias) as client:
            client.account()
        account.mark_used()
    except AccountRefused as error:
        account.open_circuit(error)
    except GetResponseError:
        return  # not reachable now: the next one will tell


@shared_task(ignore_result=True)
def exchange_code(pk: int | None = None) -> None:
    """Exchange the code of OAuth that waits in the row of an account, or of all, and try the new token. Beat
    asks every minute, because a code lives for ten and the broker may have lost the message.
    """
    from .errors import GetResponseError
    from .models import Authorization
    from .oauth import exchange

    waiting = Authorization.objects.exclude(code="").select_related("account")
    for row in waiting.filter(account=pk) if pk is not None else waiting:
        try:
            if exchange(row):
                ping(row.account.alias)
        except GetResponseError as error:
            events.CODE_NOT_EXCHANGED.log(account=row.account.alias, **events.facts_of(error))


@shared_task(ignore_result=True)
def process_webhooks(alias: str | None = None, pk: int | None = None) -> None:
    """Process what GetResponse sent to the site. Beat asks every minute, because the broker may have lost
    the message.
    """
    from .webhooks import process

    each(accounts(alias, pk), process)


@shared_task(ignore_result=True)
def prune() -> None:
    """Forget runs of pulls, conflicts and the bodies of webhook events older than RETENTION_DAYS; and who was
    erased, but whom a pull was just reading then.
    """
    from . import rights
    from .models import Conflict, PullRun, WebhookEvent

    now = timezone.now()
    oldest = now - timedelta(days=conf.app_settings.RETENTION_DAYS)
    PullRun.objects.filter(started_at__lt=oldest).delete()
    Conflict.objects.filter(on__lt=oldest).delete()
    WebhookEvent.objects.prune(now)
    if conf.app_settings.ENABLED:
        rights.erase_again()


def publish(account_id: int, countdown: float) -> None:
    """Send the message that nudges a worker. Raises what the broker's transport raises. No database: see
    nudging.py.
    """
    push_changes.apply_async(kwargs={"pk": account_id}, countdown=countdown, **ONE_TRY)


def publish_webhooks(account_id: int, countdown: float) -> None:
    """The same for the inbox."""
    process_webhooks.apply_async(kwargs={"pk": account_id}, countdown=countdown, **ONE_TRY)


nudger = Nudger(publish)
webhook_nudger = Nudger(publish_webhooks)


def nudge(account_id: int, **_kwargs: Any) -> None:
    """Receiver of ``change_recorded``: ask a worker to push."""
    if current_app.conf.task_always_eager:
        publish(account_id, 0)
    else:
        nudger.nudge(account_id)


def nudge_webhooks(account_id: int, **_kwargs: Any) -> None:
    """Receiver of ``event_recorded``: ask a worker to process."""
    if current_app.conf.task_always_eager:
        publish_webhooks(account_id, 0)
    else:
        webhook_nudger.nudge(account_id)
