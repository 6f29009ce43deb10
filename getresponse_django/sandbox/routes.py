"""All operations. A new module of operations is named here, so that its routes are known."""

from __future__ import annotations

from . import (
    accounts,
    addresses,
    autoresponders,
    campaign_statistics,
    campaigns,
    carts,
    categories,
    contact_creation,
    contacts,
    custom_fields,
    from_fields,
    meta_fields,
    newsletters,
    orders,
    products,
    search_contacts,
    shops,
    tags,
    taxes,
    variants,
)
from .routing import ROUTES, Router

MODULES = (
    accounts,
    addresses,
    autoresponders,
    campaign_statistics,
    campaigns,
    carts,
    categories,
    contact_creation,
    contacts,
    custom_fields,
    from_fields,
    meta_fields,
    newsletters,
    orders,
    products,
    search_contacts,
    shops,
    tags,
    taxes,
    variants,
)
ROUTER = Router(ROUTES)
