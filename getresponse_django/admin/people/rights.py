"""Actions on contacts for what their persons may ask for: export all about them, erase them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ... import rights
from ...errors import ConfigurationError
from ...models import Contact
from ..shared.confirming import confirmation, is_confirmed
from ..shared.typed import ModelAdmin

MOST_PERSONS = 100
"""Each is looked for in every table, so no more than these within a request."""


class PersonActions(ModelAdmin):
    """The actions, for whoever may ``erase_contact``."""

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for ``permissions`` of an action."""
        return request.user.has_perm("getresponse_django.erase_contact")

    @admin.action(description=gettext_lazy("Export all about this person"), permissions=["erase"])
    def export_person(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        """A JSON file with one entry for each person."""
        emails = emails_of(queryset)
        if too_many(self, request, emails):
            return None
        persons = [rights.export(email) for email in emails]
        response = JsonResponse(persons, safe=False, json_dumps_params={"indent": 2, "ensure_ascii": False})
        response["Content-Disposition"] = 'attachment; filename="persons.json"'
        return response

    @admin.action(description=gettext_lazy("Erase this person"), permissions=["erase"])
    def erase_person(self, request: HttpRequest, queryset: QuerySet[Contact]) -> HttpResponse | None:
        """Ask, then erase."""
        emails = emails_of(queryset)
        if too_many(self, request, emails):
            return None
        if is_confirmed(request):
            erase(self, request, emails)
            return None
        question = ngettext(
            "Erase %(count)d person for good?", "Erase %(count)d persons for good?", len(emails)
        )
        return confirmation(
            self,
            request,
            title=question % {"count": len(emails)},
            warning=_(
                "All about them is removed here, and from every list of every account in GetResponse. "
                "Nothing brings them back but a consent that they give later. This cannot be undone."
            ),
            button=_("Erase them"),
            examples=emails,
            count=len(emails),
        )


def emails_of(contacts: QuerySet[Contact]) -> list[str]:
    """The addresses of these contacts, each once."""
    return sorted(set(contacts.order_by().values_list("email_lower", flat=True)))


def too_many(model_admin: Any, request: HttpRequest, emails: list[str]) -> bool:
    """Whether these are more than a request can bear, which is said."""
    if len(emails) <= MOST_PERSONS:
        return False
    text = _("Choose at most %(most)d persons at once.") % {"most": MOST_PERSONS}
    model_admin.message_user(request, text, messages.ERROR)
    return True


def erase(model_admin: Any, request: HttpRequest, emails: list[str]) -> None:
    """Erase these persons and say what came of it, without their addresses."""
    try:
        contacts = sum(rights.erase(email).erased["contacts"] for email in emails)
    except ConfigurationError as error:
        model_admin.message_user(request, str(error), messages.ERROR)
        return
    text = ngettext("%(count)d person was erased", "%(count)d persons were erased", len(emails))
    more = ngettext("with %(count)d contact.", "with %(count)d contacts.", contacts)
    said = f"{text % {'count': len(emails)}} {more % {'count': contacts}}"
    model_admin.message_user(request, said, messages.SUCCESS)
