"""A segment out of the filters of the contact list, where GetResponse can search for the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...models import Account, Campaign, ContactState, Segment, Tag
from ...models.conditions import Expression, email, has_tag, subscribed
from ..shared.typed import ModelAdmin

OF_THE_LIST = frozenset({"o", "p", "all", "e"})
"""Parameters of the list that choose nobody: the order and the page."""

CAMPAIGN, ACCOUNT, TAG = "campaign__id__exact", "account__id__exact", "tags__id__exact"
SINCE, UNTIL = "created_on__gte", "created_on__lt"


class NameForm(forms.Form):
    """What the segment is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=255)


def unsaid(params: Mapping[str, str]) -> Iterator[str]:
    """What of the filters a search in GetResponse cannot say, in words."""
    for name, value in params.items():
        match name:
            case "state__exact" if value == ContactState.ACTIVE:
                pass
            case "state__exact":
                yield _("A search finds only contacts that are on a list: filter by the state “active”.")
            case "q" if "@" in value or not value.strip():
                pass
            case "q":
                yield _("A search needs an address, or its beginning up to the @, not “%(text)s”.") % {
                    "text": value
                }
            case _other if name not in {CAMPAIGN, ACCOUNT, TAG, SINCE, UNTIL, *OF_THE_LIST}:
                yield _("A search knows nothing like the filter “%(name)s”.") % {"name": name}


def conditions(params: Mapping[str, str], tag: Tag | None) -> list[Expression]:
    """What has to be true of a contact, beside its list. Raises ValueError for a date that is none."""
    found: list[Expression] = [has_tag(tag)] if tag else []
    if address := params.get("q", "").strip():
        found.append(email().starts_with(address))
    if since := params.get(SINCE):
        found.append(subscribed().since(moment(since).date()))
    if until := params.get(UNTIL):
        found.append(subscribed().until((moment(until) - timedelta(microseconds=1)).date()))
    return found


def moment(text: str) -> datetime:
    """A moment as the list writes it, in UTC, whose days GetResponse counts. Raises ValueError."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_("“%(text)s” is no date.") % {"text": text}) from None
    return (timezone.make_aware(read) if timezone.is_naive(read) else read).astimezone(UTC)


def segment_of(params: Mapping[str, str]) -> Segment:
    """The segment, not saved and without a name. Raises ValueError with what GetResponse cannot say."""
    if refused := list(unsaid(params)):
        raise ValueError(" ".join(refused))
    campaign, tag = row(Campaign, params.get(CAMPAIGN)), row(Tag, params.get(TAG))
    account = account_of(params, campaign or tag)
    definition = Segment.where(
        *conditions(params, tag), campaigns=[campaign] if campaign else None, account=account
    )
    return Segment(account=account, definition=definition)


def account_of(params: Mapping[str, str], named: Campaign | Tag | None) -> Account:
    """The account that is searched. Raises ValueError where several could be meant."""
    if named is not None:
        return named.account
    accounts = list(Account.objects.order_by("pk")[:2])
    chosen = row(Account, params.get(ACCOUNT)) or (accounts[0] if len(accounts) == 1 else None)
    if chosen is None:
        raise ValueError(_("A segment belongs to one account: filter by account or by list."))
    return chosen


def row(model: Any, pk: str | None) -> Any:
    """The row that a filter names; None where it names none. Raises ValueError for one that is not there."""
    if pk is None:
        return None
    rows = getattr(model, "plain", model.objects)
    found = rows.filter(pk=pk).first() if pk.isdigit() else None
    if found is None:
        raise ValueError(_("What the list is filtered by is not there any more."))
    return found


def segment_view(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Say whom the segment would find and ask for its name; make it. Raises PermissionDenied."""
    if not (admin.has_view_permission(request) and request.user.has_perm("getresponse_django.add_segment")):
        raise PermissionDenied
    form, segment, refused = NameForm(request.POST or None), None, ""
    try:
        segment = segment_of(request.GET.dict())
    except ValueError as error:
        refused = str(error)
    if segment and request.method == "POST" and form.is_valid():
        segment.name = form.cleaned_data["name"]
        try:
            return made(admin, request, segment)
        except ValidationError as error:
            form.add_error(None, error.messages)
    context = {
        **admin.admin_site.each_context(request),
        "title": _("A segment of the filters"),
        "opts": admin.opts,
        "media": admin.media,
        "form": form,
        "refused": refused,
        "finds": segment.in_words() if segment else "",
        "back": f"{reverse('admin:getresponse_django_contact_changelist')}?{request.GET.urlencode()}",
    }
    return TemplateResponse(request, "admin/getresponse_django/contact/segment.html", context)


def made(admin: ModelAdmin, request: HttpRequest, segment: Segment) -> HttpResponse:
    """Save it, which records that GetResponse is to get it. Raises ValidationError."""
    segment.full_clean()
    segment.save()
    text = _("The segment is recorded. GetResponse gets it with the next push.")
    admin.message_user(request, text, messages.SUCCESS)
    return HttpResponseRedirect(reverse("admin:getresponse_django_segment_change", args=[segment.pk]))
