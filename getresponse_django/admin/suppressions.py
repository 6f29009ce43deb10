"""Suppression lists and blocklists in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Blocklist, Suppression
from .shared.modeladmin import ReadOnlyAdmin


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ["name", "mask_count", "created_on"]
    list_filter = ["account"]
    ordering = ["name"]
    search_fields = ["name"]
    fields = ["account", "name", "masks", "suppression_id", "created_on", "last_error"]

    @admin.display(description=_("masks"))
    def mask_count(self, row: Suppression) -> int:
        return len(row.masks)


@admin.register(Blocklist)
class BlocklistAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "account", "mask_count"]
    list_filter = ["account"]
    list_select_related = ["account", "campaign"]
    fields = ["account", "campaign", "masks"]

    @admin.display(description=_("masks"))
    def mask_count(self, row: Blocklist) -> int:
        return len(row.masks)
