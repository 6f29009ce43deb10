"""From names to ids and back: definitions written in Python, and definitions said in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.apps import apps

from .accounts import Account
from .audience import Campaign
from .conditions import raw
from .conditions.expressions import Called, Expression, Section, joined, layout
from .conditions.sentence import mentioned, sentence
from .conditions.subjects import written_day
from .definitions import DEFINITION

MODELS = {
    "campaign": "Campaign",
    "custom_field": "CustomField",
    "tag": "Tag",
    "newsletter": "Newsletter",
    "autoresponder": "Autoresponder",
}
"""What definitions mention by id and is mirrored: the resource and its model."""

WORDS = {"campaign": "list", "custom_field": "custom field", "tag": "tag"}
CYCLES = {
    None: ["receiving_autoresponder", "not_receiving_autoresponder"],
    True: ["receiving_autoresponder"],
    False: ["not_receiving_autoresponder"],
}

Rows = dict[Called, Any]


def searched(
    conditions: Sequence[Expression | Mapping[str, Any]],
    *,
    campaigns: Iterable[Campaign | str] | None,
    account: Account,
    subscribed: str | tuple[date, date],
    receiving_autoresponder: bool | None,
) -> dict[str, Any]:
    """The definition; see ``Segment.where``."""
    parts = [one if isinstance(one, Expression) else raw(one) for one in conditions]
    logic, sections = layout(parts[0] if len(parts) == 1 else joined("and", *parts))
    lists = None if campaigns is None else list(campaigns)
    names = {name for part in sections for one in part.conditions for name in one.names()}
    names |= {Called("campaign", one) for one in lists or () if isinstance(one, str)}
    rows = rows_of(account, names)
    envelope = {
        "campaignIdsList": campaign_ids(account, lists, rows),
        "subscriberCycle": CYCLES[receiving_autoresponder],
        **when_subscribed(subscribed),
    }
    written = [
        {
            **envelope,
            "logicOperator": part.logic,
            "conditions": [one.written(rows) for one in part.conditions],
        }
        for part in sections or [Section("and", [])]
    ]
    definition = {"sectionLogicOperator": logic, "section": written}
    if complaints := list(DEFINITION(definition)):
        raise ValueError(" ".join(complaints))
    return definition


def when_subscribed(subscribed: str | tuple[date, date]) -> dict[str, Any]:
    """The members of a section that say when its contacts subscribed."""
    if isinstance(subscribed, str):
        return {"subscriptionDate": subscribed}
    first, last = map(written_day, subscribed)
    return {"subscriptionDate": "custom", "customDate": {"from": first, "to": last}}


def campaign_ids(account: Account, lists: list[Campaign | str] | None, rows: Rows) -> list[str]:
    """The ids of lists; None are all that GetResponse has. Raises ValueError for none and unlinked ones."""
    if lists is None:
        known = Campaign.plain.filter(account=account, campaign_id__isnull=False).order_by("pk")
        found = [str(campaign_id) for campaign_id in known.values_list("campaign_id", flat=True)]
    else:
        found = [linked(rows[Called("campaign", one)] if isinstance(one, str) else one) for one in lists]
    if not found:
        raise ValueError("A search needs a list to look on: pull the lists, or name one in campaigns=[...].")
    return found


def linked(campaign: Campaign) -> str:
    """The id of a list. Raises ValueError when GetResponse does not have it yet."""
    if not campaign.campaign_id:
        raise ValueError(f"The list “{campaign}” is not in GetResponse yet: push it first.")
    return campaign.campaign_id


def rows_of(account: Account, names: Collection[Called]) -> Rows:
    """The rows that are called so and that GetResponse has. Raises ValueError when one is missing."""
    found: Rows = {}
    for resource, wanted in by_resource(names).items():
        rows = model_of(resource).plain.filter(
            account=account, name__in=wanted, **{f"{resource}_id__isnull": False}
        )
        found |= {Called(resource, row.name): row for row in rows}
    for missing in sorted(set(names) - found.keys()):
        raise ValueError(
            f"The account {account.alias} has no {WORDS[missing.resource]} “{missing.name}” that is in "
            "GetResponse. Mend the name; or make it and push it; or pull it."
        )
    return found


def by_resource(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Pairs (resource, name or id), grouped."""
    grouped = defaultdict(set)
    for resource, name in pairs:
        grouped[resource].add(name)
    return grouped


def model_of(resource: str) -> Any:
    """The model of a resource that definitions mention."""
    return apps.get_model("getresponse_django", MODELS[resource])


def sentences(segments: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """Each of these segments with its definition in words. At most one query for each of MODELS in all."""
    rows = list(segments)
    pairs = {pair for row in rows for pair in mentioned(row.definition)}
    names: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    for resource, ids in by_resource(pairs).items():
        if resource in MODELS:
            for account_id, remote_id, name in named(resource, {row.account_id for row in rows}, ids):
                names[account_id][resource, remote_id] = name
    return ((row, sentence(row.definition, names[row.account_id])) for row in rows)


def named(resource: str, account_ids: set[int], ids: set[str]) -> Iterator[tuple[int, str, str]]:
    """(account, remote id, name) of what has one of these ids; a message without a name has its subject."""
    model = model_of(resource)
    columns = ["account_id", f"{resource}_id", "name"]
    columns += ["subject"] if resource in ("newsletter", "autoresponder") else []
    rows = model.plain.filter(account__in=account_ids, **{f"{resource}_id__in": ids})
    for account_id, remote_id, *called in rows.values_list(*columns):
        yield account_id, remote_id, next(filter(None, called), remote_id)
