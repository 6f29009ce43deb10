"""Subscriber: the rule that says who on this site is a contact, and the receivers that follow it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from inspect import signature
from types import MethodType
from typing import Any, ClassVar, TypeVar

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, router, transaction
from django.db.models import Q
from django.db.models.signals import post_save, pre_delete

from .conf import app_settings
from .mirror.named import GONE as GONE_THERE
from .models import Campaign, Contact
from .models.contacts import GONE, ContactState
from .models.field_values import as_values
from .models.outbox import bulk_work

logger = logging.getLogger("getresponse_django")

S = TypeVar("S", bound="type[Subscriber]")
T = TypeVar("T")
Source = str | Callable[..., Any]

registry: list[Subscriber] = []
"""Every registered rule, in the order of registration."""


class Subscriber:
    """Which objects of ``model`` are on which list, with what data. Subclass it and ``@register(Model)`` it.

    ``email``, ``name`` and the values of ``custom_fields`` are an attribute, a dotted path or a callable that
    is given the object; methods met on the path are called. An empty value removes the custom field; an empty
    name changes nothing, for GetResponse cannot be sent one.
    """

    campaign: ClassVar[str] = ""
    account: ClassVar[str] = "default"
    email: ClassVar[Source] = "email"
    name: ClassVar[Source] = ""
    custom_fields: ClassVar[Mapping[str, Source]] = {}
    tags: ClassVar[Iterable[str]] = ()

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model

    def __str__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}"

    def wants(self, obj: Any) -> bool:
        """Whether ``obj`` should be on the list."""
        return True

    def consented_at(self, obj: Any) -> datetime | None:
        """When the person agreed (UTC). Needed to subscribe someone again who had left."""
        return None

    def value(self, obj: Any, source: Source) -> Any:
        """What ``source`` says of ``obj``; None where a related object on the way is missing."""
        if not source:
            return None
        if not isinstance(source, str):
            return self.unbound(source)(obj)
        for part in source.split("."):
            obj = getattr(obj, part, None)
            obj = obj() if callable(obj) and not isinstance(obj, models.Manager) else obj
            if obj is None:
                return None
        return obj

    def unbound(self, source: Callable[..., Any]) -> Callable[..., Any]:
        """``source``, given back its first argument where ``email = lambda user: ...`` made it a method."""
        if isinstance(source, MethodType) and source.__self__ is self and not signature(source).parameters:
            function: Callable[..., Any] = source.__func__
            return function
        return source

    def address(self, obj: Any) -> str:
        """The e-mail address of ``obj``, empty when it has none."""
        return str(self.value(obj, self.email) or "").strip()

    def contact_of(self, obj: Any) -> Contact | None:
        """The contact that stands for ``obj`` on this list, by its user or its address; else one that left.

        An address that belongs to another user's contact is not this one's: two users may share one.
        """
        mine = Contact.objects.filter(account__alias=self.account, campaign__name=self.campaign)
        if is_user(obj) and (linked := mine.filter(user=obj).exclude(state__in=GONE).first()):
            return linked
        if not (email := self.address(obj)):
            return None
        found = mine.filter(email_lower=email.lower())
        if is_user(obj):
            found = found.filter(Q(user=None) | Q(user=obj))
        return found.exclude(state__in=GONE).first() or found.first()

    def sync(self, obj: Any) -> str:
        """Bring the contact of ``obj`` in line with the rule; nothing is written when nothing differs.

        Returns "subscribed", "updated", "unsubscribed" or "" when nothing changed. Raises what the rule
        raises, and ValidationError for a bad address.
        """
        with transaction.atomic(using=router.db_for_write(Contact)):
            contact = self.contact_of(obj)
            email = self.address(obj)
            if not (email and self.wants(obj)):
                return self._unsubscribe(contact)
            before = snapshot(contact) or snapshot(self._anyone_at(email))
            if contact is not None and not contact.gone:
                self._rename(contact, email)
            after = snapshot(self._subscribe(obj, email))
            if not after or after == before:
                return ""
            return "updated" if before else "subscribed"

    def _anyone_at(self, email: str) -> Contact | None:
        mine = Contact.objects.filter(account__alias=self.account, campaign__name=self.campaign)
        return mine.filter(email_lower=email.lower()).exclude(state__in=GONE).first()

    def _unsubscribe(self, contact: Contact | None) -> str:
        if contact is None or contact.gone or contact.state == ContactState.LEAVING:
            return ""
        contact.leave()
        return "unsubscribed"

    def _rename(self, contact: Contact, email: str) -> None:
        """Follow a new address: in place, or by leaving where the list has the new address already."""
        if contact.email == email:
            return
        taken = Contact.objects.at(contact.account, email).filter(campaign=contact.campaign_id)
        if taken.exclude(pk=contact.pk).exists():
            contact.user = None
            contact.save()
            contact.leave()
        else:
            contact.email = email
            contact.save()

    def _subscribe(self, obj: Any, email: str) -> Contact:
        there = self._anyone_at(email)
        shared = there is not None and is_user(obj) and there.user_id not in (None, obj.pk)
        return Contact.objects.enroll(
            email,
            campaign=self.campaign,
            account=self.account,
            name=str(self.value(obj, self.name) or ""),
            custom_fields=self._custom_fields(obj, there),
            tags=self.tags,
            consent=self.consented_at(obj),
            **({"user": obj} if is_user(obj) and not shared else {}),
        )

    def _custom_fields(self, obj: Any, there: Contact | None) -> dict[str, list[str]]:
        """The values of ``obj``; an empty one only where the contact has the field, to empty it."""
        known = (there and there.custom_fields) or {}
        values = as_values({field: self.value(obj, source) for field, source in self.custom_fields.items()})
        return {field: value for field, value in values.items() if value or field in known}


def is_user(obj: Any) -> bool:
    """Whether ``obj`` is of the site's user model."""
    return isinstance(obj, get_user_model())


def snapshot(contact: Contact | None) -> dict[str, Any]:
    """What a rule may change of a contact on the list, for comparison; empty when there is none."""
    if contact is None or contact.gone:
        return {}
    columns = ("pk", "email", "name", "state", "custom_fields")
    tags = sorted(contact.tags.values_list("pk", flat=True))
    return {column: getattr(contact, column) for column in columns} | {"tags": tags}


def register(model: type[models.Model] | str) -> Callable[[S], S]:
    """Class decorator: follow this rule for ``model`` (a class or "app_label.Model") and its subclasses.

    Registering a class of the same name for the same model again replaces it.
    """

    def decorate(subscriber: S) -> S:
        target = apps.get_model(model) if isinstance(model, str) else model
        rule = subscriber(target)
        registry[:] = [other for other in registry if (str(other), other.model) != (str(rule), target)]
        registry.append(rule)
        for sender in with_children(target):
            post_save.connect(follow_save, sender=sender, dispatch_uid=f"getresponse {sender}")
            pre_delete.connect(follow_delete, sender=sender, dispatch_uid=f"getresponse {sender}")
        return subscriber

    return decorate


def with_children(model: type[models.Model]) -> Iterator[type[models.Model]]:
    """The model and its proxies and children, which send their signals under their own name."""
    yield model
    for child in model.__subclasses__():
        yield from with_children(child)


def rules_for(model: type[models.Model]) -> list[Subscriber]:
    """The rules of a model."""
    return [rule for rule in registry if issubclass(model, rule.model)]


def follow_save(
    sender: type[models.Model], instance: models.Model, raw: bool = False, **_kwargs: Any
) -> None:
    """post_save: a rule that fails is logged and never breaks the site's own save; ``reconcile`` heals it."""
    if raw or not app_settings.ENABLED:
        return
    for rule in rules_for(sender):
        sync_safely(rule, instance)


def sync_safely(rule: Subscriber, obj: Any) -> str:
    """``rule.sync`` whose failure concerns this object only."""
    return safely(rule, obj, rule.sync) or ""


def safely(rule: Subscriber, obj: Any, act: Callable[[Any], T]) -> T | None:
    """``act(obj)``; None when the rule fails, which is logged without a word of personal data."""
    try:
        with transaction.atomic(using=router.db_for_write(Contact)):
            return act(obj)
    except ObjectDoesNotExist:
        return None  # a related object, such as the profile, is about to be made and saved
    except ValidationError:
        logger.warning("getresponse.bad_address rule=%s pk=%s: not a valid e-mail address", rule, obj.pk)
    except Exception as error:
        # The text of the exception may hold personal data, its kind does not.
        logger.error("getresponse.rule_failed rule=%s pk=%s kind=%s", rule, obj.pk, type(error).__name__)
    return None


def follow_delete(sender: type[models.Model], instance: Any, **_kwargs: Any) -> None:
    """pre_delete: who is deleted here is removed from the list there; who had left keeps the record of it."""
    if not app_settings.ENABLED:
        return
    for rule in rules_for(sender):
        contact = safely(rule, instance, rule.contact_of)
        if contact is not None and not contact.gone:
            contact.delete()


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
    known = set(linked.exclude(last_error=GONE_THERE).values_list("account__alias", "name"))
    return [(rule, rule.campaign) for rule in registry if (rule.account, rule.campaign) not in known]
