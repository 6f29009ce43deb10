"""From fields, newsletters, autoresponders and RSS newsletters in the admin."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Autoresponder, FromField, Newsletter, RssNewsletter
from ..models.messages import Sending
from .badges import badge
from .figured import FiguredAdmin
from .figures import Figures
from .message_charts import message_figures
from .mirrored import MirroredAdmin
from .modeladmin import ReadOnlyAdmin, shows_list
from .newsletter_form import NewsletterForm
from .periods import Period, chosen_days, first_days, last_days
from .push_state import is_linked

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


@admin.register(Newsletter)
class NewsletterAdmin(MessageAdmin, MirroredAdmin):
    form = NewsletterForm
    large = (*MessageAdmin.large, "attachments")
    list_display = ["title", "subject", "campaign", "state_word", "send_on", "sent", "opened", "clicked"]
    list_filter = ["type", "campaign", "account"]
    sortable_by = ["send_on"]
    autocomplete_fields = ["campaign", "from_field"]
    readonly_fields = ["account", "state_word", "newsletter_id", "send_on", "created_on", "editor", "status"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        form = ["name", "subject", "type", "campaign", "from_field"]
        if obj is None:
            return [(None, {"fields": [*form, "html", "plain_text", "send_settings"]})]
        known = ["account", *self.readonly_fields[2:], "send_settings"]
        return [
            (None, {"fields": ["state_word", *form]}),
            CONTENT,
            (_("What GetResponse says"), {"fields": known, "classes": ["collapse"]}),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The API cannot update a newsletter: once its creation has left it can only be read or deleted."""
        left = obj is not None and (is_linked(obj) or obj.sent_on is not None)
        return not left and super().has_change_permission(request, obj)

    def figures(self, request: HttpRequest, row: Newsletter, today: date) -> Figures | None:
        """From its sending on."""
        if row.send_on is None:
            return None
        start = row.send_on.astimezone(UTC).date()
        period: Period = first_days(chosen_days(request, default=30), start, today)
        return message_figures(row, period, str(_("The first:")))

    @admin.display(description=_("state"))
    def state_word(self, newsletter: Newsletter) -> SafeString:
        """Derived from type and metrics: no single field tells it (behaviour-newsletters.md section 2)."""
        if newsletter.under_way:
            return badge(_("waiting for an answer"), "wait")
        if newsletter.sending in (Sending.SEND, Sending.CANCEL):
            return badge(newsletter.get_sending_display(), "wait")
        if not is_linked(newsletter):
            return badge(_("not in GetResponse yet"), "wait")
        if newsletter.type == "draft":
            cancelled = newsletter.sending == Sending.CANCELLED
            return badge(newsletter.get_sending_display() if cancelled else _("draft"), "quiet")
        match newsletter.send_metrics.get("status"):
            case "scheduled":
                return badge(_("scheduled"), "wait")
            case "in_progress":
                return badge(_("being sent"), "wait")
            case "finished":
                return badge(_("sent"), "good")
        return badge(newsletter.type, "quiet")

    @admin.display(description=_("recipients"))
    def sent(self, newsletter: Newsletter) -> str | None:
        count = str(newsletter.send_metrics.get("sent") or "")
        return number_format(int(count), force_grouping=True) if count.isdecimal() and count != "0" else None

    @admin.display(description=_("opened"))
    def opened(self, newsletter: Newsletter) -> str | None:
        return percent(newsletter.send_metrics, "humanOpenRate", "openRate")

    @admin.display(description=_("clicked"))
    def clicked(self, newsletter: Newsletter) -> str | None:
        return percent(newsletter.send_metrics, "humanClickRate", "clickRate")


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


def percent(metrics: dict[str, Any], *names: str) -> str | None:
    """The first of these rates that is given, texts like "0.3333", in percent; None when nothing was sent."""
    if metrics.get("sent") in (None, "", "0", 0):
        return None
    for name in names:
        try:
            return f"{number_format(100 * float(metrics[name]), 1)}%"
        except (KeyError, TypeError, ValueError):
            continue
    return None
