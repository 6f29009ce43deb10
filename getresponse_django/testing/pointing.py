"""Pointing a site at a sandbox: its settings, and the lists and custom fields its rules count on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import mirror, subscribers
from ..models import Account
from ..resources import RESOURCES
from ..sandbox import Sandbox

SOON: dict[str, Any] = {"TIMEOUT": (2, 5), "BACKOFF": (1, 2), "SETTLE_SECONDS": 2}
"""Waits that suit a GetResponse on the same machine."""

REACHED_BY = {"ACCESS_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "PLATFORM", "DOMAIN"}
"""What says how the real account is reached; the sandbox wants a key."""


def pointed_at(sandbox: Sandbox, ours: Mapping[str, Any]) -> dict[str, Any]:
    """``GETRESPONSE`` with every account, or "default" if there is none, at the sandbox; the rest stays."""
    accounts = {}
    for alias, account in (ours.get("ACCOUNTS") or {"default": {}}).items():
        kept = {name: value for name, value in account.items() if name not in REACHED_BY}
        accounts[alias] = kept | {"API_KEY": sandbox.key, "BASE_URL": sandbox.url}
    return {**ours, **SOON, "ACCOUNTS": accounts, "ENABLED": True}


def add_what_rules_name(sandbox: Sandbox) -> None:
    """Make the lists and custom fields of the site's rules, which a person has made in the real account.

    The fields take one text or several, whatever they are there.
    """
    lists = {campaign["name"] for campaign in sandbox.campaigns()}
    fields = {field["name"] for field in sandbox.custom_fields()}
    for rule in subscribers.registry:
        if rule.campaign and rule.campaign not in lists:
            lists.add(sandbox.add_campaign(rule.campaign)["name"])
        for name in rule.custom_fields:
            if name not in fields:
                fields.add(sandbox.add_custom_field(name, "multi_select")["name"])


def mirror_names(sandbox: Sandbox, account: Account) -> None:
    """What ``getresponse_pull`` learns of lists, fields and tags, without a request that a test would see."""
    mirror.mirror_named(account, RESOURCES["campaign"], sandbox.campaigns())
    mirror.mirror_named(account, RESOURCES["custom_field"], sandbox.custom_fields())
    mirror.mirror_named(account, RESOURCES["tag"], sandbox.tags())
