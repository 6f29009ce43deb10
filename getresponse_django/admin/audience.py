"""Campaigns, custom fields and tags in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import Campaign, Contact, CustomField, Statistic, Tag
from ..models.statistics import Granularity, Subject
from .drawing.campaign_charts import campaign_figures
from .drawing.figured import FiguredAdmin
from .drawing.figures import Figures
from .drawing.periods import chosen_days, last_days
from .drawing.sparklines import Days, SparklinedAdmin, level_line
from .shared.badges import badge
from .shared.mirrored import MirroredAdmin, counted_deletion
from .shared.modeladmin import shows_list
from .shared.push_state import is_linked
from .shared.texts import LinesField
from .shared.typed import ModelForm

DRAWN_DAYS = 90
"""Of the size of each list, in the list of lists."""


def latest_list_size() -> Subquery:
    """The number of contacts that GetResponse counted last for a campaign."""
    sizes = Statistic.objects.filter(
        account=OuterRef("account"),
        subject=Subject.CAMPAIGN,
        remote_id=OuterRef("campaign_id"),
        metric="total_subscribers",
        granularity=Granularity.DAY,
    )
    return Subquery(sizes.order_by("-starts_at").values("value")[:1])


@admin.register(Campaign)
class CampaignAdmin(SparklinedAdmin, FiguredAdmin, MirroredAdmin):
    drawn = ("total_subscribers",)
    list_display = [
        "name",
        "list_size",
        "growth",
        "state_word",
        "optin",
        "is_default",
        "language_code",
        "created_on",
    ]
    list_filter = ["is_default", "account"]
    ordering = ["name"]
    search_fields = ["name"]
    readonly_fields = ["campaign_id", "created_on", "list_size"]
    fieldsets = [
        (None, {"fields": ["account", "name", "language_code", "is_default", "optin_types"]}),
        (_("Postal address and profile"), {"fields": ["postal", "profile"], "classes": ["collapse"]}),
        (_("What GetResponse says"), {"fields": ["campaign_id", "created_on"], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        rows = super().get_queryset(request)
        return rows.annotate(size=latest_list_size()) if shows_list(request) else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Another list is made the default one instead (behaviour-contacts.md section 7).
        default = ["is_default"] if is_linked(obj) and obj.is_default else []
        return [*super().get_readonly_fields(request, obj), *default]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The API cannot delete a list, so only one that never got there may go, and none by an action."""
        return obj is not None and not is_linked(obj) and super().has_delete_permission(request, obj)

    def figures(self, request: HttpRequest, row: Campaign, today: date) -> Figures:
        """Of the last days."""
        return campaign_figures(row, last_days(chosen_days(request, default=90), today))

    def drawn_days(self, row: Campaign) -> Iterator[tuple[date, date]]:
        """The last days."""
        if is_linked(row):
            period = last_days(DRAWN_DAYS, datetime.now(UTC).date())
            yield period.since, period.until

    def sparkline(self, row: Campaign, days: Days) -> SafeString | None:
        return level_line(days, self.drawn[0], gettext("Contacts per day, the last"))

    @admin.display(description=_("last 90 days"))
    def growth(self, campaign: Any) -> SafeString | None:
        line: SafeString | None = campaign.getresponse_line
        return line

    @admin.display(description=_("contacts"))
    def list_size(self, campaign: Any) -> int | None:
        size: int | None = campaign.size
        return size

    @admin.display(description=_("opt-in by API"))
    def optin(self, campaign: Campaign) -> str:
        return str(_("double") if campaign.double_optin else _("single"))

    @admin.display(description=_("in GetResponse"))
    def state_word(self, campaign: Campaign) -> SafeString:
        return badge(_("yes"), "good") if is_linked(campaign) else badge(_("not yet"), "wait")


class CustomFieldForm(ModelForm):
    """``values`` as lines instead of JSON."""

    values = LinesField(
        required=False, label=_("Values"), help_text=_("The values to choose from, one per line.")
    )


@admin.register(CustomField)
class CustomFieldAdmin(MirroredAdmin):
    form = CustomFieldForm
    list_display = ["name", "type", "format", "hidden"]
    list_filter = ["format", "hidden", "account"]
    ordering = ["name"]
    search_fields = ["name"]
    readonly_fields = ["custom_field_id", "value_type"]
    fixed_once_linked = ("name", "type", "format")
    fieldsets = [
        (None, {"fields": ["account", "name", "type", "format", "hidden", "values"]}),
        (_("What GetResponse says"), {"fields": ["custom_field_id", "value_type"], "classes": ["collapse"]}),
    ]


@admin.register(Tag)
class TagAdmin(MirroredAdmin):
    list_display = ["name", "created_at"]
    list_filter = ["account"]
    ordering = ["name"]
    search_fields = ["name"]
    readonly_fields = ["tag_id", "created_at"]
    fixed_once_linked = ("name",)
    fields = ["account", "name", "tag_id", "created_at"]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        carriers = Contact.tags.through.objects.filter(tag__in=objs).count()
        return counted_deletion(self, objs, request, {str(_("taken off contacts")): carriers})
