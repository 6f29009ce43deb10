"""doctor: finds what keeps an account from working, and says what to do about it. The overview of the admin
shows the same findings, but for those that GetResponse has to be asked for.

The ids of all findings are in findings.py, the form of the JSON in report.py. The values of findings, by
the first half of their id:

- ``settings``, ``database``, ``doctor``, ``connection``, ``authorization``, ``sending``: none
- ``key``: ``idle_days`` since the last use that worked, before this one
- ``quota``: ``calls_left``, ``batch_calls_left``, ``paused_seconds``
- ``outbox``; ``webhooks``, once an event came: ``waiting``, ``oldest_seconds``, ``gave_up``
- ``pull``, one for each part, and for what a person started and failed: ``part``, ``age_seconds`` of its last
  success
- ``subscriber``: none
- ``worker``, ``beat``: ``seen_seconds``

What is not known, as of a part that was never pulled, is null.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil

from django.db import DatabaseError
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import conf
from ..client import Client
from ..errors import AccountRefused, ConfigurationError, GetResponseError, Unavailable
from ..limits import LANES, PER_FRAME, remaining
from ..models import Account, Authorization, Campaign, Contact
from ..models.authorizations import CODE_LIFE
from ..refusals import refusal_hint
from ..subscribers import registry, unknown_campaigns, unknown_fields
from .findings import BEAT_EVERY, Finding, age_of, in_words, seconds_of
from .numbers import numbers_of
from .report import Diagnosis, report_of
from .standing import Standing, standing_of
from .waiting import inbox, outbox, pulls

__all__ = [
    "Diagnosis",
    "Finding",
    "advice",
    "diagnose",
    "examine",
    "in_words",
    "known_of",
    "problems_of",
    "report_of",
    "uses_oauth",
]

KEY_LIFE, IDLE_TOO_LONG = timedelta(days=90), timedelta(days=60)
"""A key that is unused for so long expires (behaviour-core.md section 2); ``ping`` uses it every 15 minutes,
so that one idle for the lesser time tells of a site that stands still.
"""

CONNECT_HINT = gettext_lazy("Use “Connect to GetResponse” on the account's page in the admin.")


def diagnose(alias: str) -> list[Finding]:
    """Everything worth knowing about one account, problems and not. Asks GetResponse once. Never raises."""
    return examine(alias).findings


def examine(alias: str, *, ask: bool = True) -> Diagnosis:
    """What ``diagnose`` finds, and the numbers. Without ``ask`` GetResponse is not asked, which takes
    milliseconds.
    """
    try:
        conf.account_config(alias)
    except GetResponseError as error:
        return Diagnosis([settings_finding(error)])
    try:
        account = Account.objects.for_alias(alias)
        used = [*key(account), *connection(account)] if ask else [*key(account), *known_connection(account)]
        standing = standing_of(account)
        return Diagnosis([*used, *seen_here(standing)], numbers_of(standing))
    except DatabaseError as error:
        problem = f"The database does not answer as it should: {type(error).__name__}."
        hint = "Run manage.py migrate; else see DATABASE_URL."
        return Diagnosis([Finding("database.fails", problem, hint)])


def known_of(standing: Standing) -> list[Finding]:
    """What can be known of an account without asking GetResponse, in a fixed number of queries."""
    account = standing.account
    try:
        conf.account_config(account.alias)
    except GetResponseError as error:
        return [settings_finding(error), *seen_here(standing)]
    return [*key(account), *known_connection(account), *seen_here(standing)]


def seen_here(standing: Standing) -> Iterator[Finding]:
    """What the settings and the rows tell."""
    account = standing.account
    yield from authorization(account)
    yield from sending(account)
    yield from quota(account)
    yield from outbox(standing.outbox)
    yield from inbox(standing.inbox)
    yield from pulls(standing.pulls)
    yield from rules(account)
    yield from workers(account)


def settings_finding(error: GetResponseError) -> Finding:
    """What is wrong in the settings."""
    hint = _("Mend the GETRESPONSE setting; manage.py check tells more.")
    return Finding("settings.wrong", str(error), hint)


def uses_oauth(alias: str) -> bool:
    """Whether the settings name an OAuth client for this account."""
    try:
        return conf.account_config(alias).uses_oauth
    except ConfigurationError:
        return False


def problems_of(findings: list[Finding]) -> list[Finding]:
    """The findings that need somebody."""
    return [finding for finding in findings if not finding.ok]


def key(account: Account) -> Iterator[Finding]:
    """How long the key has been idle; tokens of OAuth are renewed instead."""
    if conf.account_config(account.alias).uses_oauth:
        return
    if account.last_used_at is None:
        yield Finding("key.never_used", _("The key has not been used yet."), values={"idle_days": None})
        return
    idle = timezone.now() - account.last_used_at
    text = _("The key was last used %(ago)s ago. It expires after %(days)d days without use.")
    hint = _("Are a worker and beat running? Beat starts ping, which uses it.")
    ok, said = idle < IDLE_TOO_LONG, {"ago": in_words(idle), "days": KEY_LIFE.days}
    yield Finding("key.used" if ok else "key.idle", text % said, "" if ok else hint, {"idle_days": idle.days})


def connection(account: Account) -> Iterator[Finding]:
    """Whether GetResponse answers and accepts the key."""
    try:
        with Client.for_account(account.alias, interactive=True) as client:
            client.account()
    except GetResponseError as error:
        if isinstance(error, AccountRefused):
            account.open_circuit(error)
        hint = advice(account.alias, error) or _("See the message; it is GetResponse's own.")
        refused = isinstance(error, AccountRefused | ConfigurationError)
        yield Finding("connection.refused" if refused else "connection.fails", str(error), hint)
    else:
        account.mark_used()
        yield Finding("connection.works", _("GetResponse answers and accepts the key."))
    account.refresh_from_db()


def known_connection(account: Account) -> Iterator[Finding]:
    """What is known of the connection without a request: that there is none yet, or why it was refused."""
    if account.circuit_opened_at:
        text = _("GetResponse refuses this account: %(reason)s") % {"reason": account.circuit_reason}
        hint = _("Mend the key or the account in GetResponse, then use “Check the key”.")
        yield Finding("connection.refused", text, hint)
    elif uses_oauth(account.alias) and not Authorization.objects.filter(account=account).exclude(
        access_token="",
        code="",
        refused_at=None,  # nosec B106  # whoever has none
    ):
        yield Finding(
            "connection.missing", _("The account is not connected to GetResponse."), str(CONNECT_HINT)
        )


def advice(alias: str, error: Exception) -> str:
    """What to do about an error that ended a request of this account; empty when the error says it itself."""
    if isinstance(error, AccountRefused):
        return refusal_hint(conf.account_config(alias), error)
    if isinstance(error, Unavailable):
        return (
            f"Is {conf.account_config(alias).url} right, and may this machine connect to it? See "
            "GETRESPONSE_PLATFORM and GETRESPONSE_BASE_URL."
        )
    return ""


def authorization(account: Account) -> Iterator[Finding]:
    """How an account that uses OAuth is connected; what keeps it from that, "connection" has told."""
    row = Authorization.objects.filter(account=account).first()
    if row is None or not uses_oauth(account.alias):
        return
    now = timezone.now()
    if ends := row.code_expires_at:
        found = "authorization.code_waits" if ends > now else "authorization.code_expired"
        if ends > now:
            text = _("A code waits for a worker to exchange it; it came %(ago)s ago.")
        else:
            text = _("A code expired before a worker came; it came %(ago)s ago.")
        hint = _("It lives for 10 minutes. Are a worker and beat running? If it is too late, connect again.")
        yield Finding(found, text % {"ago": in_words(now - (ends - CODE_LIFE))}, hint)
    if row.was_cut_off(now):
        text = _("A process ended, or an answer was lost, while new tokens were asked for.")
        hint = _(
            "The next attempt may be refused because of that. Then connect the account again in the admin."
        )
        yield Finding("authorization.cut_off", text, hint)
    if row.refused_at:
        text = _("GetResponse gave no tokens %(ago)s ago: %(reason)s")
        said = {"ago": in_words(now - row.refused_at), "reason": row.reason}
        yield Finding("authorization.refused", text % said, str(CONNECT_HINT))
    elif row.connected_at and row.expires_at:
        text = _("Connected since %(since)s UTC; the access token is good until %(until)s UTC.")
        said = {"since": f"{row.connected_at:%Y-%m-%d %H:%M}", "until": f"{row.expires_at:%Y-%m-%d %H:%M}"}
        yield Finding("authorization.granted", text % said)


def sending(account: Account) -> Iterator[Finding]:
    """Whether anything may be sent."""
    wait = account.resume_at and account.resume_at - timezone.now()
    if not conf.app_settings.ENABLED:
        text = _("GETRESPONSE['ENABLED'] is False: nothing is recorded and nothing is sent.")
        yield Finding("sending.disabled", text, _("Set it to True to work with GetResponse."))
    elif account.is_copy:
        hint = _("That is right on staging. If the site has moved: manage.py getresponse_account adopt.")
        yield Finding("sending.copy", account.why_copy(), hint)
    elif account.circuit_opened_at:
        return  # "connection" has told why
    elif account.paused:
        text = _("The account is paused: changes are recorded, not sent.")
        yield Finding("sending.paused", text, _("Lift the pause on the account's page in the admin."))
    elif wait and wait > timedelta():
        text = _("GetResponse asked to wait or could not be reached; sending goes on in %(wait)s.")
        hint = _("It ends by itself once GetResponse answers.")
        yield Finding("sending.waits", text % {"wait": in_words(wait)}, hint)
    else:
        yield Finding("sending.works", _("Changes are sent."))


def quota(account: Account) -> Iterator[Finding]:
    """What is left of the calls of the last ten minutes; without any, even a signup waits."""
    left = remaining(account.limits, time.time())
    paused = max([0.0, *left.paused.values()])
    text = _("%(calls)d of %(all_calls)d calls are left, %(batches)d of %(all_batches)d batches.") % {
        "calls": left.calls,
        "all_calls": PER_FRAME,
        "batches": left.batch_calls,
        "all_batches": LANES["batch"].per_frame,
    }
    if paused:
        wait = in_words(timedelta(seconds=paused))
        text += " " + _("GetResponse asked to wait %(wait)s more.") % {"wait": wait}
    hint = "" if left.calls > 0 else _("It ends by itself within ten minutes. What else uses the key?")
    values = {"calls_left": left.calls, "batch_calls_left": left.batch_calls, "paused_seconds": ceil(paused)}
    yield Finding("quota.left" if left.calls > 0 else "quota.used_up", text, hint, values)


def rules(account: Account) -> Iterator[Finding]:
    """Whether what Subscribers name exists in GetResponse."""
    if not any(rule.account == account.alias for rule in registry):
        yield Finding("subscriber.none", _("No Subscriber is registered for this account."))
    yield from lists_named(account)
    for rule, name in unknown_fields():
        if rule.account == account.alias:
            text = _("%(rule)s names the custom field “%(name)s”, which is not in GetResponse.")
            hint = _("Create the field or mend the name. Contacts with a value for it wait until then.")
            yield Finding("subscriber.unknown_field", text % {"rule": rule, "name": name}, hint)


def lists_named(account: Account) -> Iterator[Finding]:
    """Whether the lists that Subscribers name exist in GetResponse."""
    unknown = [(rule, name) for rule, name in unknown_campaigns() if rule.account == account.alias]
    if not unknown:
        return
    linked = Campaign.plain.filter(account=account, campaign_id__isnull=False).order_by("name")
    there = ", ".join(linked.values_list("name", flat=True)[:10])
    there = there or _("none known yet: run getresponse_pull")
    names = [name for _rule, name in unknown]
    contacts = Contact.plain.filter(account=account, campaign__name__in=names).order_by()
    waiting = dict(contacts.values_list("campaign__name").annotate(Count("pk")))
    for rule, name in unknown:
        text = ngettext(
            "%(rule)s names the list “%(name)s”, which is not in GetResponse; %(count)d contact waits.",
            "%(rule)s names the list “%(name)s”, which is not in GetResponse; %(count)d contacts wait.",
            waiting.get(name, 0),
        ) % {"rule": rule, "name": name, "count": waiting.get(name, 0)}
        hint = _("Create the list or mend the name, then run getresponse_pull. Lists there: %(lists)s.")
        yield Finding("subscriber.unknown_list", text, hint % {"lists": there})


def workers(account: Account) -> Iterator[Finding]:
    """Whether a worker and beat have been seen lately."""
    yield seen("worker", account.worker_seen_at, _("Start it: celery -A <project> worker."))
    hint = _("Start it: celery -A <project> beat, with beat_schedule() in the settings.")
    yield seen("beat", account.beat_seen_at, hint)


def seen(topic: str, at: datetime | None, hint: str) -> Finding:
    """A sign of life that may be too old."""
    age = age_of(at)
    values = {"seen_seconds": seconds_of(age)}
    if age is None:
        return Finding(
            f"{topic}.missing", _("No %(process)s has been seen.") % {"process": topic}, hint, values
        )
    state = "seen" if age < BEAT_EVERY else "missing"
    text = _("The %(process)s was seen %(ago)s ago.") % {"process": topic, "ago": in_words(age)}
    return Finding(f"{topic}.{state}", text, "" if state == "seen" else hint, values)
