"""From fields, autoresponders and RSS newsletters in the admin, and what all messages have in common."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Autoresponder, FromField, RssNewsletter
from .drawing.figured import FiguredAdmin
from .drawing.figures import Figures
from .drawing.message_charts import message_figures
from .drawing.periods import chosen_days, last_days
from .shared.modeladmin import ReadOnlyAdmin, shows_list

CONTENT: tuple[Any, Any] = (_("Content"), {"fields": ["html", "plain_text"], "classes": ["collapse"]})


@admin.register(FromField)
class FromFieldAdmin(ReadOnlyAdmin):
    list_display = ["email", "name", "is_active", "is_default"]
    list_filter = ["is_active", "account"]
    ordering = ["email"]
    search_fields = ["email", "name"]
    fields = [
        "account",
        "email",
        "name",
        "is_active",
        "is_default",
        "from_field_id",
        "created_on",
        "last_error",
    ]


class MessageAdmin(FiguredAdmin):
    """What messages of all kinds share: a list without their contents, and figures on the page."""

    list_select_related = ["campaign"]
    search_fields = ["name", "subject"]
    large: ClassVar[tuple[str, ...]] = ("html", "plain_text", "base")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.defer(*self.large) if shows_list(request) else rows

    @admin.display(description=_("name"))
    def title(self, message: Any) -> str:
        return str(message)


@admin.register(Autoresponder)
class AutoresponderAdmin(MessageAdmin, ReadOnlyAdmin):
    list_display = ["title", "subject", "campaign", "status", "day"]
    list_filter = ["status", "campaign", "account"]
    sortable_by = ["status"]
    fieldsets: ClassVar[Any] = [
        (None, {"fields": ["account", "name", "subject", "campaign", "from_field", "status", "last_error"]}),
        CONTENT,
        (
            _("What GetResponse says"),
            {
                "fields": ["autoresponder_id", "trigger_settings", "send_settings", "editor", "created_on"],
                "classes": ["collapse"],
            },
        ),
    ]

    def figures(self, request: HttpRequest, row: Autoresponder, today: date) -> Figures:
        """It is sent every day, so the last days count."""
        return message_figures(row, last_days(chosen_days(request, default=90), today), str(_("The last:")))

    @admin.display(description=_("day of cycle"))
    def day(self, autoresponder: Autoresponder) -> Any:
        return autoresponder.trigger_settings.get("dayOfCycle")


@admin.register(RssNewsletter)
class RssNewsletterAdmin(MessageAdmin, ReadOnlyAdmin):
    list_display = ["title", "subject", "campaign", "status", "frequency"]
    list_filter = ["status", "campaign", "account"]
    sortable_by = ["status"]
    fieldsets: ClassVar[Any] = [
        (
            None,
            {
                "fields": [
                    "account",
                    "name",
                    "subject",
                    "campaign",
                    "from_field",
                    "reply_to",
                    "rss_feed_url",
                    "status",
                    "last_error",
                ]
            },
        ),
        CONTENT,
        (
            _("What GetResponse says"),
            {
                "fields": ["rss_newsletter_id", "send_settings", "flags", "editor", "created_on"],
                "classes": ["collapse"],
            },
        ),
    ]

    def figures(self, request: HttpRequest, row: RssNewsletter, today: date) -> Figures:
        """It is sent again and again, so the last days count."""
        return message_figures(row, last_days(chosen_days(request, default=90), today), str(_("The last:")))

    @admin.display(description=_("how often"))
    def frequency(self, message: RssNewsletter) -> Any:
        return message.send_settings.get("frequency")
