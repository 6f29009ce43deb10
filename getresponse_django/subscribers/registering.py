"""register: connects a rule to the signals of its model and of what it watches."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.db import models, transaction
from django.db.models.signals import post_delete, post_save, pre_delete

from ..conf import app_settings
from .following import part, safely
from .many import sync_safely
from .registry import registry, rules_for, rules_watching, with_children

if TYPE_CHECKING:
    from .rule import Subscriber

S = TypeVar("S", bound="type[Subscriber]")


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
        for watched in rule.watched_models():
            for sender in with_children(watched):
                post_save.connect(follow_watched, sender=sender, dispatch_uid=f"getresponse watch {sender}")
                post_delete.connect(follow_loss, sender=sender, dispatch_uid=f"getresponse watch {sender}")
        return subscriber

    return decorate


def follow_save(
    sender: type[models.Model], instance: models.Model, raw: bool = False, **_kwargs: Any
) -> None:
    """post_save: a rule that fails is logged and never breaks the site's own save; ``reconcile`` heals it."""
    if raw or not app_settings.ENABLED:
        return
    for rule in rules_for(sender):
        sync_safely(rule, instance)


def follow_delete(sender: type[models.Model], instance: Any, **_kwargs: Any) -> None:
    """pre_delete: who is deleted here is removed from the list there."""
    if app_settings.ENABLED:
        for rule in rules_for(sender):
            safely(rule, instance, partial(part, rule))


def follow_watched(sender: type[models.Model], instance: Any, raw: bool = False, **_kwargs: Any) -> None:
    """post_save of what a rule watches: the objects that read from it are looked at again."""
    if raw or not app_settings.ENABLED:
        return
    for rule in rules_watching(sender):
        for obj in safely(rule, instance, partial(list_for, rule)) or ():
            sync_safely(rule, obj)


def follow_loss(sender: type[models.Model], instance: Any, using: str, **_kwargs: Any) -> None:
    """post_delete of what a rule watches: the same after the commit, when it is known who is left. A profile
    that goes with its user must not put the user back.
    """
    # Before a commit that is still to come Django takes the key from the object, and it may be the relation.
    gone = copy(instance)
    transaction.on_commit(lambda: follow_watched(sender, gone), using=using, robust=True)


def list_for(rule: Subscriber, watched: Any) -> list[Any]:
    """The objects that read from ``watched``, as the database has them."""
    return list(rule.objects_for(watched))
