"""Pull of what one contact was sent, opened and clicked, when somebody asks for it: for all contacts it would
cost a request each.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from .. import mirror
from ..client import Client
from ..models import Contact
from ..models.readings import ReadingKind
from ..resources import activity_fields
from .readings import reading
from .running import client_for

OVERLAP = timedelta(days=1)
"""How far before the latest known activity a pull begins again: activities become visible late."""

LONGEST = timedelta(days=730)
"""How far back a first pull goes, of a contact of which nobody knows since when it is there."""


def activities(contact: Contact, *, client: Client | None = None) -> int:
    """Read the activities of a contact since the latest known one, or all; returns how many were new.

    GetResponse tells only the last 14 days unless asked since when (contract: getActivities). In which order
    is not said, so they are written when all pages were read: what is there never hides a hole. Asks nothing
    about a contact that is not linked. Raises what the client raises, NotFound when the contact is gone.
    """
    if not contact.contact_id:
        return 0
    path, query = f"/contacts/{contact.contact_id}/activities", {"createdOn": {"from": begin(contact)}}
    with reading(contact, ReadingKind.ACTIVITIES):
        with client_for(contact.account, client, interactive=True) as own:
            found = [fields for page in own.pages(path, query=query) for fields in read(page)]
        return mirror.mirror_activities(contact, found)


def begin(contact: Contact) -> datetime:
    """Since when to ask."""
    latest = contact.activities.order_by("-created_on").values_list("created_on", flat=True).first()
    return latest - OVERLAP if latest else contact.created_on or timezone.now() - LONGEST


def read(page: Iterable[Any]) -> Iterable[dict[str, Any]]:
    """The activities of a page as columns."""
    found = (activity_fields(item) for item in page if isinstance(item, dict))
    return (fields for fields in found if fields.get("created_on"))
