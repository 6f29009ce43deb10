"""Consents in the admin: what forms ask for, what contacts said, and the ledger of this site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Account, ConsentRecord, ContactConsent, GdprField
from .shared.modeladmin import ReadOnlyAdmin


@admin.register(GdprField)
class GdprFieldAdmin(ReadOnlyAdmin):
    list_display = ["name", "version_on", "created_on"]
    list_filter = ["account"]
    ordering = ["name"]
    search_fields = ["name"]
    fields = ["account", "name", "content", "version_on", "gdpr_field_id", "created_on", "last_error"]


@admin.register(ContactConsent)
class ContactConsentAdmin(ReadOnlyAdmin):
    list_display = ["contact", "name", "is_granted", "read_at"]
    list_filter = ["is_granted", "contact__account"]
    list_select_related = ["contact"]
    fields = ["contact", "name", "content", "is_granted", "history", "consent_id", "read_at"]


class SourceFilter(admin.ChoicesFieldListFilter):
    """By where somebody agreed, or took it back."""

    def queryset(self, request: Any, queryset: Any) -> Any:
        found: Any = super().queryset(request, queryset)
        # With both answers, because the index begins with them.
        return found.filter(given__in=[True, False]) if self.lookup_val else found


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = ["email", "campaign", "given", "on", "source", "version"]
    list_filter = ["given", ("source", SourceFilter), "campaign", "account"]
    list_select_related = ["campaign"]
    ordering = ["-pk"]
    search_fields = ["email__startswith"]
    search_help_text = _("The beginning of the address.")
    fields = [
        "account",
        "email",
        "contact",
        "campaign",
        "given",
        "on",
        "text",
        "version",
        "gdpr_field",
        "source",
        "ip_hash",
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ConsentRecord], search_term: str
    ) -> tuple[QuerySet[ConsentRecord], bool]:
        """With every account, because the index begins with it; addresses are kept in lower case."""
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        accounts = list(Account.objects.values_list("pk", flat=True))
        return queryset.filter(account__in=accounts, email__startswith=term), False
