"""Mirrored: the base of every mirrored model. Whatever way a row is written, a Change is recorded with it.

``objects`` (also the base manager, so related managers use it) records; ``plain`` does not and belongs to mirror.py.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .outbox import Change, Key

M = TypeVar("M", bound="Mirrored")

_collected: ContextVar[list[Key] | None] = ContextVar("getresponse_collected", default=None)


@contextmanager
def recorded_in_bulk(using: str | None) -> Iterator[None]:
    """Collect what would be recorded row by row inside, and record it at the end in one statement."""
    keys: list[Key] = []
    token = _collected.set(keys)
    try:
        yield
    finally:
        _collected.reset(token)
    Change.objects.db_manager(using).record(keys)


def record(keys: Iterable[Key], using: str | None) -> None:
    """Record now, or with the others at the end of ``recorded_in_bulk``."""
    collected = _collected.get()
    if collected is None:
        Change.objects.db_manager(using).record(keys)
    else:
        collected.extend(keys)


class RecordingQuerySet(models.QuerySet[M]):
    """A QuerySet whose writes record changes in the same transaction."""

    def update(self, **kwargs: Any) -> int:
        if not pushes(self.model, kwargs):
            return super().update(**kwargs)
        with transaction.atomic(using=self.db, savepoint=False):
            # The keys are taken first: the update may change what the filter matches.
            rows = self.model.plain.using(self.db).filter(pk__in=self.order_by().values("pk"))
            keys = list(rows.order_by("pk").select_for_update().values_list("account_id", "pk"))
            self._record(keys)
            return sum(self._update_keys([pk for _account, pk in keys], kwargs))

    def _update_keys(self, pks: list[int], values: dict[str, Any]) -> Iterator[int]:
        for start in range(0, len(pks), 1000):
            yield self.model.plain.using(self.db).filter(pk__in=pks[start : start + 1000]).update(**values)

    def _record(self, keys: Iterable[tuple[int, int]]) -> None:
        record([Key(account_id, self.model.RESOURCE, pk) for account_id, pk in keys], self.db)

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        if kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts"):
            raise ValueError(
                f"{self.model.__name__}.objects.bulk_create cannot ignore or update conflicts: the database does "
                "not say which rows were written, so they could not be pushed. Leave the conflicting objects out."
            )
        with transaction.atomic(using=self.db, savepoint=False):
            created = super().bulk_create(objs, *args, **kwargs)
            self._record((row.account_id, row.pk) for row in created)
        return created

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db, savepoint=False), recorded_in_bulk(self.db):
            return super().delete()


class Mirrored(models.Model):
    """A row that stands for an object in GetResponse.

    ``save()`` writes only the fields changed since the row was loaded, so a stale object cannot undo a pull.
    """

    RESOURCE: ClassVar[str]
    """The name of the resource in resources.RESOURCES."""
    PUSHED: ClassVar[frozenset[str]]
    """The fields whose change must be pushed."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("account"))
    base = models.JSONField(
        _("last mirrored values"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("As GetResponse had them."),
    )
    last_error = models.TextField(_("last error"), blank=True, editable=False)

    objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(RecordingQuerySet)()
    plain: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def tombstone(self) -> dict[str, Any] | None:
        """What a push needs to remove this object after its row is gone; None when there is nothing to remove."""
        raise NotImplementedError

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        instance = super().from_db(db, field_names, values)
        instance._remember()
        return instance

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._remember()

    def _values(self) -> dict[str, Any]:
        loaded = self.__dict__
        return {f.attname: loaded[f.attname] for f in self._meta.concrete_fields if f.attname in loaded}

    def _remember(self) -> None:
        # Lists and dicts are edited in place, so they are copied; everything else is immutable.
        self._loaded = {
            name: copy.deepcopy(value) if isinstance(value, (dict, list)) else value
            for name, value in self._values().items()
        }

    def changed_fields(self) -> list[str]:
        """The columns that differ from what was loaded."""
        generated = {field.attname for field in self._meta.concrete_fields if field.generated}
        loaded = self._loaded
        return [
            name
            for name, value in self._values().items()
            if name not in generated and (name not in loaded or loaded[name] != value)
        ]

    def save(
        self,
        *,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        loaded = not (self._state.adding or force_insert) and hasattr(self, "_loaded")
        if update_fields is None and loaded:
            update_fields = self.changed_fields()
        target = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=target, savepoint=False):
            super().save(
                force_insert=force_insert,
                force_update=force_update,
                using=target,
                update_fields=update_fields,
            )
        self._remember()

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        target = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=target, savepoint=False):
            return super().delete(using=target, keep_parents=keep_parents)

    def key(self, tombstone: dict[str, Any] | None = None) -> Key:
        """This object as the outbox points at it."""
        return Key(self.account_id, self.RESOURCE, self.pk, tombstone)


def record_saved(
    sender: type[models.Model],
    instance: models.Model,
    created: bool,
    raw: bool,
    using: str,
    update_fields: Collection[str] | None,
    **_kwargs: Any,
) -> None:
    """post_save: record, unless a fixture is loaded or no pushed field was written."""
    if not isinstance(instance, Mirrored):
        return
    instance._loaded_raw = raw  # m2m_changed does not say raw, and follows for the same instance
    if not raw and (created or update_fields is None or pushes(sender, update_fields)):
        record([instance.key()], using)


def pushes(model: type[models.Model], fields: Collection[str]) -> bool:
    """Whether one of the columns or fields named is pushed."""
    pushed: frozenset[str] = getattr(model, "PUSHED", frozenset())
    return any(name in pushed or name.removesuffix("_id") in pushed for name in fields)


def record_deleted(sender: type[models.Model], instance: models.Model, using: str, **_kwargs: Any) -> None:
    """post_delete: leave a tombstone, or forget the change when GetResponse never had the object."""
    if not isinstance(instance, Mirrored):
        return
    tombstone = instance.tombstone()
    if tombstone is not None:
        record([instance.key(tombstone)], using)
    else:
        key = instance.key()
        Change.objects.using(using).filter(
            account_id=key.account_id, resource=key.resource, object_pk=key.object_pk
        ).delete()


def record_tagged(
    sender: type[models.Model],
    instance: Any,
    action: str,
    reverse: bool,
    model: Any,
    pk_set: set[int] | None,
    using: str,
    **_kwargs: Any,
) -> None:
    """m2m_changed of Contact.tags: record the contacts whose tags changed."""
    if getattr(instance, "_loaded_raw", False):
        return
    if reverse and action == "pre_clear":
        record([contact.key() for contact in instance.contacts.using(using).all()], using)
    elif reverse and action in ("post_add", "post_remove") and pk_set:
        record([contact.key() for contact in model.plain.using(using).filter(pk__in=pk_set)], using)
    elif not reverse and (action == "post_clear" or (action in ("post_add", "post_remove") and pk_set)):
        record([instance.key()], using)
