"""All operations. A new module of operations is named here, so that its routes are known."""

from __future__ import annotations

from .account import account_panel, accounts
from .audience import (
    campaign_statistics,
    campaigns,
    contact_creation,
    contacts,
    custom_fields,
    from_fields,
    gdpr_fields,
    imports,
    predefined_fields,
    subscription_confirmations,
    suppressions,
    tags,
)
from .messages import (
    ab_tests,
    activities,
    autoresponders,
    click_tracks,
    newsletters,
    rss_newsletters,
    splittests,
    workflows,
)
from .operations.routing import ROUTES, Router
from .searches import search_contacts
from .shops import addresses, carts, categories, meta_fields, orders, products, shops, taxes, variants
from .transactional import transactional_emails, transactional_statistics, transactional_templates

MODULES = (
    ab_tests,
    account_panel,
    accounts,
    activities,
    addresses,
    autoresponders,
    campaign_statistics,
    campaigns,
    carts,
    categories,
    click_tracks,
    contact_creation,
    contacts,
    custom_fields,
    from_fields,
    gdpr_fields,
    imports,
    meta_fields,
    newsletters,
    orders,
    predefined_fields,
    products,
    rss_newsletters,
    search_contacts,
    shops,
    splittests,
    subscription_confirmations,
    suppressions,
    tags,
    taxes,
    transactional_emails,
    transactional_statistics,
    transactional_templates,
    variants,
    workflows,
)
ROUTER = Router(ROUTES)
