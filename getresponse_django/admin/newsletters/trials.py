"""Trying a newsletter out on a few contacts: a copy of it goes to them, and the draft stays a draft."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...models import Contact, ContactState, Newsletter
from .sending import SEEN

MOST_CONTACTS = 10

COPIED = {"account", *Newsletter.CONTENT} - {"name", "send_settings"}


class TrialForm(forms.Form):
    """Who gets the test, by address."""

    addresses = forms.CharField(
        label=gettext_lazy("Addresses"),
        widget=forms.Textarea(attrs={"rows": 5, "cols": 40}),
        help_text=gettext_lazy("One per line, at most 10: of contacts that are active on a list."),
    )

    def __init__(self, newsletter: Newsletter, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.newsletter = newsletter

    def clean_addresses(self) -> list[str]:
        """The remote ids of the contacts, one for each address."""
        given = list(dict.fromkeys(self.cleaned_data["addresses"].lower().split()))
        if len(given) > MOST_CONTACTS:
            raise ValidationError(_("These are %(count)d addresses.") % {"count": len(given)})
        found = contacts_at(self.newsletter, given)
        if unknown := [address for address in given if address not in found]:
            text = _("No active contact of this account has the address: %(addresses)s.")
            raise ValidationError(text % {"addresses": ", ".join(unknown)})
        return [found[address] for address in given]


def contacts_at(newsletter: Newsletter, addresses: list[str]) -> dict[str, str]:
    """Address -> remote id of an active contact, rather one of the newsletter's own list."""
    active = Contact.plain.filter(
        account=newsletter.account_id,
        email_lower__in=addresses,
        state=ContactState.ACTIVE,
        contact_id__isnull=False,
    )
    rows = list(active.order_by("pk").values_list("campaign_id", "email_lower", "contact_id"))
    rows.sort(key=lambda row: row[0] == newsletter.campaign_id)
    return {str(address): str(contact_id) for _campaign, address, contact_id in rows}


def trial_view(admin: Any, request: HttpRequest, newsletter: Newsletter) -> HttpResponse:
    """Ask who gets the test, and send it to them."""
    if not newsletter.is_at_rest:
        admin.message_user(
            request, _("Only a draft that is not on its way can be tried out."), messages.ERROR
        )
        return HttpResponseRedirect(admin.page_url(newsletter))
    form = TrialForm(newsletter, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return send_trial(admin, request, newsletter, form.cleaned_data["addresses"])
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
    context = {
        **admin.page_context(request, newsletter, _("Test “%(name)s”") % {"name": newsletter}),
        "form": form,
        "seen_name": SEEN,
        "seen": last_trial(newsletter),
    }
    return TemplateResponse(request, "admin/getresponse_django/newsletter/trial.html", context)


def send_trial(
    admin: Any, request: HttpRequest, newsletter: Newsletter, contact_ids: list[str]
) -> HttpResponse:
    """Make the copy, unless another one was made since the page was shown. Raises ValidationError."""
    with transaction.atomic():
        # Locked: of two clicks the second waits here, and finds the copy that the first one made.
        Newsletter.plain.select_for_update().get(pk=newsletter.pk)
        if request.POST.get(SEEN) != str(last_trial(newsletter)):
            text = _("No test was sent by this: one was sent since the page was shown.")
            admin.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(admin.page_url(newsletter))
        copy = trial_of(newsletter, contact_ids)
        copy.full_clean(exclude=["account"])
        copy.save()
        admin.log_addition(request, copy, _("A test of another newsletter."))
    admin.message_user(request, _("The test is a newsletter of its own, this one."), messages.SUCCESS)
    admin.say_what_follows(request, copy)
    return HttpResponseRedirect(admin.page_url(copy))


def trial_of(newsletter: Newsletter, contact_ids: list[str]) -> Newsletter:
    """A broadcast of the same content to these contacts, at once."""
    source = newsletter.send_settings.get("externalLexpad")
    settings = {"selectedContacts": contact_ids} | ({"externalLexpad": source} if source else {})
    same = {name: getattr(newsletter, name) for name in COPIED}
    return Newsletter(**same, name=trial_name(newsletter), type="broadcast", send_settings=settings)


def trial_name(newsletter: Newsletter) -> str:
    """The name of its tests, as long as GetResponse takes names."""
    return f"[test] {newsletter}"[:128]


def last_trial(newsletter: Newsletter) -> int:
    """The key of its last test; 0 when there was none."""
    tests = Newsletter.plain.filter(account=newsletter.account_id, name=trial_name(newsletter))
    return int(tests.aggregate(last=Max("pk"))["last"] or 0)
