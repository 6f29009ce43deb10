"""Pulls in the admin: what they read, how long it took, and how they ended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import PullRun
from ..pull import PARTS
from ..pull.searches import MEMBERS
from .badges import badge
from .durations import in_words
from .modeladmin import ReadOnlyAdmin


class KindFilter(admin.SimpleListFilter):
    """By what was pulled."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in (*PARTS, MEMBERS)]

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(PullRun)
class PullRunAdmin(ReadOnlyAdmin):
    list_display = ["kind", "account", "started_at", "result", "took", "progress", "written", "message"]
    list_filter = [KindFilter, "ok", "account"]
    list_select_related = ["account"]
    sortable_by = ["started_at"]
    fields = [
        "account",
        "kind",
        "result",
        "started_at",
        "finished_at",
        "took",
        "progress",
        "written",
        "message",
    ]

    @admin.display(description=_("result"))
    def result(self, run: PullRun) -> SafeString:
        return run_badge(run)

    @admin.display(description=_("took"))
    def took(self, run: PullRun) -> str:
        return in_words((run.finished_at or timezone.now()) - run.started_at)

    @admin.display(description=_("read"))
    def progress(self, run: PullRun) -> str:
        return f"{run.done} / {run.total}" if run.total > run.done else str(run.done)


def run_badge(run: PullRun) -> SafeString:
    """How a pull ended, or that it has not."""
    if run.finished_at:
        return badge(_("done"), "good") if run.ok else badge(_("failed"), "bad")
    return (
        badge(_("running"), "wait")
        if run.leased_until >= timezone.now()
        else badge(_("ended silently"), "bad")
    )
