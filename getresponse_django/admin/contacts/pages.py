"""Contacts in the admin: quick at a million of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from ...models import Account, Change, Contact, ContactState, CustomField
from ...models.field_values import as_values
from ..people import person
from ..people.rights import PersonActions
from ..shared.badges import STATE_TONES, badge, word
from ..shared.confirming import confirmation, is_confirmed
from ..shared.mirrored import MirroredAdmin, counted_deletion
from ..shared.modeladmin import shows_list
from ..shared.push_state import is_off_list
from ..shared.texts import ExactTextField
from . import memberships
from .actions import ContactActions
from .consent_form import ConsentForm, moment_input
from .form import PREFIX, field_name, form_with, places
from .importing import import_view
from .readings import read_view, readings
from .segment_filter import SegmentFilter
from .segmenting import segment_view
from .trail import trail

MOST_AT_ONCE = 1000
"""People are put back one by one, so no more than these within a request."""

TAGS_SHOWN = 5


@admin.register(Contact)
class ContactAdmin(PersonActions, ContactActions, MirroredAdmin):
    list_display = ["address", "name", "campaign", "state_word", "tag_names", "changed_on"]
    list_filter = ["state", "campaign", "tags", "created_on", "account", SegmentFilter]
    list_select_related = ["campaign"]
    sortable_by = ["address"]  # the states have a filter
    search_fields = ["email_lower"]
    search_help_text = gettext_lazy(
        "The beginning of the address, of the name, or of the name without its first word."
    )
    autocomplete_fields = ["campaign", "tags"]
    raw_id_fields = ["user"]
    formfield_overrides = MirroredAdmin.formfield_overrides | {
        DateTimeField: {"form_class": forms.DateTimeField, "widget": moment_input()}
    }
    actions = [
        "push_now",
        "pull_now",
        "retry",
        "discard",
        "add_tag",
        "remove_tag",
        "move",
        "subscribe",
        "unsubscribe",
        "export_csv",
        "export_json",
        "export_person",
        "erase_person",
    ]
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
    ]
    pushed_fields = ["email", "name", "campaign", "tags", "custom_fields", "note", "scoring", "day_of_cycle"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        state = [] if obj is None else ["state_word"]
        known = ["account", *self.readonly_fields[1:]]
        says = [(_("What GetResponse says"), {"fields": known, "classes": ["collapse"]})]
        return [
            (None, {"fields": [*state, "email", "name", "campaign", "tags"]}),
            (_("Custom fields"), self.custom_fieldset(request, obj)),
            (_("More"), {"fields": ["note", "scoring", "day_of_cycle", "user", "consented_at"]}),
            *([] if obj is None else says),
        ]

    def custom_fieldset(self, request: HttpRequest, obj: Contact | None) -> dict[str, Any]:
        """A field for each definition, or the values alone where they cannot be edited."""
        if not self.edits_custom_fields(request, obj):
            return {"fields": ["custom_values"]}
        names = [field_name(each) for each in self.definitions(request, obj)]
        if obj is not None and obj.custom_fields is None:
            unread = _("What GetResponse has was not read yet. What is left empty here stays as it is there.")
            return {"fields": names, "description": unread}
        several = None if names or obj else _("What there is depends on the list: save the contact first.")
        return {"fields": names, "description": several}

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "note":  # it may have several lines, which an input for one would join
            kwargs |= {"form_class": ExactTextField, "widget": AdminTextareaWidget(attrs={"rows": 3})}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        edited = self.definitions(request, obj) if self.edits_custom_fields(request, obj) else []
        return super().get_form(request, obj, change, form=form_with(edited, obj), **kwargs)

    def edits_custom_fields(self, request: HttpRequest, obj: Contact | None) -> bool:
        """Whether this person may write custom fields of this contact (None: of a new one)."""
        if obj is None:
            return self.has_add_permission(request)
        return not is_off_list(obj) and self.has_change_permission(request, obj)

    def definitions(self, request: Any, obj: Contact | None) -> list[CustomField]:
        """The custom fields of the contact's account, read once per request. A new contact has the account of
        a list that is not chosen yet, so there are none if there are several accounts.
        """
        if not hasattr(request, "getresponse_custom_fields"):
            ours = [obj.account_id] if obj else list(Account.objects.values_list("pk", flat=True)[:2])
            known = CustomField.plain.filter(account__in=ours).order_by("name") if len(ours) == 1 else ()
            request.getresponse_custom_fields = list(known)
        return list(request.getresponse_custom_fields)

    def places_of(self, form: Any, column: str, text: str) -> list[str | None]:
        return places(form, column, text)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [*super().get_readonly_fields(request, obj), "custom_values"]
        return [*fixed, *self.pushed_fields] if obj is not None and is_off_list(obj) else fixed

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        rows = super().get_queryset(request)
        return rows.defer("base").prefetch_related("tags") if shows_list(request) else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Contact], search_term: str
    ) -> tuple[QuerySet[Contact], bool]:
        """Only beginnings: each has an index, and a part of a name would read the whole table."""
        term = " ".join(search_term.lower().split())
        if not term:
            return queryset, False
        found = Q(email_lower__startswith=term)
        if "@" not in term:
            found |= Q(name_lower__startswith=term) | Q(surname_lower__startswith=term)
        return queryset.filter(found), False

    def get_urls(self) -> list[URLPattern]:
        person_page = self.admin_site.admin_view(self.person_view)
        import_page = self.admin_site.admin_view(partial(import_view, self))
        segment_page = self.admin_site.admin_view(partial(segment_view, self))
        read_page = self.admin_site.admin_view(require_POST(partial(read_view, self)))
        return [
            path("person/", person_page, name="getresponse_django_contact_person"),
            path("segment/", segment_page, name="getresponse_django_contact_segment"),
            path("<int:pk>/read/<str:kind>/", read_page, name="getresponse_django_contact_read"),
            path("import/", import_page, name="getresponse_django_contact_import"),
            *super().get_urls(),
        ]

    def person_view(self, request: HttpRequest) -> HttpResponse:
        """One address on all lists. Raises PermissionDenied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return person.page(self, request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        response = super().render_change_form(request, context, *args, **kwargs)
        contact = context.get("original")
        if contact is not None:
            change = context["push"].change
            context["trail"] = trail(contact, change)
            offered = self.has_change_permission(request, contact)
            context["readings"] = readings(contact, offered=offered)
            context["buttons"] = self.buttons(request, contact, change)
        return response

    def buttons(self, request: HttpRequest, contact: Contact, change: Change | None) -> list[tuple[str, str]]:
        """The actions that make sense for a contact now, which are buttons on its page."""
        names = ["pull_now"] if contact.contact_id else []
        if change is not None:
            names = ["retry", "discard", *names] if change.gave_up_at else ["push_now", *names]
        if contact.gone:
            names.append("subscribe")
        elif contact.state != ContactState.LEAVING:
            names.append("unsubscribe")
        offered: dict[str, Any] = self.get_actions(request)
        return [(name, str(getattr(self, name).short_description)) for name in names if name in offered]

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        corrected = [
            name for name in form.changed_data if name in self.pushed_fields or name.startswith(PREFIX)
        ]
        if change and corrected and obj.state == ContactState.REJECTED:
            obj.restart()  # a refused contact is not there: it is sent as a new one
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return counted_deletion(self, objs, request, {})

    @admin.display(description=gettext_lazy("e-mail"), ordering="email_lower")
    def address(self, contact: Contact) -> str:
        return contact.email

    @admin.display(description=gettext_lazy("state"))
    def state_word(self, contact: Contact) -> SafeString:
        return badge(word(ContactState, contact.state), STATE_TONES.get(contact.state, "quiet"))

    @admin.display(description=gettext_lazy("tags"))
    def tag_names(self, contact: Contact) -> str:
        names = sorted(tag.name for tag in contact.tags.all())
        more = [_("%(count)d more") % {"count": len(names) - TAGS_SHOWN}] if len(names) > TAGS_SHOWN else []
        return ", ".join([*names[:TAGS_SHOWN], *more])

    @admin.display(description=gettext_lazy("custom fields"))
    def custom_values(self, contact: Contact) -> SafeString | str:
        values = as_values(contact.custom_fields or {})
        lines = sorted((name, ", ".join(given)) for name, given in values.items() if given)
        line_break = mark_safe("<br>")  # nosec B308  # a constant
        return format_html_join(line_break, "{}: {}", lines) or "-"

    @admin.action(description=gettext_lazy("Unsubscribe from their lists"), permissions=["change"])
    def unsubscribe(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        concerned = memberships.staying(queryset)
        if is_confirmed(request):
            count = memberships.unsubscribe(concerned)
            text = ngettext(
                "%(count)d contact will leave its list.", "%(count)d contacts will leave their lists.", count
            )
            self.tell(request, count, text)
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
