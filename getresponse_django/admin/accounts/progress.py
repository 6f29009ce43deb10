"""The progress of what an account does just now: shown, and stopped on request."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ... import forecast
from ...doctor.standing import outbox_of, pulls_of
from ...models import Account, Change, PullRun
from ..shared.typed import ModelAdmin
from .overview import changes_url, last_runs


def progress_url(account_pk: int) -> str:
    """Where the progress of an account is shown."""
    return reverse("admin:getresponse_django_account_progress", args=[account_pk])


def with_progress(text: str, account_pk: int) -> SafeString:
    """A message with the way to the progress."""
    return format_html('{} <a href="{}">{}</a>', text, progress_url(account_pk), _("Watch the progress"))


def page(admin: ModelAdmin, request: HttpRequest, account: Account) -> HttpResponse:
    """The page; what its buttons send is done first."""
    may_stop = admin.has_change_permission(request, account)
    if request.method == "POST" and may_stop:
        admin.message_user(request, stop(admin, request, account), messages.SUCCESS)
        return HttpResponseRedirect(request.path)
    context = {
        **admin.admin_site.each_context(request),
        **facts(account),
        "title": _("Progress of %(account)s") % {"account": account},
        "opts": admin.opts,
        "media": admin.media,
        "may_stop": may_stop,
    }
    return TemplateResponse(request, "admin/getresponse_django/progress.html", context)


def facts(account: Account) -> dict[str, Any]:
    """What is under way, and how far it is."""
    now = timezone.now()
    outbox, silent = outbox_of(account), account.why_silent(now)
    pulling = PullRun.objects.filter(account=account).alive().exists()
    return {
        "account": account,
        "outbox": outbox,
        "sending": Change.objects.filter(account=account, leased_until__gte=now).count(),
        "silent": silent,
        "runs": last_runs(pulls_of(account)),
        "running": pulling or bool(outbox.waiting and not silent),
        "push_ahead": forecast.in_words(forecast.push_ahead(account, outbox.waiting))
        if outbox.waiting
        else "",
        "pull_ahead": "" if pulling else forecast.in_words(forecast.pull_ahead(account)),
        "waiting_url": changes_url(account, "waiting"),
        "gave_up_url": changes_url(account, "gave-up"),
    }


def stop(admin: ModelAdmin, request: HttpRequest, account: Account) -> str:
    """What the button asks for; returns what came of it, in words."""
    if "cancel" in request.POST:
        PullRun.objects.filter(account=account).alive().cancel()
        return _("The pulls that run end at their next page. What they have read stays.")
    account.write(paused="pause" in request.POST)
    admin.log_change(request, account, _("Pushing was paused.") if account.paused else _("Pushing goes on."))
    if account.paused:
        return _("Nothing more is sent until you go on. What waits is kept.")
    return _("What waits will be sent.")
