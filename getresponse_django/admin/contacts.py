"""Contacts in the admin: quick at a million of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..models import Contact, ContactState
from . import memberships
from .badges import STATE_TONES, badge
from .confirming import confirmation, is_confirmed
from .conflicts import conflict_list
from .contact_form import ContactForm
from .mirrored import MirroredAdmin, counted_deletion
from .modeladmin import shows_list
from .push_state import is_off_list

MOST_AT_ONCE = 1000
"""People are put back one by one, so no more than these within a request."""

TAGS_SHOWN = 5


class ConsentForm(forms.Form):
    """When the people agreed to be put back."""

    consented_at = forms.DateTimeField(
        label=gettext_lazy("They agreed on"),
        help_text=gettext_lazy(
            "Their consent must be newer than their leaving. It is stored with the contact."
        ),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def clean_consented_at(self) -> Any:
        """A moment that is over."""
        moment = self.cleaned_data["consented_at"]
        if moment > timezone.now():
            raise forms.ValidationError(gettext_lazy("This lies in the future."))
        return moment


@admin.register(Contact)
class ContactAdmin(MirroredAdmin):
    form = ContactForm
    list_display = ["address", "name", "campaign", "state_word", "tag_names", "changed_on"]
    list_filter = ["state", "campaign", "account"]
    list_select_related = ["campaign"]
    sortable_by = ["address", "state_word"]
    search_fields = ["email_lower"]
    search_help_text = gettext_lazy(
        "The beginning of the address. If no address begins so: a part of the name."
    )
    autocomplete_fields = ["campaign", "tags"]
    raw_id_fields = ["user"]
    actions = ["subscribe", "unsubscribe"]
    readonly_fields = [
        "state_word",
        "contact_id",
        "origin",
        "ip_address",
        "time_zone",
        "engagement_score",
        "created_on",
        "changed_on",
        "details_on",
        "sent_on",
        "left_on",
        "left_reason",
        "conflicts",
    ]
    pushed_fields = ["email", "name", "campaign", "tags", "custom_fields", "note", "scoring", "day_of_cycle"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        form = (None, {"fields": ["email", "name", "campaign", "tags", "custom_fields"]})
        details = {"fields": ["note", "scoring", "day_of_cycle", "user", "consented_at"]}
        if obj is None:
            return [form, (_("More"), details)]
        known = ["account", *self.readonly_fields[1:]]
        return [
            (None, {"fields": ["state_word", *form[1]["fields"]]}),
            (_("More"), details),
            (_("What GetResponse says"), {"fields": known, "classes": ["collapse"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, *self.pushed_fields] if obj is not None and is_off_list(obj) else fixed

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        rows = super().get_queryset(request)
        return rows.defer("base").prefetch_related("tags") if shows_list(request) else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Contact], search_term: str
    ) -> tuple[QuerySet[Contact], bool]:
        """By an index where possible: "or" between address and name would read the whole table."""
        term = search_term.strip()
        if not term:
            return queryset, False
        by_address = queryset.filter(email_lower__startswith=term.lower())
        if "@" in term or by_address.exists():
            return by_address, False
        return queryset.filter(name__icontains=term), False

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        corrected = set(self.pushed_fields) & set(form.changed_data)
        if change and corrected and obj.state == ContactState.REJECTED:
            obj.restart()  # a refused contact is not there: it is sent as a new one
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return counted_deletion(self, objs, request, {})

    @admin.display(description=gettext_lazy("e-mail"), ordering="email_lower")
    def address(self, contact: Contact) -> str:
        return contact.email

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_word(self, contact: Contact) -> SafeString:
        return badge(contact.get_state_display(), STATE_TONES.get(contact.state, "quiet"))

    @admin.display(description=gettext_lazy("changed on both sides"))
    def conflicts(self, contact: Contact) -> str:
        return conflict_list(contact)

    @admin.display(description=gettext_lazy("tags"))
    def tag_names(self, contact: Contact) -> str:
        names = sorted(tag.name for tag in contact.tags.all())
        more = [_("%(count)d more") % {"count": len(names) - TAGS_SHOWN}] if len(names) > TAGS_SHOWN else []
        return ", ".join([*names[:TAGS_SHOWN], *more])

    @admin.action(description=gettext_lazy("Unsubscribe from their lists"), permissions=["change"])
    def unsubscribe(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        concerned = memberships.staying(queryset)
        if is_confirmed(request):
            count = memberships.unsubscribe(concerned)
            text = ngettext(
                "%(count)d contact will leave its list.", "%(count)d contacts will leave their lists.", count
            )
            self.message_user(request, text % {"count": count}, messages.SUCCESS)
            return None
        count = concerned.count()
        question = ngettext("Unsubscribe %(count)d contact?", "Unsubscribe %(count)d contacts?", count)
        warning = _(
            "They are removed from their lists in GetResponse as well. GetResponse may refuse to take the "
            "same addresses again later. Contacts that have left already are not counted."
        )
        return confirmation(
            self,
            request,
            title=question % {"count": count},
            warning=warning,
            button=_("Unsubscribe them"),
            examples=concerned,
            count=count,
        )

    @admin.action(description=gettext_lazy("Subscribe again, with their consent"), permissions=["change"])
    def subscribe(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        concerned = queryset.filter(state__in=memberships.NOT_STAYING).select_related("account", "campaign")
        count = concerned.count()
        if count > MOST_AT_ONCE:
            text = _("At most %(most)d contacts can be put back at once.") % {"most": MOST_AT_ONCE}
            self.message_user(request, text, messages.ERROR)
            return None
        answer = request.POST if is_confirmed(request) else None
        form = ConsentForm(answer)
        if answer is not None and form.is_valid():
            self.put_back(request, concerned, form.cleaned_data["consented_at"])
            return None
        question = ngettext(
            "Subscribe %(count)d contact again?", "Subscribe %(count)d contacts again?", count
        )
        return confirmation(
            self,
            request,
            title=question % {"count": count},
            warning=_(
                "Only with a consent that these people gave after they left. "
                "Contacts on their list are not counted."
            ),
            button=_("Subscribe them"),
            examples=concerned,
            count=count,
            form=form,
        )

    def put_back(self, request: HttpRequest, contacts: QuerySet[Contact], consent: Any) -> None:
        """Subscribe these and say what came of it."""
        back, stayed_away = memberships.subscribe(contacts, consent)
        text = ngettext(
            "%(count)d contact is on the way to its list.",
            "%(count)d contacts are on the way to their lists.",
            back,
        )
        self.message_user(request, text % {"count": back}, messages.SUCCESS if back else messages.INFO)
        if stayed_away:
            text = ngettext(
                "%(count)d contact stays off: it left after that consent.",
                "%(count)d contacts stay off: they left after that consent.",
                stayed_away,
            )
            self.message_user(request, text % {"count": stayed_away}, messages.WARNING)
