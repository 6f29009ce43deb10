"""Contacts out of a CSV file: shown first, then subscribed as if each had signed up here.

The changes are recorded as bulk work and pushed by workers, behind everybody who waits for an answer.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...models import Campaign, Contact, CustomField
from ...models.consent_records import Source, as_consent
from ...models.outbox import bulk_work
from ..shared.confirming import is_confirmed
from ..shared.typed import ModelAdmin
from .consent_form import ConsentForm
from .csv_lines import Line, checked, lines_of

MOST_LINES, MOST_BYTES = 1000, 2_000_000
"""Of one request: each line is a contact that is written by itself, in 7 to 23 ms, and gunicorn, say, ends
one after 30 s.
"""

PROBLEMS_SHOWN = 50


class ImportForm(ConsentForm):
    """A file the first time; its text when it is confirmed."""

    campaign = forms.ModelChoiceField(Campaign.plain.none(), label=gettext_lazy("List"))
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        help_text=gettext_lazy(
            "In UTF-8. The first line names the columns: email, and if you like name, tags (separated by "
            "commas) and custom fields by their names, with one value."
        ),
    )
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput())

    field_order = ("campaign", "file", "consented_at", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        linked = Campaign.plain.filter(campaign_id__isnull=False).select_related("account")
        self.fields["campaign"].queryset = linked.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Adds ``lines``, looked at."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            cleaned["text"] = cleaned["text"] or text_of(cleaned["file"])
            cleaned["lines"] = checked(known_lines(cleaned), cleaned["campaign"])
        except ValueError as error:
            self.add_error("file", str(error))
        return cleaned


def text_of(file: Any) -> str:
    """The text of an uploaded file. Raises ValueError."""
    if not file:
        raise ValueError(_("Choose a file."))
    if file.size > MOST_BYTES:
        raise ValueError(too_much())
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(_("The file is not in UTF-8: save it as “CSV UTF-8”.")) from None


def known_lines(cleaned: dict[str, Any]) -> list[Line]:
    """The lines of the text. Raises ValueError."""
    account = cleaned["campaign"].account_id
    fields = set(CustomField.plain.filter(account=account).values_list("name", flat=True))
    lines = lines_of(cleaned["text"], fields)
    if len(lines) > MOST_LINES:
        raise ValueError(too_much())
    return lines


def too_much() -> str:
    """What to do instead about a large file."""
    return _(
        "These are more than %(count)d lines: split the file, or let a program call "
        "Contact.objects.subscribe for each within bulk_work(), then run manage.py getresponse_push --import."
    ) % {"count": MOST_LINES}


def import_view(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Ask for a file, show what it would do, do it. Raises PermissionDenied."""
    if not admin.has_add_permission(request):
        raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None)
    lines = form.cleaned_data["lines"] if request.method == "POST" and form.is_valid() else None
    good = [line for line in lines or [] if not line.problem]
    if good and is_confirmed(request):
        return imported(admin, request, good, form.cleaned_data)
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Import contacts"),
        "opts": admin.opts,
        "media": admin.media,
        "form": form,
        "lines": lines,
        "good": len(good),
        "bad": [line for line in lines or [] if line.problem][:PROBLEMS_SHOWN],
        "bad_count": len(lines or []) - len(good),
        "text": form.cleaned_data["text"] if lines else "",
    }
    return TemplateResponse(request, "admin/getresponse_django/contact/import.html", context)


def imported(
    admin: ModelAdmin, request: HttpRequest, lines: list[Line], cleaned: dict[str, Any]
) -> HttpResponse:
    """Subscribe them, and say how many; who left later than the consent stays away, as their pages say."""
    campaign, consent = cleaned["campaign"], as_consent(cleaned["consented_at"], Source.IMPORT)
    away = 0
    with bulk_work():
        for line in lines:
            contact = Contact.objects.subscribe(
                line.email,
                campaign=campaign,
                account=campaign.account,
                name=line.name,
                custom_fields=line.custom_fields,
                tags=line.tags,
                consent=consent,
            )
            away += contact.gone
    count = len(lines) - away
    text = ngettext("%(count)d contact is on the list.", "%(count)d contacts are on the list.", count)
    admin.message_user(request, text % {"count": count}, messages.SUCCESS)
    if away:
        text = ngettext(
            "%(count)d contact stays away: it left after the consent.",
            "%(count)d contacts stay away: they left after the consent.",
            away,
        )
        admin.message_user(request, text % {"count": away}, messages.WARNING)
    url = reverse("admin:getresponse_django_contact_changelist")
    return HttpResponseRedirect(f"{url}?campaign__id__exact={campaign.pk}")
