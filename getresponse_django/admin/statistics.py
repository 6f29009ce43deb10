"""Stored statistics in the admin, to look single numbers up."""

from __future__ import annotations

from django.contrib import admin

from ..models import Statistic
from .modeladmin import ReadOnlyAdmin


@admin.register(Statistic)
class StatisticAdmin(ReadOnlyAdmin):
    list_display = ["metric", "subject", "remote_id", "starts_at", "granularity", "value"]
    list_filter = ["subject", "granularity", "account"]
    search_fields = ["remote_id__exact", "metric__startswith"]
    sortable_by = ()
