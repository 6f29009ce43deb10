"""Pull of the consents of one contact, on demand: there is a request for each, and no list of all."""

from __future__ import annotations

from .. import mirror
from ..client import Client
from ..models import Contact
from ..models.readings import ReadingKind
from .readings import reading
from .running import client_for


def contact_consents(contact: Contact, *, client: Client | None = None) -> int:
    """Read what a contact agreed to into ``contact.consents``; returns how many consents there are.

    A contact that GetResponse does not have (yet) has none: nothing is asked. Raises GetResponseError, and
    then the consents stay as they were read last.
    """
    if contact.contact_id is None or contact.gone:
        return 0
    with reading(contact, ReadingKind.CONSENTS):
        with client_for(contact.account, client, interactive=True) as own:
            items = own.get(f"/contacts/{contact.contact_id}/consents")
        return mirror.mirror_consents(contact, items or [])
