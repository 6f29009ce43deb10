"""All operations. A new module of operations is named here, so that its routes are known."""

from __future__ import annotations

from . import (
    account_panel,
    accounts,
    autoresponders,
    campaign_statistics,
    campaigns,
    click_tracks,
    contact_creation,
    contacts,
    custom_fields,
    from_fields,
    gdpr_fields,
    imports,
    newsletters,
    predefined_fields,
    rss_newsletters,
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
    click_tracks,
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
    rss_newsletters,
    subscription_confirmations,
    suppressions,
    tags,
)
ROUTER = Router(ROUTES)
