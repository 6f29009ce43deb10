"""Segments in the admin: what each finds, in words, and how many; and whom, when somebody asks for it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .. import tasks
from ..models import Segment
from ..models.estimates import about
from ..models.searching import sentences
from ..models.segments import SegmentMember
from .shared.broker import hand_over
from .shared.modeladmin import ReadOnlyAdmin


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    list_display = ["name", "finds", "count", "counted_on"]
    list_filter = ["account"]
    ordering = ["name"]
    search_fields = ["name"]
    actions = ["read_members"]
    fieldsets = [
        (None, {"fields": ["account", "name", "finds", "count", "counted_on", "read_last"]}),
        (
            gettext_lazy("What GetResponse says"),
            {
                "fields": ["search_contact_id", "created_on", "definition", "adopted_on", "last_error"],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changes = super().get_changelist_instance(request)
        for segment, words in sentences(changes.result_list):  # all at once: the list must not ask per row
            segment.words = words
        return changes

    def has_pull_permission(self, request: HttpRequest) -> bool:
        """Whether the person may let a worker read from GetResponse: whoever may change segments."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    @admin.display(description=gettext_lazy("finds"))
    def finds(self, segment: Any) -> str | None:
        words: str = segment.words if hasattr(segment, "words") else segment.in_words()
        return words or None

    @admin.display(description=gettext_lazy("members"))
    def read_last(self, segment: Segment) -> str:
        if segment.members_on is None:
            return _("Nobody read them yet: choose “Read the members” in the list of segments.")
        here = about(SegmentMember.objects.filter(segment=segment))
        text = ngettext("%(count)d contact", "%(count)d contacts", here) % {"count": here}
        url = reverse("admin:getresponse_django_contact_changelist")
        link = format_html('<a href="{}?segment={}">{}</a>', url, segment.pk, text)
        return format_html("{} {}", link, self.about_members(segment))

    def about_members(self, segment: Segment) -> str:
        """When they were read, and how many more there are."""
        when = localize(localtime(segment.members_on))
        if not segment.unknown_members:
            return _("(read on %(when)s)") % {"when": when}
        return ngettext(
            "(read on %(when)s; %(count)d more is not mirrored here)",
            "(read on %(when)s; %(count)d more are not mirrored here)",
            segment.unknown_members,
        ) % {"when": when, "count": segment.unknown_members}

    @admin.action(description=gettext_lazy("Read the members"), permissions=["pull"])
    def read_members(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        pks = list(queryset.filter(search_contact_id__isnull=False).values_list("pk", flat=True))
        if not pks:
            self.message_user(request, _("GetResponse has none of these yet."), messages.WARNING)
        elif hand_over(tasks.pull_segments, members_of=pks):
            text = _("The members are on their way; Pulls shows the progress.")
            self.message_user(request, text, messages.SUCCESS)
        else:
            text = _("The message broker did not answer, so no worker was told. Try again when it runs.")
            self.message_user(request, text, messages.ERROR)
