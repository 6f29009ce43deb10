"""A/B tests of both kinds in the admin: what was tested, and which variant won."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import AbTest, Splittest
from .shared.modeladmin import ReadOnlyAdmin, shows_list


class ExperimentAdmin(ReadOnlyAdmin):
    """What both kinds share: a list without the large columns."""

    list_select_related = ["campaign"]
    search_fields = ["name"]
    large: ClassVar[tuple[str, ...]] = ("base", "send_settings")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.defer(*self.large) if shows_list(request) else rows


@admin.register(AbTest)
class AbTestAdmin(ExperimentAdmin):
    list_display = ["name", "campaign", "stage", "winner", "created_on"]
    list_filter = ["stage", "campaign", "account"]
    sortable_by = ["created_on"]
    large = (*ExperimentAdmin.large, "html", "plain_text", "delivery_settings", "statistics")
    fieldsets: ClassVar[Any] = [
        (None, {"fields": ["account", "name", "campaign", "from_field", "reply_to", "stage", "status"]}),
        (_("Result"), {"fields": ["winner", "winner_sending_start", "variants", "statistics"]}),
        (_("Content"), {"fields": ["html", "plain_text"], "classes": ["collapse"]}),
        (
            _("What GetResponse says"),
            {
                "fields": [
                    "ab_test_id",
                    "delivery_settings",
                    "send_settings",
                    "flags",
                    "editor",
                    "created_on",
                    "updated_on",
                    "last_error",
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    @admin.display(description=_("winner"))
    def winner(self, test: AbTest) -> str | None:
        """The subject that won."""
        won = [variant.get("subject") for variant in test.variants if variant.get("isWinner")]
        return won[0] if won else None


@admin.register(Splittest)
class SplittestAdmin(ExperimentAdmin):
    list_display = ["name", "type", "campaign", "stage", "winner", "created_on"]
    list_filter = ["stage", "type", "campaign", "account"]
    sortable_by = ["created_on"]
    fieldsets: ClassVar[Any] = [
        (None, {"fields": ["account", "name", "type", "campaign", "stage", "status"]}),
        (
            _("Result"),
            {
                "fields": [
                    "winner",
                    "winning_criteria",
                    "choose_winning",
                    "winning_target",
                    "winning_delivered",
                    "winning_score_opens",
                    "winning_score_clicks",
                    "newsletters",
                ]
            },
        ),
        (
            _("What GetResponse says"),
            {
                "fields": [
                    "splittest_id",
                    "sampling_percentage",
                    "sampling_time",
                    "send_settings",
                    "created_on",
                    "winning_schedule_on",
                    "canceled_on",
                    "last_error",
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    @admin.display(description=_("winner"))
    def winner(self, test: Splittest) -> str | None:
        """The newsletter that was sent on."""
        chosen = [each for each in test.newsletters if each.get("status") == "chosen"]
        return (chosen[0].get("name") or chosen[0].get("subject")) if chosen else None
