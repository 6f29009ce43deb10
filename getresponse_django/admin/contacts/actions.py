"""What can be done with chosen contacts, in the list of contacts and on the page of one. No action asks
GetResponse anything: they write rows, which records the changes, and hand work to a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ... import tasks
from ...models import Campaign, Change, Contact, Tag
from ..accounts.progress import with_progress
from ..outbox.pages import broker_is_away
from ..outbox.retrying import retry
from ..shared.broker import hand_over
from ..shared.confirming import confirmation, is_confirmed, page_that_asked
from ..shared.modeladmin import GetResponseAdmin
from . import exporting, sorting
from .discarding import discard, ended_changes

MOST_PULLED = 1000
"""Contacts are pulled one by one, and their ids travel in a message to a worker."""


class TagForm(forms.Form):
    """Which tag."""

    chosen = forms.ModelChoiceField(Tag.plain.none(), label=gettext_lazy("Tag"))


class CampaignForm(forms.Form):
    """Which list."""

    chosen = forms.ModelChoiceField(Campaign.plain.none(), label=gettext_lazy("To the list"))


def asked(form_class: type[forms.Form], request: HttpRequest, contacts: QuerySet[Contact]) -> forms.Form:
    """The form with what the accounts of the contacts have to choose from; filled in when it was answered."""
    form = form_class(request.POST if is_confirmed(request) else None)
    field: Any = form.fields["chosen"]
    model = field.queryset.model
    field.queryset = model.plain.filter(account__in=contacts.order_by().values("account")).order_by("name")
    return form


class ContactActions(GetResponseAdmin):
    """The actions, each for who may do it; a form on the page of a contact sends them as the list does."""

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        response = super().response_action(request, *args, **kwargs)
        if isinstance(response, HttpResponseRedirect) and (page := page_that_asked(self, request)):
            return HttpResponseRedirect(page)
        return response

    @admin.action(description=gettext_lazy("Push now"), permissions=["change"])
    def push_now(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        mine = Change.objects.waiting().filter(resource=Contact.RESOURCE, tombstone__isnull=True)
        waiting = mine.filter(object_pk__in=queryset.order_by().values("pk"))
        count = 0
        for account, pks in keys_by_account(waiting, "object_pk").items():
            Change.objects.hasten(account, Contact.RESOURCE, pks)
            if not hand_over(tasks.push_changes, pk=account):
                self.message_user(request, broker_is_away(), messages.ERROR)
                return
            count += len(pks)
        text = ngettext("%(count)d contact is pushed now.", "%(count)d contacts are pushed now.", count)
        self.tell(request, count, text)

    @admin.action(description=gettext_lazy("Pull now"), permissions=["change"])
    def pull_now(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        found = keys_by_account(queryset.filter(contact_id__isnull=False), "contact_id")
        if sum(map(len, found.values())) > MOST_PULLED:
            text = _("At most %(most)d contacts can be pulled so. Use “Pull now” of the account.")
            self.message_user(request, text % {"most": MOST_PULLED}, messages.ERROR)
            return
        for account, contact_ids in found.items():
            if not hand_over(tasks.pull_contacts, pk=account, contact_ids=contact_ids):
                self.message_user(request, broker_is_away(), messages.ERROR)
                return
            text = ngettext(
                "%(count)d contact is pulled.", "%(count)d contacts are pulled.", len(contact_ids)
            )
            said = with_progress(text % {"count": len(contact_ids)}, account)
            self.message_user(request, said, messages.SUCCESS)
        if not found:
            self.message_user(request, _("GetResponse has none of these yet."), messages.INFO)

    @admin.action(description=gettext_lazy("Retry what gave up"), permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        count = retry(ended_changes(queryset))
        text = ngettext("%(count)d change is tried again.", "%(count)d changes are tried again.", count)
        self.tell(request, count, text)

    @admin.action(description=gettext_lazy("Discard what gave up"), permissions=["change"])
    def discard(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        ended = ended_changes(queryset)
        if is_confirmed(request):
            count = discard(queryset)
            text = ngettext("%(count)d change was discarded.", "%(count)d changes were discarded.", count)
            self.tell(request, count, text)
            return None
        count = ended.count()
        question = ngettext("Discard %(count)d change?", "Discard %(count)d changes?", count)
        return confirmation(
            self,
            request,
            title=question % {"count": count},
            warning=_(
                "What was edited here and could not be sent is lost: these contacts get the values again "
                "that GetResponse has. A contact that GetResponse does not have stays here as it is, unsent."
            ),
            button=_("Discard them"),
            examples=queryset.filter(pk__in=ended.values("object_pk")),
            count=count,
        )

    @admin.action(description=gettext_lazy("Add a tag"), permissions=["change"])
    def add_tag(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        return self.sort(request, queryset, TagForm, sorting.add_tag, _("Add a tag"))

    @admin.action(description=gettext_lazy("Remove a tag"), permissions=["change"])
    def remove_tag(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        return self.sort(request, queryset, TagForm, sorting.remove_tag, _("Remove a tag"))

    @admin.action(description=gettext_lazy("Move to another list"), permissions=["change"])
    def move(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        return self.sort(request, queryset, CampaignForm, sorting.move, _("Move to another list"))

    def sort(
        self,
        request: HttpRequest,
        contacts: QuerySet[Contact],
        form_class: type[forms.Form],
        act: Callable[[QuerySet[Contact], Any], int],
        title: str,
    ) -> HttpResponse | None:
        """Ask which, then do it. Contacts that left, of another account, or for which it makes no difference
        are passed over.
        """
        form = asked(form_class, request, contacts)
        total = contacts.count()
        if form.is_valid():
            count = act(contacts, form.cleaned_data["chosen"])
            text = ngettext("%(count)d contact was changed.", "%(count)d contacts were changed.", count)
            self.tell(request, count, text)
            if same := total - count:
                text = ngettext(
                    "%(count)d stays as it is: it left, it makes no difference, or the list has it.",
                    "%(count)d stay as they are: they left, it makes no difference, or the list has them.",
                    same,
                )
                self.message_user(request, text % {"count": same}, messages.INFO)
            return None
        chosen = ngettext("%(count)d contact is chosen.", "%(count)d contacts are chosen.", total)
        return confirmation(
            self,
            request,
            title=title,
            warning=chosen % {"count": total},
            button=title,
            examples=contacts,
            count=total,
            form=form,
        )

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["change"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Contact]) -> StreamingHttpResponse:
        return exporting.as_csv(queryset)

    @admin.action(description=gettext_lazy("Export as JSON"), permissions=["change"])
    def export_json(self, request: HttpRequest, queryset: QuerySet[Contact]) -> StreamingHttpResponse:
        return exporting.as_json(queryset)


def keys_by_account(rows: QuerySet[Any], key: str) -> dict[int, list[Any]]:
    """Account -> the values of a column of these rows."""
    found: dict[int, list[Any]] = {}
    for account, value in rows.order_by("account_id", "pk").values_list("account_id", key):
        found.setdefault(account, []).append(value)
    return found
