"""The Django signals of the package. Receivers run after the fact and cannot veto anything."""

from django.dispatch import Signal

contact_linked = Signal()
"""A contact got its remote id. Arguments: ``contact``."""

contact_left = Signal()
"""A contact is no longer on its campaign in GetResponse. Arguments: ``contact``."""

change_gave_up = Signal()
"""A change will not be tried again without a person. Arguments: ``change``."""

account_refused = Signal()
"""GetResponse began to refuse the account: nothing is sent any more. Arguments: ``account``, ``reason``."""

account_restored = Signal()
"""A refused account works again. Arguments: ``account``, ``reason`` for which it had been refused."""

webhook_received = Signal()
"""An authentic webhook event was processed. Arguments: ``event``."""

change_recorded = Signal()
"""A change was committed and waits to be pushed. Arguments: ``account_id``. Internal: tasks.py listens."""

event_recorded = Signal()
"""Webhook events were committed and wait. Arguments: ``account_id``. Internal: tasks.py listens."""
