"""The outbox in the admin: what waits to be sent, what gave up and why, and Retry."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ... import tasks
from ...models import Change, Mirrored
from ...models.outbox import Reason
from ..shared.badges import badge, word
from ..shared.broker import hand_over
from ..shared.confirming import confirmation, is_confirmed
from ..shared.durations import in_words
from ..shared.modeladmin import ActedOnAdmin, GetResponseAdmin
from .retrying import retry


def mirrored_models() -> dict[str, type[Mirrored]]:
    """Resource -> its model."""
    models = apps.get_app_config("getresponse_django").get_models()
    return {model.RESOURCE: model for model in models if issubclass(model, Mirrored)}


def targets(changes: Any) -> dict[tuple[str, int], Mirrored]:
    """The objects that changes point at, with one query per resource."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for change in changes:
        wanted[change.resource].append(change.object_pk)
    models = mirrored_models()
    return {
        (resource, pk): row
        for resource, pks in wanted.items()
        if resource in models
        for pk, row in models[resource].plain.in_bulk(pks).items()
    }


class ChangesWithTargets(ChangeList):
    """The list of changes, with the objects of a page fetched together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = targets(self.result_list)
        for change in self.result_list:
            change.target = found.get((change.resource, change.object_pk))


class OutcomeFilter(admin.SimpleListFilter):
    """Waiting or given up."""

    title = gettext_lazy("state")
    parameter_name = "outcome"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", gettext_lazy("waiting")), ("gave-up", gettext_lazy("gave up"))]

    def queryset(self, request: Any, queryset: Any) -> Any:
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "gave-up":
                return queryset.gave_up()
        return queryset


class ResourceFilter(admin.SimpleListFilter):
    """By the kind of object."""

    title = gettext_lazy("resource")
    parameter_name = "resource"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        pushed = {resource: model for resource, model in mirrored_models().items() if model.PUSHED}
        return [(resource, model._meta.verbose_name_plural) for resource, model in pushed.items()]

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.filter(resource=self.value()) if self.value() else queryset


@admin.register(Change)
class ChangeAdmin(ActedOnAdmin):
    list_display = ["object_link", "kind", "state_word", "why", "attempts", "next_attempt", "age"]
    list_display_links = ["state_word"]
    list_filter = [OutcomeFilter, ResourceFilter, "account"]
    list_select_related = ["account"]
    sortable_by = ["attempts", "next_attempt", "age"]
    actions = ["retry", "push_now"]
    fields = [
        "object_link",
        "kind",
        "account",
        "state_word",
        "reason",
        "detail",
        "attempts",
        "recorded_at",
        "not_before",
        "leased_until",
        "gave_up_at",
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangesWithTargets

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = {"title": _("Changes on their way to GetResponse")}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        change = super().get_object(request, object_id, from_field)
        if change is not None:
            change.target = targets([change]).get((change.resource, change.object_pk))
        return change

    @admin.display(description=gettext_lazy("object"))
    def object_link(self, change: Any) -> SafeString | str:
        if change.target is None:
            return deleted_object(change)
        url = reverse(
            f"admin:getresponse_django_{change.target._meta.model_name}_change", args=[change.object_pk]
        )
        return format_html('<a href="{}">{}</a>', url, change.target)

    @admin.display(description=gettext_lazy("resource"), ordering="resource")
    def kind(self, change: Change) -> str:
        model = mirrored_models().get(change.resource)
        return str(model._meta.verbose_name) if model else change.resource

    @admin.display(description=gettext_lazy("state"))
    def state_word(self, change: Change) -> SafeString:
        if change.gave_up_at:
            return badge(_("gave up"), "bad")
        sending = change.leased_until is not None and change.leased_until >= timezone.now()
        return badge(_("being sent"), "wait") if sending else badge(_("waiting"), "wait")

    @admin.display(description=gettext_lazy("next attempt"), ordering="not_before")
    def next_attempt(self, change: Change) -> Any:
        return None if change.gave_up_at else change.not_before

    @admin.display(description=gettext_lazy("why"))
    def why(self, change: Change) -> str:
        parts = [word(Reason, change.reason), Truncator(change.detail).chars(160)]
        return ": ".join(part for part in parts if part)

    @admin.display(description=gettext_lazy("age"), ordering="-pk")  # they are recorded in this order
    def age(self, change: Change) -> str:
        return in_words(timezone.now() - change.recorded_at)

    @admin.action(description=gettext_lazy("Retry those that gave up"), permissions=["change"])
    def retry(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        unknown = queryset.gave_up().filter(reason=Reason.UNKNOWN)
        if not is_confirmed(request) and (count := unknown.count()):
            return confirm_unknown(self, request, unknown, count)
        count = retry(queryset)
        text = ngettext("%(count)d change is tried again.", "%(count)d changes are tried again.", count)
        self.tell(request, count, text)
        return None

    @admin.action(description=gettext_lazy("Push now"), permissions=["change"])
    def push_now(self, request: HttpRequest, queryset: Any) -> None:
        waiting: QuerySet[Change] = queryset.waiting()
        accounts = set(waiting.order_by().values_list("account_id", flat=True))
        count = waiting.update(not_before=timezone.now())
        if not all([hand_over(tasks.push_changes, pk=pk) for pk in sorted(accounts)]):
            self.message_user(request, broker_is_away(), messages.ERROR)
        else:
            text = ngettext("%(count)d change is pushed now.", "%(count)d changes are pushed now.", count)
            self.tell(request, count, text)


def deleted_object(change: Change) -> str:
    """What is known of an object whose row is gone."""
    tombstone = change.tombstone or {}
    name = tombstone.get("email") or tombstone.get("remote_id") or change.object_pk
    return _("%(name)s (deleted here)") % {"name": name}


def confirm_unknown(admin: GetResponseAdmin, request: HttpRequest, unknown: Any, count: int) -> HttpResponse:
    """Ask before a newsletter may go out twice."""
    warning = _(
        "Their answer was lost, so nobody knows whether GetResponse made them. Look there first: trying "
        "again what is there already sends a broadcast twice."
    )
    question = ngettext(
        "Try %(count)d change of unknown outcome again?",
        "Try %(count)d changes of unknown outcome again?",
        count,
    )
    return confirmation(
        admin,
        request,
        title=question % {"count": count},
        warning=warning,
        button=_("GetResponse does not have them: try again"),
        examples=unknown,
        count=count,
    )


def broker_is_away() -> str:
    """What to say when the broker did not take a message."""
    return _(
        "The message broker did not answer, so no worker was told. Nothing is lost: beat pushes what waits "
        "every minute once the broker and a worker run."
    )
