"""Stored statistics in the admin, to look single numbers up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Account, Statistic
from ..models.statistics import STEPS, Subject
from .shared.modeladmin import ReadOnlyAdmin


class SubjectFilter(admin.ChoicesFieldListFilter):
    """By the subject."""

    def queryset(self, request: Any, queryset: Any) -> Any:
        found: Any = super().queryset(request, queryset)
        # With every granularity, because the index begins with it.
        return found.filter(granularity__in=STEPS) if self.lookup_val else found


@admin.register(Statistic)
class StatisticAdmin(ReadOnlyAdmin):
    list_display = ["metric", "subject", "remote_id", "starts_at", "granularity", "value"]
    list_filter = [("subject", SubjectFilter), "granularity", "account"]
    search_fields = ["remote_id__exact"]
    search_help_text = _("The whole of the id of a list or a message, as GetResponse writes it.")
    sortable_by = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Statistic], search_term: str
    ) -> tuple[QuerySet[Statistic], bool]:
        """Every account and subject is named, so that the index that begins with them is used."""
        remote_id = search_term.strip()
        if not remote_id:
            return queryset, False
        accounts = list(Account.objects.values_list("pk", flat=True))
        return queryset.filter(account__in=accounts, subject__in=Subject, remote_id=remote_id), False
