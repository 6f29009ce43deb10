"""What a rule says of many objects: before anything is looked up or locked, and once more after that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import DatabaseError, models, router, transaction
from django.db.models import prefetch_related_objects

from ..models import Contact
from ..models.validators import validate_address
from .merging import Said

if TYPE_CHECKING:
    from .rule import Subscriber


class Reply(NamedTuple):
    """The address of an object, and what it says of its contact; None when it wants none."""

    obj: Any
    email: str
    said: Said | None

    @property
    def place(self) -> str:
        """The address as it is compared."""
        return self.email.lower()


def ask(rule: Subscriber, obj: Any) -> Reply:
    """Raises what the rule raises, and ValidationError for a bad address."""
    email = rule.address(obj)
    if not (email and rule.wants(obj)):
        return Reply(obj, email, None)
    validate_address(email)
    return Reply(obj, email, rule.said(obj))


def ask_all(rule: Subscriber, objects: Sequence[Any]) -> list[Reply]:
    """Without the objects that the rule fails for. They are left to ``Subscriber.sync``, which tells, as all
    are when the database fails: after that nothing can be asked in a transaction.
    """
    try:
        with transaction.atomic(using=router.db_for_write(Contact)):
            return list(replies(rule, objects))
    except DatabaseError:
        return []


def still_said(rule: Subscriber, replies: Sequence[Reply]) -> list[Reply]:
    """Those that the rule gives of the objects as they are now. To be asked when their contacts are locked:
    whoever changed an object after it was read has changed its contact, or waits for it.
    """
    again = {reply.obj.pk: reply for reply in ask_all(rule, fresh(rule, [reply.obj for reply in replies]))}
    return [reply for reply in replies if again.get(reply.obj.pk) == reply]


def fresh(rule: Subscriber, objects: Sequence[Any]) -> list[Any]:
    """The objects of one model as they are in the database now, in the same order: who of several comes first
    may decide what becomes of them. Without those deleted meanwhile, with what the rule reads of others.
    """
    if not objects:
        return []
    model = type(objects[0])
    places = {model._meta.pk.to_python(obj.pk): place for place, obj in enumerate(objects)}
    found = sorted(model._base_manager.filter(pk__in=places), key=lambda obj: places[obj.pk])
    prefetch_related_objects(found, *relations(rule))
    return found


def replies(rule: Subscriber, objects: Sequence[Any]) -> Iterator[Reply]:
    """One after another."""
    for obj in objects:
        try:
            yield ask(rule, obj)
        except DatabaseError:
            raise
        except Exception:  # nosec B112  # the object is left to Subscriber.sync, which tells
            continue


def relations(rule: Subscriber) -> list[str]:
    """The names of the related objects that a rule reads by dotted paths, to be read for many at once."""
    paths = {
        source for source in (rule.email, rule.name, *rule.custom_fields.values()) if isinstance(source, str)
    }
    begins = {path.partition(".")[0] for path in paths if "." in path}
    fields = rule.model._meta.get_fields()
    single = {accessor_of(field) for field in fields if field.one_to_one or field.many_to_one}
    return sorted(begins & single)


def accessor_of(field: Any) -> str:
    """The name of the attribute that a relation is read by, from either end."""
    return str(field.get_accessor_name() if isinstance(field, models.OneToOneRel) else field.name)
