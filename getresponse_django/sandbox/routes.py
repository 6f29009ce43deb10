"""All operations. A new module of operations is named here, so that its routes are known."""

from __future__ import annotations

from . import (
    accounts,
    autoresponders,
    campaign_statistics,
    campaigns,
    contact_creation,
    contacts,
    custom_fields,
    from_fields,
    newsletters,
    search_contacts,
    tags,
)
from .routing import ROUTES, Router

MODULES = (
    accounts,
    autoresponders,
    campaign_statistics,
    campaigns,
    contact_creation,
    contacts,
    custom_fields,
    from_fields,
    newsletters,
    search_contacts,
    tags,
)
ROUTER = Router(ROUTES)
