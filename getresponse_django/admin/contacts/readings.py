"""What is read of a contact when somebody asks for it: shown on its page, with a button that starts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from celery import Task
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ... import tasks
from ...conf import app_settings
from ...models import Account, Contact, ContactReading
from ...models.readings import ReadingKind
from ..outbox.pages import broker_is_away
from ..shared.broker import hand_over
from ..shared.typed import ModelAdmin

MOST_SHOWN = 50

TASKS: dict[str, Task[Any, Any]] = {
    ReadingKind.ACTIVITIES: tasks.pull_activities,
    ReadingKind.CONSENTS: tasks.pull_consents,
}


@dataclass(frozen=True)
class Readings:
    """What the page shows: the rows of each kind, a sentence about how old they are, and where the buttons
    lead; they are empty where nothing is offered.
    """

    activities: list[Any]
    has_more: bool
    consents: list[Any]
    states: dict[str, str]
    urls: dict[str, str]
    running: bool


def readings(contact: Contact, *, offered: bool) -> Readings:
    """What is known, in three queries; ``offered`` tells whether this person may ask for more."""
    last = {each.kind: each for each in contact.readings.all()}
    activities = list(contact.activities.all()[: MOST_SHOWN + 1])
    return Readings(
        activities=activities[:MOST_SHOWN],
        has_more=len(activities) > MOST_SHOWN,
        consents=list(contact.consents.order_by("name", "pk")),
        states={kind: state(last.get(kind)) for kind in TASKS},
        urls={kind: read_url(contact, kind) for kind in TASKS if offered and may_be_read(contact)},
        running=any(each.under_way for each in last.values()),
    )


def may_be_read(contact: Contact) -> bool:
    """Whether GetResponse would say anything of this contact."""
    return bool(contact.contact_id) and not contact.gone


def state(last: ContactReading | None) -> str:
    """How far the last reading is, and when there was one."""
    if last is None:
        return _("Not read yet: it is asked for one contact at a time.")
    if last.under_way:
        return _("It is being read. This part of the page renews itself.")
    if last.is_awaited:
        return _("No worker has answered. Is one running? Then ask again.")
    if last.problem:
        return _("It could not be read: %(problem)s") % {"problem": last.problem}
    return _("As of %(when)s") % {"when": date_format(localtime(last.read_at), "SHORT_DATETIME_FORMAT")}


def read_url(contact: Contact, kind: str) -> str:
    """Where the button leads."""
    return reverse("admin:getresponse_django_contact_read", args=[contact.pk, kind])


def read_view(admin: ModelAdmin, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Let a worker read this. Raises PermissionDenied, Http404."""
    if kind not in TASKS:
        raise Http404
    contact = get_object_or_404(Contact.plain.select_related("account"), pk=pk)
    if not admin.has_change_permission(request, contact):
        raise PermissionDenied
    if not may_be_read(contact):
        admin.message_user(request, _("GetResponse has none of these yet."), messages.WARNING)
    elif why := why_not_asked(contact.account):
        admin.message_user(request, why, messages.ERROR)
    else:
        ContactReading.objects.ask(contact, kind)
        if not hand_over(TASKS[kind], contact_pk=contact.pk):
            ContactReading.objects.end(contact, kind, problem=str(broker_is_away()))
            admin.message_user(request, broker_is_away(), messages.ERROR)
    page = reverse("admin:getresponse_django_contact_change", args=[contact.pk])
    return HttpResponseRedirect(f"{page}#getresponse-{kind}")


def why_not_asked(account: Account) -> str:
    """Why no worker would ask GetResponse anything now; empty where one would."""
    if not app_settings.ENABLED:
        return _("GetResponse is asked nothing: GETRESPONSE['ENABLED'] is False.")
    return account.circuit_reason if account.circuit_opened_at else ""
