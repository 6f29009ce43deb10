"""All operations. A new module of operations is named here, so that its routes are known."""

from __future__ import annotations

from . import (
    account_panel,
    accounts,
    autoresponders,
    campaign_statistics,
    campaigns,
    contact_creation,
    contacts,
    custom_fields,
    from_fields,
    gdpr_fields,
    imports,
    newsletters,
    predefined_fields,
    search_contacts,
    subscription_confirmations,
    suppressions,
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
    account_panel,
    gdpr_fields,
    imports,
    predefined_fields,
    subscription_confirmations,
    suppressions,
    tags,
)
ROUTER = Router(ROUTES)
