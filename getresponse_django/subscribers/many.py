"""Many objects at once: sync, reconcile, and what the rules name that GetResponse lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models, router, transaction

from ..conf import app_settings
from ..mirror.named import GONE
from ..models import Campaign, Contact, CustomField
from ..models.outbox import bulk_work
from .following import safely
from .registry import registry, rules_for

if TYPE_CHECKING:
    from .rule import Subscriber


def sync_safely(rule: Subscriber, obj: Any) -> str:
    """``rule.sync`` whose failure concerns this object only."""
    return safely(rule, obj, rule.sync) or ""


def sync(
    objects: models.QuerySet[Any] | Iterable[Any],
    *,
    dry_run: bool = False,
    rules: Iterable[Subscriber] | None = None,
) -> Counter[str]:
    """Apply the rules to many objects; returns how many were "subscribed", "updated" and "unsubscribed".

    ``rules`` default to all of the object's model. ``dry_run`` counts and changes nothing. With ENABLED False
    nothing is done, for nothing would be pushed.
    """
    counts: Counter[str] = Counter()
    if not (app_settings.ENABLED or dry_run):
        return counts
    with bulk_work():
        for obj in objects.iterator() if isinstance(objects, models.QuerySet) else objects:
            with transaction.atomic(using=router.db_for_write(Contact)):
                for rule in rules_for(type(obj)) if rules is None else rules:
                    if result := sync_safely(rule, obj):
                        counts[result] += 1
                if dry_run:
                    transaction.set_rollback(True, using=router.db_for_write(Contact))
    return counts


def reconcile(*, dry_run: bool = False, account: str | None = None) -> dict[str, Counter[str]]:
    """Apply every rule, or those of one account, to every object of its model; returns the counts by rule."""
    return {
        str(rule): sync(rule.model._default_manager.all(), dry_run=dry_run, rules=[rule])
        for rule in registry
        if account in (None, rule.account)
    }


def unknown_campaigns() -> list[tuple[Subscriber, str]]:
    """The rules whose list is not known to be in GetResponse, in one query."""
    linked = Campaign.plain.filter(campaign_id__isnull=False, name__in={rule.campaign for rule in registry})
    known = set(linked.exclude(last_error=GONE).values_list("account__alias", "name"))
    return [(rule, rule.campaign) for rule in registry if (rule.account, rule.campaign) not in known]


def unknown_fields() -> list[tuple[Subscriber, str]]:
    """The rules with custom fields that are not known to be in GetResponse, and the names of these, in one
    query.
    """
    named = {name for rule in registry for name in rule.custom_fields}
    linked = CustomField.plain.filter(custom_field_id__isnull=False, name__in=named)
    known = set(linked.values_list("account__alias", "name"))
    return [
        (rule, name) for rule in registry for name in rule.custom_fields if (rule.account, name) not in known
    ]
