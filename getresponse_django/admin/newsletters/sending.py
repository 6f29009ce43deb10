"""Sending a newsletter from the admin: when, then a page that says what will happen, then once.

The confirmation carries what its page showed. When the newsletter is not that any more, because somebody
else edited or sent it or because of a second click, nothing is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...mirror.named import GONE
from ...models import Account, Newsletter
from ...models.message_rules import has_audience
from ...resources import RESOURCES
from ..shared.confirming import CONFIRMED, is_confirmed
from .recipients import recipients

SEEN = "seen"
"""The member of the POST that says what the page of the confirmation showed."""

DAY = 86_400


class WhenForm(forms.Form):
    """When a newsletter goes out: at once, or at a moment of the current time zone."""

    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[("now", gettext_lazy("at once")), ("at", gettext_lazy("at this time:"))],
        initial="now",
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label=gettext_lazy("Time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["at"].help_text = _("In the time zone %(zone)s.") % {"zone": zone}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("when") == "now":
            if self.data.get("at"):  # a newsletter that goes out too early cannot be called back
                self.errors.pop("at", None)
                self.add_error("when", _("A time is filled in: choose “at this time”, or empty it."))
            return cleaned | {"at": None}
        if "at" in cleaned and cleaned["at"] is None:
            self.add_error("at", _("Say when."))
        elif cleaned.get("at") and cleaned["at"] <= timezone.now():
            self.add_error("at", _("This lies in the past."))
        return cleaned


def send_view(admin: Any, request: HttpRequest, newsletter: Newsletter) -> HttpResponse:
    """Ask when; show what will happen; send. Never twice for one confirmation."""
    form = WhenForm(request.POST if request.method == "POST" else None)
    is_chosen = request.method == "POST" and form.is_valid()
    if is_chosen and is_confirmed(request):
        return send_confirmed(admin, request, newsletter, form.cleaned_data["at"])
    if hindrances := list(what_hinders(newsletter)):
        admin.message_user(request, " ".join(hindrances), messages.ERROR)
        return HttpResponseRedirect(admin.page_url(newsletter))
    at = form.cleaned_data["at"] if is_chosen else None
    context = {
        **admin.page_context(request, newsletter, _("Send “%(name)s”") % {"name": newsletter}),
        "form": form,
        "is_chosen": is_chosen,
        "at": at and at.isoformat(),
        "when": [*said_moments(at, newsletter.account.time_zone)] if at else [],
        "recipients": recipients(newsletter),
        "limits": list(said_limits(newsletter.account)),
        "limits_on": newsletter.account.sending_limits_on,
        "silent": newsletter.account.why_silent(timezone.now()),
        "seen_name": SEEN,
        "seen": fingerprint(newsletter),
        "confirmed_name": CONFIRMED,
    }
    return TemplateResponse(request, "admin/getresponse_django/newsletter/send.html", context)


def send_confirmed(
    admin: Any, request: HttpRequest, newsletter: Newsletter, at: datetime | None
) -> HttpResponse:
    """Send it if it is still what the person saw, and say what came of it."""
    back = HttpResponseRedirect(admin.page_url(newsletter))
    try:
        with transaction.atomic():
            # Locked: of two who confirm at the same moment, the second finds it sent.
            row = get_object_or_404(Newsletter.plain.select_for_update(), pk=newsletter.pk)
            if request.POST.get(SEEN) != fingerprint(row) or not row.is_at_rest:
                text = _("Nothing was sent by this: the newsletter is not what the page showed any more. ")
                text += _("Somebody edited or sent it meanwhile, or you confirmed twice. Look at it here.")
                admin.message_user(request, text, messages.ERROR)
                return back
            row.send(at)
            said = _("Sending at once confirmed.")
            if at:
                said = _("Sending on %(when)s confirmed.") % {"when": " / ".join(said_moments(at))}
            admin.log_change(request, row, said)
    except ValidationError as error:
        admin.message_user(request, " ".join(error.messages), messages.ERROR)
        return back
    admin.message_user(request, said, messages.SUCCESS)
    admin.say_what_follows(request, row)
    return back


def cancel_view(admin: Any, request: HttpRequest, newsletter: Newsletter) -> HttpResponse:
    """Stop it, if it has not gone out."""
    try:
        newsletter.cancel()
    except ValidationError as error:
        admin.message_user(request, " ".join(error.messages), messages.ERROR)
    else:
        admin.log_change(request, newsletter, _("Cancelled."))
        admin.message_user(request, _("It is cancelled, unless it goes out this moment."), messages.SUCCESS)
        admin.say_what_follows(request, newsletter)
    return HttpResponseRedirect(admin.page_url(newsletter))


def is_cancellable(newsletter: Newsletter) -> bool:
    """Whether it is on its way, or may be, and has not gone out as far as is known."""
    if newsletter.sending:
        return newsletter.sending == "send"
    finished = newsletter.newsletter_id and newsletter.send_metrics.get("status") not in (
        "scheduled",
        "in_progress",
    )
    return newsletter.under_way == "send" or (newsletter.type == "broadcast" and not finished)


def what_hinders(newsletter: Newsletter) -> Iterator[str]:
    """Why it cannot be sent, each reason a sentence."""
    if not newsletter.is_at_rest:
        yield _("Only a draft that is not on its way can be sent.")
        return
    if newsletter.last_error == GONE:
        yield _("GetResponse does not have it any more: make a new one.")
    if not has_audience(newsletter.send_settings):
        yield _("Select an audience first: lists or segments.")
    found = newsletter.complaints()
    if (
        newsletter.base.get("sendSettings")
        == RESOURCES[Newsletter.RESOURCE].values(newsletter)["sendSettings"]
    ):
        found.pop("send_settings", None)  # GetResponse has them so, even if something in them is new here
    for name, complaints in found.items():
        column: Any = newsletter._meta.get_field(name)
        yield from (f"{capfirst(str(column.verbose_name))}: {complaint}" for complaint in complaints)


def fingerprint(newsletter: Newsletter) -> str:
    """What somebody agreed to who saw it so: its content and audience, and that it was not sent since."""
    seen = RESOURCES[Newsletter.RESOURCE].values(newsletter)
    seen |= {name: getattr(newsletter, name) for name in ("sending", "send_at", "send_asked_on")}
    return hashlib.sha256(json.dumps(seen, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


def said_moments(at: datetime, account_zone: str = "") -> Iterator[str]:
    """A moment with its time zone: the current one, and the account's where that is another."""
    names = dict.fromkeys([timezone.get_current_timezone_name(), account_zone])
    for name in names:
        if name in available_timezones():
            yield f"{date_format(at.astimezone(ZoneInfo(name)), 'DATETIME_FORMAT')} ({name})"


def said_limits(account: Account) -> Iterator[str]:
    """What the account may send and has sent, a sentence for each time frame that is told in full."""
    for each in account.sending_limits:
        try:
            numbers = {name: int(each[name]) for name in ("timeFrame", "limit", "used")}
        except (KeyError, TypeError, ValueError):
            continue
        days = max(1, round(numbers["timeFrame"] / DAY))
        text = ngettext(
            "%(used)s of %(limit)s e-mails were sent within %(days)d day.",
            "%(used)s of %(limit)s e-mails were sent within %(days)d days.",
            days,
        )
        used, limit = (number_format(numbers[name], force_grouping=True) for name in ("used", "limit"))
        yield text % {"used": used, "limit": limit, "days": days}
