"""Pulls in the admin: what they read, how long it took, and how they ended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ..models import PullRun
from ..pull import PARTS
from ..pull.searches import MEMBERS
from .shared.badges import Tone, badge
from .shared.durations import in_words
from .shared.modeladmin import ReadOnlyAdmin

WORDS: dict[str, Any] = {
    "campaigns": _("campaigns"),
    "fields": _("fields"),
    "tags": _("tags"),
    "contacts": _("contacts"),
    "segments": _("segments"),
    "messages": _("messages"),
    "statistics": _("statistics"),
    MEMBERS: _("members"),
}
"""Kind of a pull -> what people call it."""


def kind_word(run: PullRun) -> str:
    """What was pulled, in a word; a kind that is not known as it is."""
    return str(WORDS.get(run.kind, run.kind))


class KindFilter(admin.SimpleListFilter):
    """By what was pulled."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, WORDS[kind]) for kind in (*PARTS, MEMBERS)]

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(PullRun)
class PullRunAdmin(ReadOnlyAdmin):
    list_display = ["kind_shown", "account", "started_at", "result", "took", "progress", "written", "message"]
    list_filter = [KindFilter, "ok", "account"]
    list_select_related = ["account"]
    sortable_by = ["started_at"]
    fields = [
        "account",
        "kind_shown",
        "result",
        "started_at",
        "finished_at",
        "took",
        "progress",
        "written",
        "message",
    ]

    def get_urls(self) -> list[URLPattern]:
        cancel = self.admin_site.admin_view(require_POST(self.cancel_view))
        name = "getresponse_django_pullrun_cancel"
        return [path("<int:pk>/cancel/", cancel, name=name), *super().get_urls()]

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a run to end; who may start pulls may end them. Raises PermissionDenied."""
        if not may_cancel(request):
            raise PermissionDenied
        if PullRun.objects.filter(pk=pk).alive().cancel():
            self.message_user(request, _("It ends at its next page. What was read stays."), messages.SUCCESS)
        else:
            self.message_user(request, _("It has ended already."), messages.INFO)
        return HttpResponseRedirect(reverse("admin:getresponse_django_pullrun_change", args=[pk]))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        run: PullRun = context["original"]
        (word, tone), running = outcome(run), is_running(run)
        context |= {"headline": word, "tone": tone, "running": running, "took": self.took(run)}
        context["kind"] = kind_word(run)
        context["may_cancel"] = running and not run.cancel_requested and may_cancel(request)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, run: PullRun) -> str:
        return kind_word(run)

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
    return badge(*outcome(run))


def outcome(run: PullRun) -> tuple[Any, Tone]:
    """The same as a word and its tone."""
    if run.cancelled:
        return _("cancelled"), "quiet"
    if run.finished_at:
        return (_("done"), "good") if run.ok else (_("failed"), "bad")
    if not is_running(run):
        return _("ended silently"), "bad"
    return (_("being cancelled"), "wait") if run.cancel_requested else (_("running"), "wait")


def is_running(run: PullRun) -> bool:
    """Whether it has given a sign of life lately and has not ended."""
    return run.finished_at is None and run.leased_until >= timezone.now()


def may_cancel(request: HttpRequest) -> bool:
    """Whether the person may end pulls."""
    return request.user.has_perm("getresponse_django.change_account")
