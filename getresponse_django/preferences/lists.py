"""The lists of one person: which there are, what they are called, and how to leave one."""

from __future__ import annotations

from django.db import router, transaction
from django.utils.translation import gettext as _

from ..models import Campaign, ConsentRecord, Contact, ContactState
from ..models.consent_records import Source
from ..models.contact_states import GONE
from ..models.contacts import ContactQuerySet

ON_THE_WAY = (ContactState.NEW, ContactState.SENT, ContactState.ACCEPTED)


def memberships(contact: Contact) -> ContactQuerySet:
    """The contacts of this person on lists that they are on, or on the way to."""
    mine = Contact.objects.at(contact.account, contact.email)
    return mine.exclude(state__in=(*GONE, ContactState.LEAVING)).select_related("campaign").order_by("pk")


def title_of(campaign: Campaign) -> str:
    """What a list is called towards people: the title of its profile, else its name."""
    return str(campaign.profile.get("title") or campaign.name)


def awaits_confirmation(contact: Contact) -> bool:
    """Whether the person still has to click the link in the e-mail that asks for it."""
    expected = contact.state in ON_THE_WAY and contact.campaign.double_optin
    return contact.state == ContactState.UNCONFIRMED or expected


def in_words(contact: Contact) -> str:
    """A membership as the person reads it."""
    title = title_of(contact.campaign)
    return _("%(list)s (awaiting confirmation)") % {"list": title} if awaits_confirmation(contact) else title


def leave_list(contact: Contact, *, ip_address: str = "") -> None:
    """Take the person off the list of ``contact``, and write down that the consent is taken back. Once:
    mail programs ask twice.
    """
    with transaction.atomic(using=router.db_for_write(Contact)):
        mine = memberships(contact).filter(campaign=contact.campaign_id)
        is_here = bool(mine.select_related(None).select_for_update())
        if is_here or ConsentRecord.objects.withdrawn_on(contact) is None:
            ConsentRecord.objects.note_withdrawn(contact, source=Source.FORM, ip_address=ip_address)
        Contact.objects.unsubscribe(contact.email, campaign=contact.campaign, account=contact.account)


def rename(contact: Contact, name: str) -> None:
    """Call the person so on all their lists."""
    with transaction.atomic(using=router.db_for_write(Contact)):
        for membership in memberships(contact).select_related(None).select_for_update():
            membership.name = name
            membership.save()
