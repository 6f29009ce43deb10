"""From fields, autoresponders and RSS newsletters in the admin, and what all messages have in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Autoresponder, FromField, RssNewsletter
from .drawing.figured import FiguredAdmin
from .drawing.figures import Figures
from .drawing.message_charts import message_figures
from .drawing.periods import chosen_days, last_days
from .drawing.sparklines import SparklinedAdmin
from .shared.badges import badge
from .shared.modeladmin import ReadOnlyAdmin, shows_list
from .shared.preview import preview
from .shared.push_state import is_linked

CONTENT: tuple[Any, Any] = (_("Content"), {"fields": ["html", "plain_text"], "classes": ["collapse"]})


OPENS_SHOWN = 30
"""The last days of what is sent again and again, in the lists."""


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


class MessageAdmin(SparklinedAdmin, FiguredAdmin):
    """What messages of all kinds share: a list without their contents; preview and figures on the page."""

    change_form_template = "admin/getresponse_django/message_change_form.html"
    list_select_related = ["campaign"]
    search_fields = ["name", "subject"]
    large: ClassVar[tuple[str, ...]] = ("html", "plain_text", "base")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.defer(*self.large) if shows_list(request) else rows

    def get_urls(self) -> list[URLPattern]:
        opened = self.admin_site.admin_view(self.preview_view)
        return [path("<int:pk>/preview/", opened, name=self.preview_name), *super().get_urls()]

    @property
    def preview_name(self) -> str:
        """The name of the page for the frame."""
        return f"{self.opts.app_label}_{self.opts.model_name}_preview"

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The content of a message, for the frame on its page. Raises PermissionDenied, Http404."""
        message = get_object_or_404(self.model, pk=pk)
        if not self.has_view_permission(request, message):
            raise PermissionDenied
        return preview(message.html)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (row := context.get("original")) and row.html:
            context["preview_url"] = reverse(f"admin:{self.preview_name}", args=[row.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def drawn_days(self, row: Any) -> Iterator[tuple[date, date]]:
        """What is sent again and again has no end: the last days."""
        if is_linked(row):
            period = last_days(OPENS_SHOWN, datetime.now(UTC).date())
            yield period.since, period.until

    @admin.display(description=_("status"), ordering="status")
    def status_word(self, message: Any) -> SafeString:
        """GetResponse's own word: only ``enabled`` ones are sent. Of one that has gone it is out of date."""
        if message.last_error:
            return badge(message.last_error, "bad")
        return badge(message.status or "-", "good" if message.status == "enabled" else "quiet")

    @admin.display(description=_("name"))
    def title(self, message: Any) -> str:
        return str(message)


@admin.register(Autoresponder)
class AutoresponderAdmin(MessageAdmin, ReadOnlyAdmin):
    list_display = ["title", "subject", "campaign", "status_word", "day", "opens"]
    list_filter = ["status", "campaign", "account"]
    sortable_by = ["status_word"]
    fieldsets: ClassVar[Any] = [
        (None, {"fields": ["status_word", "name", "subject", "campaign", "from_field", "day"]}),
        CONTENT,
        (
            _("What GetResponse says"),
            {
                "fields": [
                    "account",
                    "autoresponder_id",
                    "trigger_settings",
                    "send_settings",
                    "editor",
                    "created_on",
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    def figures(self, request: HttpRequest, row: Autoresponder, today: date) -> Figures:
        """It is sent every day, so the last days count."""
        period = last_days(chosen_days(request, default=90), today)
        return message_figures(row, period, str(_("The last:")), row.created_on)

    @admin.display(description=_("day of cycle"))
    def day(self, autoresponder: Autoresponder) -> Any:
        return autoresponder.trigger_settings.get("dayOfCycle")


@admin.register(RssNewsletter)
class RssNewsletterAdmin(MessageAdmin, ReadOnlyAdmin):
    list_display = ["title", "subject", "campaign", "status_word", "frequency", "opens"]
    list_filter = ["status", "campaign", "account"]
    sortable_by = ["status_word"]
    fieldsets: ClassVar[Any] = [
        (
            None,
            {
                "fields": [
                    "status_word",
                    "name",
                    "subject",
                    "campaign",
                    "from_field",
                    "reply_to",
                    "rss_feed_url",
                    "frequency",
                ]
            },
        ),
        CONTENT,
        (
            _("What GetResponse says"),
            {
                "fields": [
                    "account",
                    "rss_newsletter_id",
                    "send_settings",
                    "flags",
                    "editor",
                    "created_on",
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    def figures(self, request: HttpRequest, row: RssNewsletter, today: date) -> Figures:
        """It is sent again and again, so the last days count."""
        period = last_days(chosen_days(request, default=90), today)
        return message_figures(row, period, str(_("The last:")), row.created_on)

    @admin.display(description=_("how often"))
    def frequency(self, message: RssNewsletter) -> Any:
        return message.send_settings.get("frequency")
