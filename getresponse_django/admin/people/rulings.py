"""What the rules of the site say of an address. They are only asked: nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldError
from django.db import models, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from ...models import Contact
from ...subscribers import Subscriber, registry

MOST_OBJECTS = 20
"""Of one rule that are asked about."""

MOST_SEARCHED = 1000
"""Objects whose address is computed are looked through one by one, so no more than these."""


class Verdict(Enum):
    """What a rule says."""

    WANTED = "wanted"
    UNWANTED = "unwanted"
    NO_OBJECT = "no object"
    NO_ADDRESS = "no address"
    OTHER_ADDRESS = "other address"
    UNSEARCHABLE = "unsearchable"
    FAILED = "failed"


@dataclass(frozen=True)
class Ruling:
    """What one rule says of one object (or of none) for an address."""

    rule: str
    account: str
    campaign: str
    verdict: Verdict
    words: str
    object: str = ""
    url: str = ""


def rulings(email: str, contacts: list[Contact], site: AdminSite, request: HttpRequest) -> list[Ruling]:
    """What every registered rule says of ``email``, which has these contacts."""
    return [ruling for rule in registry for ruling in of_rule(rule, email, contacts, site, request)]


def of_rule(
    rule: Subscriber, email: str, contacts: list[Contact], site: AdminSite, request: HttpRequest
) -> Iterator[Ruling]:
    """What one rule says."""
    plural, where = rule.model._meta.verbose_name_plural, (str(rule), rule.account, rule.campaign)
    try:
        with transaction.atomic():  # so that a query of the rule that fails breaks none of ours
            objects, all_searched = objects_of(rule, email, contacts)
    except Exception as error:
        # The code of the site may raise anything; only the kind is shown: the text may hold personal data.
        words = _("The rule failed: %(kind)s.") % {"kind": type(error).__name__}
        yield Ruling(*where, Verdict.FAILED, words)
        return
    for obj in objects:
        verdict, words = judged(rule, obj, email)
        yield Ruling(*where, verdict, words, *named(obj, site, request))
    if not objects and all_searched:
        words = _("No object among the %(plural)s has this address.") % {"plural": plural}
        yield Ruling(*where, Verdict.NO_OBJECT, words)
    elif not objects:
        words = _("It computes the address, and there are too many %(plural)s to look through. Open the one.")
        yield Ruling(*where, Verdict.UNSEARCHABLE, words % {"plural": plural})


def judged(rule: Subscriber, obj: Any, email: str) -> tuple[Verdict, str]:
    """What a rule says of an object, and in words."""
    try:
        with transaction.atomic():
            address = rule.address(obj)
            wanted = bool(address) and rule.wants(obj)
    except Exception as error:  # as above
        return Verdict.FAILED, _("The rule failed: %(kind)s.") % {"kind": type(error).__name__}
    if not address:
        return Verdict.NO_ADDRESS, _("Not wanted: the object has no address.")
    if address.lower() != email.lower():
        return Verdict.OTHER_ADDRESS, _("The object has another address now; the next push renames.")
    if not wanted:
        return Verdict.UNWANTED, _("Not wanted: wants() is false for it.")
    return Verdict.WANTED, _("Wanted on the list.")


def objects_of(rule: Subscriber, email: str, contacts: list[Contact]) -> tuple[list[Any], bool]:
    """The objects for an address, also the users of these contacts; and whether all were searched."""
    found: dict[Any, Any] = {}
    if issubclass(get_user_model(), rule.model) or issubclass(rule.model, get_user_model()):
        users = {contact.user_id for contact in contacts if contact.user_id}
        found |= rule.model._default_manager.in_bulk(list(users))
    matches, all_searched = matching(rule, email)
    found |= {obj.pk: obj for obj in matches}
    return list(found.values())[:MOST_OBJECTS], all_searched


def matching(rule: Subscriber, email: str) -> tuple[list[Any], bool]:
    """The objects whose address this is: by the database where it is a column, else one by one."""
    every: models.QuerySet[Any] = rule.model._default_manager.order_by("pk")
    if isinstance(rule.email, str):
        try:
            return list(
                every.filter(**{f"{rule.email.replace('.', '__')}__iexact": email})[:MOST_OBJECTS]
            ), True
        except FieldError:
            pass  # a method or a property is on the path
    some = list(every[: MOST_SEARCHED + 1])
    found = [obj for obj in some[:MOST_SEARCHED] if rule.address(obj).lower() == email.lower()]
    return found[:MOST_OBJECTS], len(some) <= MOST_SEARCHED


def named(obj: Any, site: AdminSite, request: HttpRequest) -> tuple[str, str]:
    """An object's name and page, for who may see it; else what it is and its key."""
    admin = site._registry.get(type(obj))
    meta = obj._meta
    if admin is None or not admin.has_view_permission(request, obj):
        return f"{meta.verbose_name} {obj.pk}", ""
    return str(obj), reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])
