"""One person on all lists: everything that is known here of an address. Nobody is asked anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from ...models import Account, Campaign, Change, Contact
from ...models.contact_states import GONE
from ..shared.typed import ModelAdmin
from .rulings import Ruling, rulings
from .story import Answer, Situation, answer

LONGEST = 254
MOST_CONTACTS = 200
"""An account has tens of lists."""

Place = tuple[str, str]
"""The alias of an account and the name of a list."""


@dataclass(frozen=True)
class Placed:
    """What the page says of one list."""

    account: str
    campaign: str
    answer: Answer
    contacts: list[Contact]


@dataclass(frozen=True)
class Waiting:
    """A change in the outbox, for the page."""

    campaign: str
    change: Change

    @property
    def state(self) -> str:
        return _("gave up") if self.change.gave_up_at else _("waiting")

    @property
    def why(self) -> str:
        return ": ".join(part for part in (self.change.get_reason_display(), self.change.detail) if part)


def page(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """The page, for ``?email=``."""
    email = request.GET.get("email", "").strip().replace("\x00", "")[:LONGEST]
    user = request.user
    context = {
        **admin.admin_site.each_context(request),
        **(known(admin, request, email) if email else {}),
        "title": _("One person on all lists"),
        "email": email,
        "opts": admin.opts,
        "media": admin.media,
        "may_see_changes": user.has_perm("getresponse_django.view_change")
        or user.has_perm("getresponse_django.change_change"),
    }
    return TemplateResponse(request, "admin/getresponse_django/contact/person.html", context)


def known(admin: ModelAdmin, request: HttpRequest, email: str) -> dict[str, Any]:
    """Everything about an address."""
    found = Contact.plain.filter(email_lower=email.lower()).select_related("account", "campaign")
    contacts = list(found.order_by("pk")[:MOST_CONTACTS])
    said = rulings(email, contacts, admin.admin_site, request)
    changes = changes_of(email, contacts)
    return {
        "places": places(contacts, said, changes),
        "rulings": said,
        "changes": [Waiting(place[1], change) for place, _pk, change in changes],
        "several": Account.objects.count() > 1,
    }


def changes_of(email: str, contacts: list[Contact]) -> list[tuple[Place, int, Change]]:
    """(list, key of the contact, change): of contacts that are here, and of those that were deleted."""
    here = {contact.pk: (contact.account.alias, contact.campaign.name) for contact in contacts}
    mine = Change.objects.filter(resource=Contact.RESOURCE).select_related("account").order_by("pk")
    found = [
        (here[change.object_pk], change.object_pk, change)
        for change in mine.filter(object_pk__in=here, tombstone__isnull=True)
    ]
    for change in mine.filter(tombstone__email__iexact=email):
        campaign_id = (change.tombstone or {}).get("campaign_id")
        named = Campaign.plain.filter(account=change.account_id, campaign_id=campaign_id).first()
        place = (change.account.alias, named.name if named else str(campaign_id))
        found.append((place, change.object_pk, change))
    return found


def places(
    contacts: list[Contact], said: list[Ruling], changes: list[tuple[Place, int, Change]]
) -> list[Placed]:
    """One answer for each list that has to do with the address."""
    where = {(contact.account.alias, contact.campaign.name) for contact in contacts}
    where |= {(ruling.account, ruling.campaign) for ruling in said} | {place for place, _pk, _c in changes}
    accounts = {account.alias: account for account in Account.objects.all()}
    linked = Campaign.plain.filter(campaign_id__isnull=False, name__in={name for _alias, name in where})
    there = set(linked.values_list("account__alias", "name"))
    now, found = timezone.now(), []
    for alias, name in sorted(where):
        mine = [c for c in contacts if (c.account.alias, c.campaign.name) == (alias, name)]
        living = next((c for c in mine if c.state not in GONE), mine[-1] if mine else None)
        about = Situation(
            contact=living,
            change=change_at((alias, name), living, changes),
            rulings=[one for one in said if (one.account, one.campaign) == (alias, name)],
            silent=accounts[alias].why_silent(now) if alias in accounts else "",
            list_is_there=(alias, name) in there,
        )
        found.append(Placed(alias, name, answer(about), mine))
    return found


def change_at(
    place: Place, contact: Contact | None, changes: list[tuple[Place, int, Change]]
) -> Change | None:
    """The change of the contact of a list; without one, of a contact that was deleted."""
    here = [(pk, change) for where, pk, change in changes if where == place]
    return next((change for pk, change in here if contact is None or contact.pk == pk), None)
