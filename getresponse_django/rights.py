"""What a person may ask for: to see all that is held about them, to be erased. See docs/howto/rights.md."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models, router, transaction
from django.db.models import Q
from django.utils import timezone

from . import events
from .conf import app_settings
from .errors import ConfigurationError
from .models import Change, Contact, ErasedAddress
from .models.personal_data import Person, holdings, holds, names, naming

Row = dict[str, Any]

LATELY = timedelta(days=2)
"""How far back ``erase_again`` looks; beat starts it every night."""


def contacts_of(email: str) -> models.QuerySet[Contact]:
    """The contacts of an address, on all lists of all accounts; also those that got another one here which
    was not pushed yet.
    """
    changing = Change.objects.filter(resource="contact").values("object_pk")
    renamed = Contact.objects.filter(pk__in=changing, base__email__iexact=email).values("pk")
    return Contact.objects.filter(Q(email_lower=email.lower()) | Q(pk__in=renamed))


def person_of(email: str) -> Person:
    """The person, as the holdings look for them."""
    keys = list(contacts_of(email).values_list("pk", "contact_id"))
    return Person(email.lower(), [pk for pk, _id in keys], [remote for _pk, remote in keys if remote])


# --- export ---------------------------------------------------------------------------------------


def export(email: str) -> Row:
    """All that is held about an address: contacts with what hangs on them, what waits, what came in."""
    person = person_of(email)
    contacts = contacts_of(email).select_related("account", "campaign", "user").order_by("pk")
    held = {holding.name: [*map(as_row, holding.rows(person).order_by("pk"))] for holding in holdings}
    return {
        "email": email,
        "exported_at": timezone.now(),
        "erased_at": ErasedAddress.objects.since([email]).get(email.lower()),
        "contacts": [contact_row(contact) for contact in contacts],
        **held,
    }


def contact_row(contact: Contact) -> Row:
    """A contact with the rows that belong to it."""
    tags = sorted(contact.tags.values_list("name", flat=True))
    return as_row(contact) | {"tags": tags} | dict(belongings(contact))


def belongings(contact: Contact) -> Iterator[tuple[str, list[Row]]]:
    """The rows of every model that points at a contact, by the name of the model."""
    for relation in pointing_at_contacts():
        model: Any = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: contact})
        yield model._meta.model_name, [as_row(row) for row in rows.order_by("pk")]


def pointing_at_contacts() -> Iterator[models.ManyToOneRel]:
    """The foreign keys to contacts, but those of the table of tags, which are shown by name."""
    for relation in Contact._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.related_model is not Contact.tags.through:
            yield relation


def as_row(row: models.Model) -> Row:
    """Every column of a row; what it points at by its name."""
    return {
        field.name: str(getattr(row, field.name)) if field.is_relation else field.value_from_object(row)
        for field in row._meta.concrete_fields
    }


def sweep(email: str) -> dict[str, list[Row]]:
    """Every row of every table of this app that has the address anywhere, by the name of the model. Reads
    them all: it finds what no holding knows of, in its own time.
    """
    found: dict[str, list[Row]] = {}
    for model in apps.get_app_config("getresponse_django").get_models():
        texts = [field.name for field in model._meta.concrete_fields if is_text(field)]
        anywhere = Q(*[(f"{name}__icontains", email) for name in texts], _connector=Q.OR)
        rows = model._base_manager.filter(anywhere).order_by("pk") if texts else ()
        if named := [as_row(row) for row in rows if any(names(getattr(row, name), email) for name in texts)]:
            found[model._meta.model_name or ""] = named
    return found


def is_text(field: models.Field[Any, Any]) -> bool:
    """Whether an address may be in such a column."""
    return isinstance(field, models.CharField | models.TextField | models.JSONField)


# --- erase ----------------------------------------------------------------------------------------


class Erased(NamedTuple):
    """How many rows of each kind were erased, and how many are kept."""

    erased: dict[str, int]
    kept: dict[str, int]


def erase(email: str) -> Erased:
    """Remove a person from every list of every account and from every table here, and remember a keyed hash,
    so that nothing brings them back.

    What GetResponse has is removed by the next push, as with every contact deleted here. Raises
    ConfigurationError where that would not be recorded.
    """
    if not app_settings.ENABLED:
        text = (
            'GETRESPONSE["ENABLED"] is False, so nothing would be removed from GetResponse. Set it to True.'
        )
        raise ConfigurationError(text)
    with transaction.atomic(using=router.db_for_write(Contact)):
        ErasedAddress.objects.remember(email)
        person = person_of(email)
        erased = {"contacts": len(person.contact_pks)}
        kept = {}
        for holding in holdings:
            if holding.erase:
                rows = holding.rows(person)
                erased[holding.name] = rows.count()
                holding.erase(rows)
        Contact.objects.filter(pk__in=person.contact_pks).delete()
        for holding in holdings:
            if not holding.erase:
                kept[holding.name] = holding.rows(person).count()
    contacts = erased["contacts"]
    events.PERSON_ERASED.log(contacts=contacts, rows=sum(erased.values()) - contacts)
    return Erased(erased, kept)


def erase_again() -> int:
    """Erase who came back although they were erased lately: a pull had read its page just before. Returns how
    many. Hashes every address here, so it is for the night (``tasks.prune``).
    """
    lately = timezone.now() - LATELY
    if not ErasedAddress.objects.filter(erased_at__gte=lately).exists():
        return 0
    back: set[str] = set()
    emails = Contact.plain.values_list("email_lower", flat=True).iterator()
    while page := set(islice(emails, 1000)):
        back |= {email for email, at in ErasedAddress.objects.since(page).items() if at >= lately}
    for email in sorted(back):
        erase(email)
    return len(back)


def blank(entries: models.QuerySet[Any]) -> None:
    """Take a person out of the log of the admin, which keeps that somebody did something."""
    entries.update(object_repr="(erased)", change_message="")


@holds("admin_log", erase=blank)
def log_of(person: Person) -> models.QuerySet[Any]:
    """What the admin's log says of the contacts of a person, by their names."""
    model: Any = apps.get_model("admin", "LogEntry") if apps.is_installed("django.contrib.admin") else None
    if model is None:
        return Contact.objects.none()
    mine: models.QuerySet[Any] = model.objects.filter(content_type__app_label="getresponse_django")
    about = Q(content_type__model="contact", object_id__in=[str(pk) for pk in person.contact_pks])
    for column in ("object_repr", "change_message"):
        about |= Q(pk__in=naming(mine, column, person.email).values("pk"))
    return mine.filter(about)
