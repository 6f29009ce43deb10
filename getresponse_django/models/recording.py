"""Mirrored: the base of every mirrored model. Whatever way a row is written, a Change is recorded with it.

``objects`` (also the base manager, so related managers use it) records; ``plain`` does not and belongs to
``mirror``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _

from .accounts import Account
from .outbox import Change, Key

M = TypeVar("M", bound="Mirrored")

_deleting: ContextVar[frozenset[tuple[str, int]]] = ContextVar("getresponse_deleting", default=frozenset())
"""(resource, key) of the rows whose deletion is recorded already, all at once."""


@contextmanager
def deleting(rows: models.QuerySet[Any]) -> Iterator[None]:
    """Record the deletion of these rows, which happens inside, all at once and as the database has them.

    They are locked: a worker may be sending one of them just now, and what it learns belongs into the
    tombstone.
    """
    related = rows.select_related(*rows.model.BURIED_WITH or (None,)).order_by("pk")
    features = transaction.get_connection(rows.db).features
    # Where the database cannot lock one table of a join (MariaDB), what the rows point at is locked too.
    alone = ("self",) if features.has_select_for_update_of else ()
    keys = [row.key(row.tombstone()) for row in related.select_for_update(of=alone)]
    rows.model.forget_along_with(rows)
    token = _deleting.set(_deleting.get() | {(key.resource, key.object_pk) for key in keys})
    try:
        yield
    finally:
        _deleting.reset(token)
    record_gone(keys, rows.db)


def locked(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """The same rows, locked when they are read, always in the same order.

    Rows are locked before their changes are recorded, whatever writes them: else two writers wait for each
    other (docs/explanation/decisions/outbox.md). Who only refers to a row need not wait, where the database
    can tell.
    """
    features = transaction.get_connection(rows.db).features
    return rows.order_by("pk").select_for_update(no_key=features.has_select_for_no_key_update)


JSON = (dict, list)


def copied(value: Any) -> Any:
    """A value of a column; JSON, which may be edited in place, is copied, much faster than by deepcopy."""
    if isinstance(value, dict):
        return {key: copied(inner) if type(inner) in JSON else inner for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def record(keys: Iterable[Key], using: str | None) -> None:
    """Record in the database that the rows are written to."""
    Change.objects.db_manager(using).record(keys)


def record_gone(keys: Iterable[Key], using: str | None) -> None:
    """Leave tombstones for deleted rows, and forget the changes of those that GetResponse never had."""
    keys = list(keys)
    record([key for key in keys if key.tombstone is not None], using)
    Change.objects.db_manager(using).forget([key for key in keys if key.tombstone is None])


class RecordingQuerySet(models.QuerySet[M]):
    """A QuerySet whose writes record changes in the same transaction."""

    def update(self, **kwargs: Any) -> int:
        if not pushes(self.model, kwargs):
            return super().update(**kwargs)
        with transaction.atomic(using=self.db, savepoint=False):
            # The keys are taken first: the update may change what the filter matches.
            rows = self.model.plain.using(self.db).filter(pk__in=self.order_by().values("pk"))
            keys = list(locked(rows).values_list("account_id", "pk"))
            self._record(keys)
            return sum(self._update_keys([pk for _account, pk in keys], kwargs))

    def _update_keys(self, pks: list[int], values: dict[str, Any]) -> Iterator[int]:
        for start in range(0, len(pks), 1000):
            yield self.model.plain.using(self.db).filter(pk__in=pks[start : start + 1000]).update(**values)

    def _record(self, keys: Iterable[tuple[int, int]]) -> None:
        record([Key(account_id, self.model.RESOURCE, pk) for account_id, pk in keys], self.db)

    def bulk_create(
        self,
        objs: Iterable[M],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[M]:
        if ignore_conflicts or update_conflicts:
            raise ValueError(
                f"{self.model.__name__}.objects.bulk_create cannot ignore or update conflicts: the database "
                "does not say which rows it wrote, so they could not be pushed. Leave out what conflicts."
            )
        with transaction.atomic(using=self.db, savepoint=False):
            created = super().bulk_create(objs, batch_size=batch_size)
            if self.model.PUSHED:
                self._record((row.account_id, row.pk) for row in created)
        for row in created:
            row._remember(row._copied(), saved=True)
            row._await_commit(row._loaded, self.db)
        return created

    def delete(self) -> tuple[int, dict[str, int]]:
        mine = self.model.plain.using(self.db).filter(pk__in=self.order_by().values("pk"))
        # With a savepoint: whoever catches a ProtectedError can go on.
        with transaction.atomic(using=self.db), deleting(mine):
            return super().delete()

    delete.queryset_only = True  # type: ignore[attr-defined]  # else the manager gets it: Contact.objects.delete()


class Mirrored(models.Model):
    """A row that stands for an object in GetResponse.

    ``save()`` writes only the fields changed since the row was loaded, so a stale object cannot undo a pull.
    """

    RESOURCE: ClassVar[str]
    """The name of the resource in resources.RESOURCES."""
    PUSHED: ClassVar[frozenset[str]] = frozenset()
    """The fields whose change must be pushed; none for a resource that is only read."""
    BURIED_WITH: ClassVar[tuple[str, ...]] = ()
    """The relations that ``tombstone`` reads."""

    _from_fixture = False
    _committed: Mapping[str, Any] = {}
    """What the database has for certain; ``_loaded`` may be ahead of it within a transaction."""
    _note: Callable[[], None] | None = None
    """The hook of the last save; it runs with the commit."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("account"))
    base = models.JSONField(
        _("last mirrored values"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("As GetResponse had them."),
    )
    last_error = models.TextField(_("last error"), blank=True, editable=False)
    last_errors = models.JSONField(_("last error by field"), default=dict, blank=True, editable=False)

    objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(RecordingQuerySet)()
    plain: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def __getstate__(self) -> dict[str, Any]:
        """For a pickle or a copy, which nobody tells of the commit: what was saved counts as committed. Else
        the copy would write it once more, over what was pulled since.
        """
        state = dict(super().__getstate__())
        if state.pop("_note", None) is not None:
            state["_committed"] = state["_loaded"]
        return state

    def save(
        self,
        *,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        target = using or router.db_for_write(type(self), instance=self)
        self._undo_rolled_back(target)
        if update_fields is None and not force_insert and self._is_loaded_from(target):
            update_fields = self.changed_fields()
        else:
            update_fields = None if update_fields is None else list(update_fields)
        with transaction.atomic(using=target, savepoint=False):
            super().save(
                force_insert=force_insert,
                force_update=force_update,
                using=target,
                update_fields=update_fields,
            )
        self._remember(self._copied(update_fields), saved=True)
        self._await_commit(self._loaded, target)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """As Django's, and what GetResponse would refuse. Here and not in ``clean``, for a form that lacks a
        field cannot show its errors.
        """
        errors: dict[str, Any] = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for name, complaints in self.complaints().items():
            if complaints and name not in errors and name not in (exclude or ()):
                errors[name] = [ValidationError(complaint) for complaint in complaints]
        if errors:
            raise ValidationError(errors)

    def complaints(self) -> dict[str, list[Any]]:
        """What GetResponse would refuse of this row beyond single values, in words, by field."""
        return {}

    def refused_fields(self) -> dict[str, str]:
        """Field -> what GetResponse said of it, while ``last_error`` is what it refused last."""
        if self.last_errors.get(NON_FIELD_ERRORS) != self.last_error:
            return {}
        return {name: text for name, text in self.last_errors.items() if name != NON_FIELD_ERRORS}

    def _await_commit(self, saved: Mapping[str, Any], using: str) -> None:
        def committed() -> None:
            self._committed = saved
            if self._note is committed:
                self._note = None

        self._note = committed
        transaction.on_commit(committed, using=using)

    def _undo_rolled_back(self, using: str) -> None:
        """Forget what was saved in a transaction that was rolled back: it still has to be saved.

        Its note has left the hooks of the connection then, and did not run.
        """
        hooks = transaction.get_connection(using).run_on_commit
        if self._note is not None and not any(hook[1] is self._note for hook in hooks):
            self._loaded, self._note = self._committed, None

    def tombstone(self) -> dict[str, Any] | None:
        """What a push needs to remove this object after its row is gone; None when there is nothing to
        remove, as of what is only read.
        """
        if self.PUSHED:
            raise NotImplementedError
        return None

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any
    ) -> Self:
        instance = super().from_db(db, field_names, values, **options)
        read = zip(field_names, values, strict=True)
        instance._remember({name: copied(value) if type(value) in JSON else value for name, value in read})
        return instance

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        fields = None if fields is None else list(fields)
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self._remember(self._copied(fields))

    def _values(self) -> dict[str, Any]:
        loaded = self.__dict__
        return {f.attname: loaded[f.attname] for f in self._meta.concrete_fields if f.attname in loaded}

    def _copied(self, fields: Collection[str] | None = None) -> dict[str, Any]:
        """The values of these fields, or of all. What is edited in place is copied."""
        names = None if fields is None else {self._attname(name) for name in fields}
        return {
            name: copied(value) for name, value in self._values().items() if names is None or name in names
        }

    def _attname(self, name: str) -> str:
        """The column of a field; of a relation that has none, as a refresh may name it, the name itself."""
        return str(getattr(self._meta.get_field(name), "attname", name))

    def _remember(self, values: dict[str, Any], *, saved: bool = False) -> None:
        """Note that the database has these values: edits of other fields still have to be saved."""
        self._loaded = {**getattr(self, "_loaded", {}), **values}
        if not saved and self._note is None:
            self._committed = self._loaded

    def changed_fields(self) -> list[str]:
        """The columns that differ from what was loaded."""
        generated = {field.attname for field in self._meta.concrete_fields if field.generated}
        loaded = self._loaded
        return [
            name
            for name, value in self._values().items()
            if name not in generated and (name not in loaded or loaded[name] != value)
        ]

    def _is_loaded_from(self, using: str) -> bool:
        """Whether the columns here were read from or written to this very row: no new row, no copy."""
        same = getattr(self, "_loaded", {}).get(self._meta.pk.attname) == self.pk
        return same and self.pk is not None and not self._state.adding and self._state.db == using

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        target = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=target), deleting(type(self).plain.using(target).filter(pk=self.pk)):
            return super().delete(using=target, keep_parents=keep_parents)

    @classmethod
    def forget_along_with(cls, rows: models.QuerySet[Any]) -> None:
        """What no foreign key takes along when these rows are deleted. Called before that."""

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
    if not isinstance(instance, Mirrored) or not instance.PUSHED:
        return
    instance._from_fixture = raw  # m2m_changed does not say raw, and follows for the same instance
    if not raw and (created or update_fields is None or pushes(sender, update_fields)):
        record([instance.key()], using)


def pushes(model: type[models.Model], fields: Collection[str]) -> bool:
    """Whether one of the columns or fields named is pushed."""
    pushed: frozenset[str] = getattr(model, "PUSHED", frozenset())
    return any(name in pushed or name.removesuffix("_id") in pushed for name in fields)


def record_deleted(sender: type[models.Model], instance: models.Model, using: str, **_kwargs: Any) -> None:
    """post_delete: leave a tombstone, or forget the change when GetResponse never had the object."""
    if isinstance(instance, Mirrored) and (instance.RESOURCE, instance.pk) not in _deleting.get():
        record_gone([instance.key(instance.tombstone())], using)


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
    if getattr(instance, "_from_fixture", False):
        return
    contacts = type(instance).plain if not reverse else model.plain
    if reverse and action == "pre_clear":
        rows = contacts.using(using).filter(pk__in=instance.contacts.using(using).values("pk"))
    elif reverse and action in ("post_add", "post_remove") and pk_set:
        rows = contacts.using(using).filter(pk__in=pk_set)
    elif not reverse and (action == "post_clear" or (action in ("post_add", "post_remove") and pk_set)):
        rows = contacts.using(using).filter(pk=instance.pk)
    else:
        return
    keys = locked(rows).values_list("account_id", "pk")
    record([Key(account_id, "contact", pk) for account_id, pk in keys], using)
