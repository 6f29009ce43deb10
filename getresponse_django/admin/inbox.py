"""The inbox in the admin: what GetResponse sent, what became of it, and Process again."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..models import Contact, WebhookEvent
from ..models.inbox import Outcome, Source
from ..models.outbox import Reason
from ..webhooks.bodies import INFORM_ONLY, TELL_OF_CONTACTS
from .shared.badges import badge, word
from .shared.modeladmin import ActedOnAdmin, shows_list


class StateFilter(admin.SimpleListFilter):
    """Waiting, processed or given up."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", gettext_lazy("waiting")),
            ("processed", gettext_lazy("processed")),
            ("gave-up", gettext_lazy("gave up")),
        ]

    def queryset(self, request: Any, queryset: Any) -> Any:
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "processed":
                return queryset.filter(processed_at__isnull=False)
            case "gave-up":
                return queryset.gave_up()
        return queryset


class TypeFilter(admin.SimpleListFilter):
    """By the type of event, of those that are known: asking a large table which there are would be slow."""

    title = gettext_lazy("type")
    parameter_name = "type"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, name) for name in (*TELL_OF_CONTACTS, *INFORM_ONLY)]

    def queryset(self, request: Any, queryset: Any) -> Any:
        # With every source, because the index begins with it.
        return queryset.filter(source__in=Source, type=self.value()) if self.value() else queryset


@admin.register(WebhookEvent)
class WebhookEventAdmin(ActedOnAdmin):
    list_display = ["type_word", "account", "contact_id", "received_at", "state_word", "why", "attempts"]
    list_filter = [StateFilter, TypeFilter, "source", "account"]
    list_select_related = ["account"]
    sortable_by = ["received_at"]
    search_fields = ["contact_id__exact", "webhook_id__exact"]  # ids differ by case only
    search_help_text = gettext_lazy("The whole of an e-mail address, a contact id or a webhook id.")
    actions = ["process_again"]
    fields = [
        "account",
        "source",
        "type",
        "webhook_id",
        "index",
        "contact_link",
        "occurred_at",
        "received_at",
        "state_word",
        "outcome",
        "reason",
        "detail",
        "attempts",
        "not_before",
        "processed_at",
        "gave_up_at",
        "body_shown",
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        events = super().get_queryset(request)
        return events.defer("body") if shows_list(request) else events

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """An address is looked up among the contacts, which have an index for it; the bodies have none."""
        address = search_term.strip().lower()
        if "@" not in address:
            return super().get_search_results(request, queryset, search_term)
        found = Contact.plain.filter(email_lower=address, contact_id__isnull=False)
        return queryset.filter(contact_id__in=list(found.values_list("contact_id", flat=True))), False

    @admin.display(description=gettext_lazy("type"), ordering="type")
    def type_word(self, event: WebhookEvent) -> str:
        return event.type or _("(none)")

    @admin.display(description=gettext_lazy("state"))
    def state_word(self, event: WebhookEvent) -> SafeString:
        if event.gave_up_at:
            return badge(_("gave up"), "bad")
        if event.processed_at:
            return badge(_("processed"), "good")
        busy = event.leased_until is not None and event.leased_until >= timezone.now()
        return badge(_("being processed"), "wait") if busy else badge(_("waiting"), "wait")

    @admin.display(description=gettext_lazy("why"))
    def why(self, event: WebhookEvent) -> str:
        parts = [
            word(Outcome, event.outcome),
            word(Reason, event.reason),
            Truncator(event.detail).chars(160),
        ]
        return ": ".join(part for part in parts if part)

    @admin.display(description=gettext_lazy("contact"))
    def contact_link(self, event: WebhookEvent) -> SafeString | str:
        contact = Contact.plain.filter(account=event.account_id, contact_id=event.contact_id).first()
        if contact is None:
            return event.contact_id
        url = reverse("admin:getresponse_django_contact_change", args=[contact.pk])
        return format_html('<a href="{}">{}</a>', url, contact)

    @admin.display(description=gettext_lazy("body"))
    def body_shown(self, event: WebhookEvent) -> SafeString | str:
        if event.body is None:
            return _("No longer kept.")
        return format_html('<pre tabindex="0">{}</pre>', json.dumps(event.body, indent=2, ensure_ascii=False))

    @admin.action(description=gettext_lazy("Process again"), permissions=["change"])
    def process_again(self, request: HttpRequest, queryset: Any) -> None:
        count = queryset.order_by().revive()
        text = ngettext("%(count)d event is processed again.", "%(count)d events are processed again.", count)
        self.tell(request, count, text)
