"""Subscriber: the rule that says who on this site is a contact, and the receivers that follow it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, router, transaction
from django.db.models.signals import post_save, pre_delete

from .conf import app_settings
from .models import Account, Campaign, Contact
from .models.contacts import GONE, ContactState, as_values

logger = logging.getLogger("getresponse_django")

S = TypeVar("S", bound="type[Subscriber]")
Source = str | Callable[[Any], Any]

registry: list[Subscriber] = []
"""Every registered rule, in the order of registration."""


class Subscriber:
    """Which objects of ``model`` are on which list, and with what data. Subclass it and ``@register(Model)`` it.

    ``email``, ``name`` and the values of ``custom_fields`` are an attribute, a dotted path or a callable; methods are
    called. An empty value removes the custom field.
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
            return source(obj)
        for part in source.split("."):
            obj = getattr(obj, part, None)
            obj = obj() if callable(obj) and not isinstance(obj, models.Manager) else obj
            if obj is None:
                return None
        return obj

    def contact_of(self, obj: Any) -> Contact | None:
        """The contact that stands for ``obj`` on this list: by its user, else by its address."""
        mine = Contact.objects.filter(account__alias=self.account, campaign__name=self.campaign)
        found = mine.filter(user=obj).exclude(state__in=GONE).first() if is_user(obj) else None
        email = str(self.value(obj, self.email) or "")
        return found or (mine.filter(email_lower=email.lower()).first() if email else None)

    def sync(self, obj: Any) -> str:
        """Bring the contact of ``obj`` in line with the rule; nothing is written when nothing differs.

        Returns "subscribed", "updated", "unsubscribed" or "" when nothing changed. Raises what the rule raises, and
        ValidationError for a bad address.
        """
        with transaction.atomic(using=router.db_for_write(Contact)):
            contact = self.contact_of(obj)
            email = str(self.value(obj, self.email) or "")
            if not (email and self.wants(obj)):
                return self._unsubscribe(contact)
            before = None if contact is None or contact.gone else snapshot(contact)
            if contact is not None and not contact.gone:
                self._rename(contact, email)
            after = self._subscribe(obj, email)
            if after.gone or before == snapshot(after):
                return ""
            return "updated" if before else "subscribed"

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
            contact.leave()
            contact.save()
        else:
            contact.email = email
            contact.save()

    def _subscribe(self, obj: Any, email: str) -> Contact:
        links = {"user": obj} if is_user(obj) else {}
        fields = {field: self.value(obj, source) for field, source in self.custom_fields.items()}
        return Contact.objects.subscribe(
            email,
            campaign=self.campaign,
            account=self.account,
            name=str(self.value(obj, self.name) or ""),
            custom_fields=as_values(fields),
            tags=self.tags,
            consent=self.consented_at(obj),
            **links,
        )


def is_user(obj: Any) -> bool:
    """Whether ``obj`` is of the site's user model."""
    return isinstance(obj, get_user_model())


def snapshot(contact: Contact) -> dict[str, Any]:
    """What a rule may change of a contact, for comparison."""
    columns = ("email", "name", "state", "custom_fields")
    tags = sorted(contact.tags.values_list("pk", flat=True))
    return {column: getattr(contact, column) for column in columns} | {"tags": tags, "pk": contact.pk}


def register(model: type[models.Model] | str) -> Callable[[S], S]:
    """Class decorator: follow this rule for ``model`` (a class or "app_label.Model")."""

    def decorate(subscriber: S) -> S:
        target = apps.get_model(model) if isinstance(model, str) else model
        rule = subscriber(target)
        registry.append(rule)
        uid = f"getresponse {rule}"
        post_save.connect(follow_save, sender=target, dispatch_uid=f"{uid} {target}")
        pre_delete.connect(follow_delete, sender=target, dispatch_uid=f"{uid} {target}")
        return subscriber

    return decorate


def rules_for(model: type[models.Model]) -> Iterator[Subscriber]:
    """The rules of a model."""
    return (rule for rule in registry if rule.model is model)


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
    try:
        return rule.sync(obj)
    except ObjectDoesNotExist:
        return ""  # a related object, such as the profile, is about to be made and saved
    except ValidationError:
        logger.warning("getresponse.bad_address rule=%s pk=%s: not a valid e-mail address", rule, obj.pk)
    except Exception as error:
        # The text of the exception may hold personal data, its kind does not.
        logger.error("getresponse.rule_failed rule=%s pk=%s kind=%s", rule, obj.pk, type(error).__name__)
    return ""


def follow_delete(sender: type[models.Model], instance: Any, **_kwargs: Any) -> None:
    """pre_delete: who is deleted here is removed from the list there."""
    if not app_settings.ENABLED:
        return
    for rule in rules_for(sender):
        contact = rule.contact_of(instance)
        if contact is not None:
            contact.delete()


def sync(objects: models.QuerySet[Any] | Iterable[Any], *, dry_run: bool = False) -> Counter[str]:
    """Apply the rules to many objects; returns how many were "subscribed", "updated" and "unsubscribed".

    ``dry_run`` counts and changes nothing.
    """
    counts: Counter[str] = Counter()
    source = objects.iterator() if isinstance(objects, models.QuerySet) else objects
    for obj in source:
        with transaction.atomic(using=router.db_for_write(Contact)):
            counts.update(result for rule in rules_for(type(obj)) if (result := sync_safely(rule, obj)))
            if dry_run:
                transaction.set_rollback(True, using=router.db_for_write(Contact))
    return counts


def reconcile(*, dry_run: bool = False) -> dict[str, Counter[str]]:
    """Apply every rule to every object; returns the counts by rule."""
    everyone = {rule.model: rule for rule in registry}
    return {
        str(rule): sync(model._default_manager.all(), dry_run=dry_run) for model, rule in everyone.items()
    }


def unknown_campaigns() -> list[tuple[Subscriber, str]]:
    """The rules whose list is not known to be in GetResponse."""
    unknown = []
    for rule in registry:
        account = Account.objects.filter(alias=rule.account).first()
        known = Campaign.plain.filter(account=account, name=rule.campaign, campaign_id__isnull=False)
        if account is None or not known.exists():
            unknown.append((rule, rule.campaign))
    return unknown
