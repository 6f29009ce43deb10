"""One writer, which works like a busy site: ``python -m benchmarks.chaos.writer`` with four numbers.

They are the seed, the operations, the contacts, and the seconds to take for them.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

    from getresponse_django.models import Contact

CAMPAIGNS = ("anglers", "bakers", "cyclists")
TAGS = ("red", "green", "blue", "black", "white")
CITIES = ("Gdynia", "Sopot", "Gdańsk", "Hel", "")
EPISODE = "episode"
"""The custom field that says which signup of a person a contact comes from: no two creates may share one."""


class Writer:
    """Operations on contacts, as ``dice`` say."""

    def __init__(self, seed: int, contacts: int) -> None:
        self.dice = random.Random(seed)
        self.contacts = contacts
        self.done: Counter[str] = Counter()

    def operate(self) -> None:
        """One operation; what another writer made impossible meanwhile is no operation."""
        from django.db import DatabaseError, OperationalError

        from getresponse_django.models import Contact

        name, weight = zip(*WEIGHTS.items(), strict=True)
        operation = self.dice.choices(name, weight)[0]
        email = f"person{self.dice.randrange(self.contacts)}@example.com"
        try:
            with alone(email):
                operation(self, email)
            self.done[operation.__name__] += 1
        except OperationalError:
            raise
        except (Contact.DoesNotExist, DatabaseError):
            self.done["too late"] += 1

    def create(self, email: str) -> None:
        """Sign up on a list where the person is not."""
        from django.utils import timezone

        from getresponse_django.models import Contact

        campaign = self.dice.choice(CAMPAIGNS)
        if present(email).filter(campaign__name=campaign).exists():
            return
        Contact.objects.subscribe(
            email,
            campaign=campaign,
            name=self.name(),
            custom_fields={EPISODE: uuid4().hex, "city": self.dice.choice(CITIES)},
            tags=self.dice.sample(TAGS, self.dice.randrange(3)),
            consent=timezone.now(),
        )

    def edit(self, email: str) -> None:
        """Change the name and a custom field."""
        contact = self.some(email)
        contact.name = self.name()
        contact.custom_fields = {**(contact.custom_fields or {}), "city": [self.dice.choice(CITIES[:-1])]}
        contact.save()

    def tag(self, email: str) -> None:
        """Add a tag or remove one."""
        from getresponse_django.models import Tag

        contact = self.some(email)
        tag = Tag.objects.get_or_create(account=contact.account, name=self.dice.choice(TAGS))[0]
        (contact.tags.add if self.dice.random() < 0.6 else contact.tags.remove)(tag)

    def move(self, email: str) -> None:
        """Go to a list where the person is not."""
        from getresponse_django.models import Campaign

        contact = self.some(email)
        target = Campaign.objects.named(contact.account, self.dice.choice(CAMPAIGNS))
        if not present(email).filter(campaign=target).exists():
            contact.campaign = target
            contact.save()

    def unsubscribe(self, email: str) -> None:
        """Leave all lists."""
        from getresponse_django.models import Contact

        Contact.objects.unsubscribe(email)

    def delete(self, email: str) -> None:
        """Delete the row."""
        self.some(email).delete()

    def some(self, email: str) -> Contact:
        """One of the person's contacts. Raises DoesNotExist."""
        from getresponse_django.models import Contact

        found = list(present(email).order_by("pk"))
        if not found:
            raise Contact.DoesNotExist
        contact: Contact = self.dice.choice(found)
        return contact

    def name(self) -> str:
        """A new name."""
        return f"Person {self.dice.randrange(10**9)}"


WEIGHTS: dict[Callable[[Writer, str], Any], int] = {
    Writer.create: 35,
    Writer.edit: 25,
    Writer.tag: 20,
    Writer.move: 8,
    Writer.unsubscribe: 7,
    Writer.delete: 5,
}


def present(email: str) -> Any:
    """The memberships of a person, but for those that ended."""
    from getresponse_django.models import Contact, ContactState

    over = (ContactState.LEFT, ContactState.REJECTED, ContactState.LEAVING)
    return Contact.objects.filter(email_lower=email).exclude(state__in=over)


@contextmanager
def alone(email: str) -> Iterator[None]:
    """No other writer decides about this person meanwhile; the workers do as they like."""
    from django.db import connection, transaction

    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [crc32(email.encode())])
        yield


def main() -> int:
    """Work for so many seconds; prints what was done as JSON."""
    import django

    django.setup()
    seed, operations, contacts = (int(argument) for argument in sys.argv[1:4])
    seconds = float(sys.argv[4])
    writer, started = Writer(seed, contacts), time.monotonic()
    for number in range(operations):
        writer.operate()
        time.sleep(max(0.0, started + seconds * number / operations - time.monotonic()))
    print(json.dumps(writer.done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
