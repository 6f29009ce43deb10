"""Consents in the admin: what forms ask for, what contacts said, and the ledger of this site."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import ConsentRecord, ContactConsent, GdprField
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


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = ["email", "campaign", "given", "on", "source", "version"]
    list_filter = ["given", "source", "campaign", "account"]
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
