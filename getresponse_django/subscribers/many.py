"""Many objects at once: sync, reconcile, and what the rules name that GetResponse lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, models, reset_queries, router, transaction
from django.db.models import prefetch_related_objects

from .. import mirror
from ..conf import app_settings
from ..mirror.named import GONE
from ..models import Campaign, Contact, CustomField
from ..models.outbox import bulk_work
from ..pull.running import groups_of
from ..resources import Json
from .asking import Reply, ask_all, fresh, relations, still_said
from .following import of_list, safely
from .registry import registry, rules_for
from .usual import Part

if TYPE_CHECKING:
    from .rule import Subscriber


PART = 500
"""So many objects are in memory and in a transaction."""

Leavers = Callable[[Campaign, list[str]], list[Json]]
"""Of these addresses, the records of those that have left this list in GetResponse (``pull.leavers``)."""


def sync_safely(rule: Subscriber, obj: Any) -> str:
    """``rule.sync`` whose failure concerns this object only."""
    return safely(rule, obj, rule.sync) or ""


def sync(
    objects: models.QuerySet[Any] | Iterable[Any],
    *,
    dry_run: bool = False,
    rules: Iterable[Subscriber] | None = None,
    leavers: Leavers | None = None,
) -> Counter[str]:
    """Apply the rules to many objects; returns how many were "subscribed", "updated" and "unsubscribed".

    ``rules`` default to all of the object's model. ``dry_run`` counts and changes nothing. With ENABLED False
    nothing is done, for nothing would be pushed. ``leavers`` tells who of whom is not known here has left in
    GetResponse.
    """
    counts: Counter[str] = Counter()
    if not (app_settings.ENABLED or dry_run):
        return counts
    chosen, subscribed = None if rules is None else list(rules), set[int]()
    with bulk_work():
        for part in parts_of(objects):
            for rule in rules_for(type(part[0])) if chosen is None else chosen:
                for place, result in sync_part(rule, part, dry_run=dry_run, leavers=leavers):
                    # A dry run forgets each part, so an address would be new in several of them.
                    key = hash((rule.key, place)) if dry_run and result == "subscribed" else 0
                    counts["" if key in subscribed else result] += 1
                    subscribed |= {key} - {0}
            if settings.DEBUG:
                reset_queries()  # DEBUG keeps them all
    del counts[""]
    return counts


def parts_of(objects: models.QuerySet[Any] | Iterable[Any]) -> Iterator[list[Any]]:
    """Up to ``PART`` objects of one model at a time."""
    source = objects.iterator(PART) if isinstance(objects, models.QuerySet) else objects
    for _model, group in groupby(source, key=type):
        yield from groups_of(group, PART)


def sync_part(
    rule: Subscriber, objects: list[Any], *, dry_run: bool, leavers: Leavers | None
) -> list[tuple[str, str]]:
    """(address, result) of each object: the usual ones together, then the others one by one, as are all when
    the database refuses something. Everything in one transaction; a dry run rolls it back.
    """
    prefetch_related_objects(objects, *relations(rule))
    replies = ask_all(rule, objects)
    campaign = known_campaign(rule) if leavers else None
    left = leavers(campaign, newcomers(rule, replies)) if leavers and campaign else []
    using = router.db_for_write(Contact)
    with transaction.atomic(using=using):
        if campaign and left:
            mirror.mirror_leavers(campaign, left)
        try:
            with transaction.atomic(using=using):
                done = sync_usual(rule, replies, dry_run=dry_run)
        except (DatabaseError, ValueError):
            done = {}
        for obj in fresh(rule, [obj for obj in objects if obj.pk not in done]):
            done[obj.pk] = (place_of(rule, obj), sync_safely(rule, obj))
        transaction.set_rollback(dry_run, using=using)
    return list(done.values())


def known_campaign(rule: Subscriber) -> Campaign | None:
    """The list of a rule, if it is known to be in GetResponse."""
    linked = Campaign.plain.filter(campaign_id__isnull=False, name=rule.campaign)
    return linked.filter(account__alias=rule.account).select_related("account").first()


def newcomers(rule: Subscriber, replies: list[Reply]) -> list[str]:
    """The addresses that are wanted and were never on the list, as far as is known here."""
    wanted = {reply.place for reply in replies if reply.said}
    known = of_list(rule).filter(email_lower__in=wanted).values_list("email_lower", flat=True)
    return sorted(wanted.difference(known))


def sync_usual(rule: Subscriber, replies: list[Reply], *, dry_run: bool) -> dict[Any, tuple[str, str]]:
    """Key of the object -> (address, result), of those that are usual."""
    part, done, usual = Part(rule, replies), dict[Any, tuple[str, str]](), []
    for reply in still_said(rule, replies):
        if part.is_nothing(reply):
            done[reply.obj.pk] = (reply.place, "")
        elif one := part.take(reply):
            usual.append(one)
    if not dry_run:
        part.write(usual)
    return done | {one.reply.obj.pk: (one.reply.place, one.result) for one in usual}


def place_of(rule: Subscriber, obj: Any) -> str:
    """The address of an object, as it is compared; its key where the rule fails."""
    return (safely(rule, obj, rule.address) or str(obj.pk)).lower()


def reconcile(
    *, dry_run: bool = False, account: str | None = None, leavers: Leavers | None = None
) -> dict[str, Counter[str]]:
    """Apply every rule, or those of one account, to every object of its model; returns the counts by rule."""
    return {
        str(rule): sync(rule.model._default_manager.all(), dry_run=dry_run, rules=[rule], leavers=leavers)
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
