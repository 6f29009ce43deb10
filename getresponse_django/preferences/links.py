"""Links that let one person, and nobody else, see and leave their lists: signed, good for a year."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urljoin

from django.core import signing
from django.urls import reverse

from ..models import Contact

SALT = "getresponse_django."
PREFERENCES, UNSUBSCRIBE = "preferences", "unsubscribe"
"""What a link is for; one for leaving a list does not open the page with all of them."""
MAX_AGE = timedelta(days=365)


def preference_link(contact: Contact, base: str = "") -> str:
    """The page on which the person of ``contact`` sees and leaves all lists, beginning with ``base``, the
    address of the site (``https://www.example.com``). Raises ValueError for a contact that is not saved.
    """
    return link(PREFERENCES, contact, base)


def unsubscribe_link(contact: Contact, base: str = "") -> str:
    """The address that takes the person off this one list, for a page and for the header List-Unsubscribe
    (RFC 8058). As ``preference_link``.
    """
    return link(UNSUBSCRIBE, contact, base)


def link(purpose: str, contact: Contact, base: str) -> str:
    """An address that holds the key of the contact and no personal data."""
    if contact.pk is None:
        raise ValueError("Save the contact before you make a link for it.")
    token = signing.dumps(contact.pk, salt=SALT + purpose)
    return urljoin(base, reverse(f"getresponse_django:{purpose}", args=[token]))


def contact_of(token: str, purpose: str) -> Contact:
    """The contact of a link. Raises SignatureExpired, BadSignature and Contact.DoesNotExist."""
    pk = signing.loads(token, salt=SALT + purpose, max_age=MAX_AGE)
    return Contact.objects.select_related("account", "campaign").get(pk=pk)
