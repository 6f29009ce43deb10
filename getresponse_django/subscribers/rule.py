"""Subscriber: the rule that says who on this site is a contact, and with what data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from inspect import signature
from types import MethodType
from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models import Q

from ..errors import ConfigurationError
from ..models import Consent, Contact
from ..models.field_values import as_values
from ..models.validators import LONGEST_NAME
from . import following
from .following import is_user
from .merging import Said

Source = str | Callable[..., Any]

OWN = ("address", "contact_of", "key", "model", "said", "sync", "unbound", "value", "watched_models")
"""What Subscriber itself works with, and no rule may call something of its own."""


class Subscriber:
    """Which objects of ``model`` are on which list, with what data. Subclass it and ``@register(Model)`` it.

    ``email``, ``name`` and the values of ``custom_fields`` are an attribute, a dotted path or a callable that
    is given the object; methods met on the path are called. An empty value removes the custom field; an empty
    name changes nothing, for GetResponse cannot be sent one, and of a longer one it takes 128 characters.

    ``watch`` names models whose objects are read on these paths, such as a profile: when one of them is saved
    or deleted, the objects that ``objects_for`` finds are looked at again.

    ``erase_on_delete``: with the object, all about its address is erased, on all lists (``rights.erase``).

    Where several objects want the same address on the same list, they share the contact: see
    ``merging.merged``, in the order in which the rules were registered. It leaves with the last of them.
    """

    campaign: ClassVar[str] = ""
    account: ClassVar[str] = "default"
    email: ClassVar[Source] = "email"
    name: ClassVar[Source] = ""
    custom_fields: ClassVar[Mapping[str, Source]] = {}
    tags: ClassVar[Iterable[str]] = ()
    watch: ClassVar[Iterable[type[models.Model] | str]] = ()
    erase_on_delete: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Raises ConfigurationError for a rule that hides a method of this class: each of its objects would
        fail, and only the log would tell.
        """
        super().__init_subclass__(**options)
        for name in OWN:
            speaker = next((base for base in cls.__mro__ if name in vars(base)), Subscriber)
            if not speaker.__module__.startswith("getresponse_django."):
                raise ConfigurationError(
                    f"{cls.__module__}.{cls.__name__}: {name!r} is a name that Subscriber uses itself. "
                    "Give what you wrote there another name."
                )

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model

    def __str__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}"

    @property
    def key(self) -> tuple[str, str]:
        """(rule, model), as wishes name them."""
        return str(self), self.model._meta.label_lower

    def wants(self, obj: Any) -> bool:
        """Whether ``obj`` should be on the list."""
        return True

    def consented_at(self, obj: Any) -> datetime | Consent | None:
        """When the person agreed (UTC), or to what as well. Needed to subscribe someone again who had left.
        Each new moment goes into the ledger of consents.
        """
        return None

    def objects_for(self, watched: Any) -> Iterable[Any]:
        """The objects of ``model`` that read from this object of ``watch``: those it points at."""
        pointing = [
            Q(**{field.target_field.attname: getattr(watched, field.attname)})
            for field in links(type(watched), self.model)
        ]
        return self.model._default_manager.filter(Q(*pointing, _connector=Q.OR)) if pointing else []

    def watched_models(self) -> Iterator[type[models.Model]]:
        """The models of ``watch``; a name that there is not is left to the system check."""
        yield from filter(None, map(model_named, self.watch))

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

    def said(self, obj: Any) -> Said:
        """What ``obj`` says of its contact."""
        values = {field: self.value(obj, source) for field, source in self.custom_fields.items()}
        return Said(
            name=str(self.value(obj, self.name) or "")[:LONGEST_NAME],  # a user's may be twice as long
            custom_fields=as_values(values),
            tags=list(self.tags),
            consent=following.consent_of(self, obj),
            user_pk=obj.pk if is_user(obj) else None,
        )

    def contact_of(self, obj: Any) -> Contact | None:
        """The contact that stands for ``obj`` on this list; see ``following.contact_of``."""
        return following.contact_of(self, obj)

    def sync(self, obj: Any) -> str:
        """Bring the contact of ``obj`` in line with the rule; nothing is written when nothing differs.

        Returns "subscribed", "updated", "unsubscribed" or "" when nothing changed. Raises what the rule
        raises, and ValidationError for a bad address.
        """
        return following.sync(self, obj)


def model_named(model: type[models.Model] | str) -> type[models.Model] | None:
    """The model, given as it is or as "app_label.Model"; None when there is none of this name."""
    try:
        return apps.get_model(model) if isinstance(model, str) else model
    except (LookupError, ValueError):
        return None


def links(watched: type[models.Model], model: type[models.Model]) -> list[Any]:
    """The foreign keys and one-to-one fields by which ``watched`` points at ``model``."""
    return [field for field in watched._meta.concrete_fields if are_kin(field.related_model, model)]


def are_kin(one: Any, other: type[models.Model]) -> bool:
    """Whether one of these is the other, or its proxy or child. A plain field is related to nothing."""
    return isinstance(one, type) and (issubclass(one, other) or issubclass(other, one))
