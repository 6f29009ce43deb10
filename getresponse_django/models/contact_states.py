"""The states of a contact, from its signup to its leaving."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class ContactState(models.TextChoices):
    """How far a contact is on its way to or from GetResponse."""

    NEW = "new", _("new")  # never sent
    SENT = "sent", _("sent")  # the request left, its answer is not known yet
    ACCEPTED = "accepted", _("accepted")  # GetResponse queued it; there is no id yet
    UNCONFIRMED = "unconfirmed", _("awaiting confirmation")  # the person has not clicked the opt-in link
    ACTIVE = "active", _("active")
    LEAVING = "leaving", _("leaving")  # to be removed from the list
    LEFT = "left", _("left")
    REJECTED = "rejected", _("rejected")  # GetResponse did not take it; last_error says why


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

NOT_AGAIN = _("Not subscribed again: that needs a consent newer than the leaving.")

GONE = (ContactState.LEFT, ContactState.REJECTED)
HERE = (ContactState.ACTIVE, ContactState.LEAVING)
"""On the list, as far as is known."""
UNLINKED = (ContactState.SENT, ContactState.ACCEPTED, ContactState.UNCONFIRMED)
"""Sent, and the remote id is not known yet."""
