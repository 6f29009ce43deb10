"""The mails of the shop. Whatever it sends says how to get no more of it."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from getresponse_django.models import Contact
from getresponse_django.preferences import preference_link, unsubscribe_link


def send_welcome(contact: Contact, site: str) -> None:
    """Greet a new subscriber. ``site`` is the address of the shop, ``https://www.example.com/``."""
    text = _("Welcome to the Example Shop!\n\nYour newsletters: %(link)s\n")
    EmailMessage(
        _("Welcome"),
        text % {"link": preference_link(contact, site)},
        to=[contact.email],
        # Mail programs show a button that posts to it, and nobody has to log in (RFC 8058).
        headers={
            "List-Unsubscribe": f"<{unsubscribe_link(contact, site)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    ).send()
