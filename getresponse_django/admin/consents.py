"""Consents in the admin: what forms ask for, and what contacts said."""

from __future__ import annotations

from django.contrib import admin

from ..models import ContactConsent, GdprField
from .modeladmin import ReadOnlyAdmin


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
