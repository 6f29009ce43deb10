"""Newsletters in the admin: drafts written here, tried out, sent once, and how people reacted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ... import tasks
from ...models import Newsletter
from ...models.messages import Sending
from ..drawing.figures import Figures, in_percent
from ..drawing.message_charts import message_figures
from ..drawing.periods import Period, chosen_days, first_days
from ..messages import CONTENT, MessageAdmin
from ..outbox.pages import broker_is_away
from ..shared.badges import badge
from ..shared.broker import hand_over
from ..shared.mirrored import MirroredAdmin
from ..shared.push_state import is_linked
from .form import AUDIENCE, NewsletterForm, choices, listed
from .recipients import recipients
from .sending import cancel_view, is_cancellable, send_view
from .trials import trial_view

KNOWN = ["newsletter_id", "send_on", "send_at", "send_asked_on", "created_on", "editor", "status"]

OPENS_SHOWN = 14
"""Days after the sending, in the list."""

View = Callable[["NewsletterAdmin", HttpRequest, Newsletter], HttpResponse]


@admin.register(Newsletter)
class NewsletterAdmin(MessageAdmin, MirroredAdmin):
    form = NewsletterForm
    change_form_template = "admin/getresponse_django/newsletter/change_form.html"
    large = (*MessageAdmin.large, "attachments", "click_tracks", "audience_counted")
    list_display = [
        "title",
        "subject",
        "state_word",
        "send_on",
        "sent",
        "opened",
        "clicked",
        "opens",
        "campaign",
    ]
    list_filter = ["type", "campaign", "account"]
    sortable_by = ["send_on"]
    autocomplete_fields = ["campaign", "from_field", "reply_to"]
    readonly_fields = ["account", "state_word", "audience", "audience_size", "measured", "links", *KNOWN]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        form = ["name", "subject", "campaign", "from_field", "reply_to"]
        if obj is None:
            return [
                (None, {"fields": [*form, "html", "plain_text", "flags"]}),
                (_("Audience"), {"fields": list(AUDIENCE)}),
            ]
        may_change = self.has_change_permission(request, obj)
        audience = [*AUDIENCE] if may_change else ["audience"]
        size = ["audience_size"] if obj.is_at_rest else []
        content = ["html", "plain_text", "flags" if may_change else "measured"]
        known = ["account", *KNOWN, "send_settings"]
        return [
            (None, {"fields": ["state_word", *form]}),
            (_("Audience"), {"fields": [*audience, *size]}),
            (CONTENT[0], {"fields": content, "classes": [] if may_change else ["collapse"]}),
            *([(_("Links"), {"fields": ["links"]})] if obj.click_tracks else []),
            (_("What GetResponse says"), {"fields": known, "classes": ["collapse"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "send_settings"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft at rest can be made anew; what is on its way or went out stays as it is."""
        return (obj is None or obj.is_at_rest) and super().has_change_permission(request, obj)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Sending mail to people needs more than writing it."""
        codename = get_permission_codename("send", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def save_model(self, request: HttpRequest, obj: Newsletter, form: Any, change: bool) -> None:
        """Raises PermissionDenied for one whose sending was confirmed while this was edited."""
        if change and not Newsletter.plain.select_for_update().get(pk=obj.pk).is_at_rest:
            raise PermissionDenied(gettext("It is on its way meanwhile. Cancel it first."))
        super().save_model(request, obj, form, change)

    # --- pages of its own -------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[View, bool]] = {
            "count": (count_view, False),
            "send": (send_view, True),
            "trial": (trial_view, True),
            "cancel": (cancel_view, True),
        }
        own = [
            path(
                f"<int:pk>/{name}/",
                self.page(name, view, sends),
                name=f"getresponse_django_newsletter_{name}",
            )
            for name, (view, sends) in pages.items()
        ]
        return [*own, *super().get_urls()]

    def page(self, name: str, view: View, sends: bool) -> Callable[..., Any]:
        """``view`` for who may see newsletters, and if it ``sends`` may send them."""

        def opened(request: HttpRequest, pk: int) -> HttpResponse:
            newsletter = get_object_or_404(Newsletter, pk=pk)
            if not self.has_view_permission(request, newsletter):
                raise PermissionDenied
            if sends and not self.has_send_permission(request):
                raise PermissionDenied
            return view(self, request, newsletter)

        return self.admin_site.admin_view(require_POST(opened) if name in ("cancel", "count") else opened)

    def page_url(self, newsletter: Newsletter, name: str = "change") -> str:
        """One of the pages of a newsletter."""
        return reverse(f"admin:getresponse_django_newsletter_{name}", args=[newsletter.pk])

    def page_context(self, request: HttpRequest, newsletter: Newsletter, title: str) -> dict[str, Any]:
        """What the templates of its own pages need."""
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "newsletter": newsletter,
            "audience": self.audience(newsletter),
            "opts": self.opts,
            "media": self.media,
            "page_url": self.page_url(newsletter),
            "preview_url": self.page_url(newsletter, "preview"),
        }

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if row := context.get("original"):
            may_send = self.has_send_permission(request)
            context |= {
                "is_editable": self.has_change_permission(request, row),
                "send_url": self.page_url(row, "send") if may_send and row.is_at_rest else "",
                "trial_url": self.page_url(row, "trial") if may_send and row.is_at_rest else "",
                "cancel_url": self.page_url(row, "cancel") if may_send and is_cancellable(row) else "",
                "count_url": self.page_url(row, "count") if self.may_count(request, row) else "",
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def may_count(self, request: HttpRequest, row: Newsletter) -> bool:
        """Whether a new count of the recipients would say anything to this person."""
        return row.is_at_rest and (
            self.has_change_permission(request, row) or self.has_send_permission(request)
        )

    # --- what is shown ----------------------------------------------------------------------------

    def figures(self, request: HttpRequest, row: Newsletter, today: date) -> Figures | None:
        """From its sending on."""
        if row.send_on is None:
            return None
        start = row.send_on.astimezone(UTC).date()
        period: Period = first_days(chosen_days(request, default=30), start, today)
        return message_figures(row, period, str(_("The first:")), row.send_on)

    @admin.display(description=_("audience"))
    def audience(self, newsletter: Newsletter) -> SafeString | str:
        """The lists and segments by name."""
        lines = []
        for field, (member, model, column) in AUDIENCE.items():
            if ids := listed(newsletter.send_settings, member):
                names = {**dict(choices(newsletter, model, column, ids))}
                label = NewsletterForm.declared_fields[field].label
                lines.append((label, ", ".join(str(names[each]) for each in ids)))
        if chosen := listed(newsletter.send_settings, "selectedContacts"):
            lines.append((_("To chosen contacts"), number_format(len(chosen))))
        return format_html_join("", "<div>{}: {}</div>", lines) if lines else gettext("nobody")

    @admin.display(description=_("estimated size"))
    def audience_size(self, newsletter: Newsletter) -> str:
        return str(recipients(newsletter))

    @admin.display(description=_("measure"))
    def measured(self, newsletter: Newsletter) -> str | None:
        return ", ".join(map(str, newsletter.flags)) or None

    @admin.display(description=_("links"))
    def links(self, newsletter: Newsletter) -> SafeString:
        """What was tracked, as text: whoever wrote the newsletter chose the addresses."""
        rows = [
            (track.get("name") or "", track.get("url") or "", track.get("amount") or "0")
            for track in newsletter.click_tracks
            if isinstance(track, dict)
        ]
        body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        names = (gettext("Link"), gettext("Address"), pgettext("number", "Clicks"))
        head = format_html_join("", '<th scope="col">{}</th>', ((name,) for name in names))
        return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, body)

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

    def drawn_days(self, row: Newsletter) -> Iterator[tuple[date, date]]:
        """The first days after it was sent."""
        if is_linked(row) and row.send_on:
            first = row.send_on.astimezone(UTC).date()
            yield first, first + timedelta(days=OPENS_SHOWN - 1)

    @admin.display(description=_("clicked"))
    def clicked(self, newsletter: Newsletter) -> str | None:
        return percent(newsletter.send_metrics, "humanClickRate", "clickRate")


def count_view(admin: NewsletterAdmin, request: HttpRequest, newsletter: Newsletter) -> HttpResponse:
    """Let a worker ask GetResponse how many people it goes to."""
    if not admin.may_count(request, newsletter):
        raise PermissionDenied
    if hand_over(tasks.count_recipients, pk=newsletter.pk):
        text = gettext("The recipients are being counted. Load this page again in a moment.")
        admin.message_user(request, text, messages.SUCCESS)
    else:
        admin.message_user(request, broker_is_away(), messages.ERROR)
    return HttpResponseRedirect(admin.page_url(newsletter))


def percent(metrics: dict[str, Any], *names: str) -> str | None:
    """The first of these rates that is given, texts like "0.3333", in percent; None when nothing was sent."""
    if metrics.get("sent") in (None, "", "0", 0):
        return None
    for name in names:
        try:
            return in_percent(float(metrics[name]))
        except (KeyError, TypeError, ValueError):
            continue
    return None
