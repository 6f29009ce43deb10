"""Accounts in the admin: how each is doing, the pause switch, and what a person may start."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

from celery import Task
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from ... import conf, tasks
from ...errors import ConfigurationError
from ...models import Account, Change
from ..outbox.pages import broker_is_away
from ..shared.broker import hand_over
from ..shared.modeladmin import GetResponseAdmin, shows_list
from . import authorization, progress
from .overview import health, overview

PULLS: list[Task[Any, Any]] = [
    tasks.pull_audience,
    tasks.pull_messages,
    tasks.pull_statistics,
    tasks.pull_segments,
]


BUTTONS = ["pull_now", "push_now", "check_key"]
"""The actions, which are buttons on the page of an account too."""


def pressed(request: HttpRequest) -> str | None:
    """The button that sent the form, if it was one of these."""
    return next((name for name in BUTTONS if f"_{name}" in request.POST), None)


def counted(changes: Any) -> Coalesce:
    """How many of these changes each account of a queryset has."""
    mine = changes.filter(account=OuterRef("pk")).order_by().values("account")
    return Coalesce(Subquery(mine.annotate(count=Count("*")).values("count")), 0)


@admin.register(Account)
class AccountAdmin(GetResponseAdmin):
    list_display = ["alias", "health", "waiting", "gave_up", "last_used_at", "worker_seen_at", "beat_seen_at"]
    ordering = ["alias"]
    actions = BUTTONS
    readonly_fields = [
        "alias",
        "health",
        "account_id",
        "time_zone",
        "last_used_at",
        "worker_seen_at",
        "beat_seen_at",
        "resume_at",
        "circuit_opened_at",
        "circuit_reason",
    ]
    fieldsets: ClassVar[Any] = [
        (None, {"fields": ["alias", "health", "paused"]}),
        (gettext_lazy("More"), {"fields": readonly_fields[2:], "classes": ["collapse"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        rows: QuerySet[Account] = super().get_queryset(request)
        if not shows_list(request):
            return rows
        changes = Change.objects.all()
        # An index alone has all of an account and those that gave up; of those that wait the rows were read.
        numbers = rows.annotate(gave_up=counted(changes.gave_up()), changes_kept=counted(changes))
        return numbers.annotate(waiting=F("changes_kept") - F("gave_up"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        for alias in conf.aliases():
            Account.objects.for_alias(alias)  # so that the first pull can be started here
        return super().changelist_view(request, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if context.get("original"):
            context["overview"] = overview(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        obj.write(paused=obj.paused)  # just that: workers write the other columns at the same time

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if (button := pressed(request)) and response.status_code == HTTPStatus.FOUND:
            # Only now is the transaction of the form over, so that the worker sees what was saved.
            getattr(self, button)(request, Account.objects.filter(pk=object_id or 0))
        return response

    def response_change(self, request: HttpRequest, obj: Account) -> HttpResponse:
        if pressed(request):
            return HttpResponseRedirect(request.get_full_path())
        return super().response_change(request, obj)

    def get_urls(self) -> list[URLPattern]:
        opened, name = self.admin_site.admin_view, "getresponse_django_account"
        return [
            path("<int:pk>/progress/", opened(self.progress_view), name=f"{name}_progress"),
            path("connected/", opened(self.connected_view), name=f"{name}_connected"),
            path("<int:pk>/connect/", opened(require_POST(self.connect_view)), name=f"{name}_connect"),
            *super().get_urls(),
        ]

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is under way. Raises PermissionDenied, Http404."""
        account = get_object_or_404(Account, pk=pk)
        if not self.has_view_permission(request, account):
            raise PermissionDenied
        return progress.page(self, request, account)

    def connect_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a person to GetResponse, to agree."""
        account = self.account_of(request, pk)
        try:
            return HttpResponseRedirect(authorization.depart(request, account))
        except ConfigurationError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(self.page_url(account))

    @sensitive_variables("code")
    def connected_view(self, request: HttpRequest) -> HttpResponse:
        """Where GetResponse sends the person back to, of whichever account; the state tells."""
        pk, said = authorization.returned(request), request.GET.get("error", "")
        code = authorization.take_code(request)
        if pk is None:
            text = _("This answer of GetResponse does not belong to your session. Begin again.")
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:getresponse_django_account_changelist"))
        account = self.account_of(request, pk)
        authorization.arrive(self, request, account, said, code)
        return HttpResponseRedirect(self.page_url(account))

    def account_of(self, request: HttpRequest, pk: int) -> Account:
        """The account, if the person may change it. Raises PermissionDenied, Http404."""
        account = get_object_or_404(Account, pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        return account

    def page_url(self, account: Account) -> str:
        """The page of an account."""
        return reverse("admin:getresponse_django_account_change", args=[account.pk])

    @admin.display(description=gettext_lazy("health"))
    def health(self, account: Account) -> SafeString:
        return health(account)

    @admin.display(description=gettext_lazy("waiting"))
    def waiting(self, account: Any) -> int:
        return int(account.waiting)

    @admin.display(description=gettext_lazy("gave up"))
    def gave_up(self, account: Any) -> int:
        return int(account.gave_up)

    @admin.action(description=gettext_lazy("Pull now"), permissions=["change"])
    def pull_now(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        self.start(request, queryset, PULLS, _("The pull is on its way."), shown=True)

    @admin.action(description=gettext_lazy("Push now"), permissions=["change"])
    def push_now(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        self.start(request, queryset, [tasks.push_changes], _("What waits is pushed now."), shown=True)

    @admin.action(description=gettext_lazy("Check the key"), permissions=["change"])
    def check_key(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        self.start(
            request, queryset, [tasks.ping], _("The key is being tried. Load this page again in a moment.")
        )

    def start(
        self,
        request: HttpRequest,
        accounts: QuerySet[Account],
        started: list[Task[Any, Any]],
        text: str,
        *,
        shown: bool = False,
    ) -> None:
        """Hand these tasks to a worker for each account; the first that is not taken ends it. ``shown``: with
        the way to their progress.
        """
        if not conf.app_settings.ENABLED:
            said = _("GetResponse is asked nothing: GETRESPONSE['ENABLED'] is False.")
            self.message_user(request, said, messages.ERROR)
            return
        for pk, alias in accounts.values_list("pk", "alias"):
            if not all(hand_over(task, alias=alias) for task in started):
                self.message_user(request, broker_is_away(), messages.ERROR)
                return
            said = progress.with_progress(text, pk) if shown else text
            self.message_user(request, said, messages.SUCCESS)
