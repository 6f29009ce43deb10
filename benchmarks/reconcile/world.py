"""The users of the site and the contacts in GetResponse before they are reconciled, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from getresponse_django.sandbox import Sandbox

LIST, TAG = "customers", "site"
JOINED = datetime(2025, 1, 1, tzinfo=UTC)

ON_THE_LIST, RENAMED, UNTAGGED, UNWILLING, LEFT = 0.4, 0.04, 0.02, 0.01, 0.01
"""Of the users: who are on the list already; of these those who have another name there, lack the tag, do not
want to be there any more, have left there.
"""


class Counts(NamedTuple):
    """How many users there are of each kind; ``strangers`` are on the list and are no users."""

    users: int
    there: int
    renamed: int
    untagged: int
    unwilling: int
    left: int
    inactive: int
    strangers: int

    @property
    def new(self) -> int:
        """How many have to be subscribed."""
        return self.users - self.there - self.inactive


def counts_of(users: int) -> Counts:
    """The shares of so many users; as many inactive ones are not on the list as are."""
    there, renamed, untagged, unwilling, left = (
        int(users * share) for share in (ON_THE_LIST, RENAMED, UNTAGGED, UNWILLING, LEFT)
    )
    return Counts(users, there, renamed, untagged, unwilling, left, unwilling, users // 50)


def kinds(counts: Counts) -> Iterator[str]:
    """What each user is, one after another."""
    for kind in ("renamed", "untagged", "unwilling", "left"):
        yield from [kind] * getattr(counts, kind)
    yield from ["same"] * (counts.there - counts.renamed - counts.untagged - counts.unwilling - counts.left)
    yield from ["inactive"] * counts.inactive
    yield from ["new"] * counts.new


def address(number: int) -> str:
    """Of a user."""
    return f"person{number}@example.com"


def fill(sandbox: Sandbox, counts: Counts) -> None:
    """Make the users here and the contacts there."""
    from django.contrib.auth.models import User

    User.objects.bulk_create(
        [
            User(
                username=str(number),
                email=address(number),
                first_name="Person",
                last_name=str(number),
                is_active=kind not in ("unwilling", "inactive"),
                date_joined=JOINED,
            )
            for number, kind in enumerate(kinds(counts))
        ],
        batch_size=1000,
    )
    moment = JOINED
    for number, kind in enumerate(kinds(counts)):
        if kind in ("new", "inactive"):
            continue
        moment += timedelta(seconds=1)
        sandbox.now = lambda moment=moment: moment  # type: ignore[misc]
        name = "Somebody" if kind == "renamed" else f"Person {number}"
        tags = () if kind == "untagged" else (TAG,)
        made = sandbox.add_contact(address(number), LIST, name, tags=tags)
        if kind == "left":
            sandbox.remove_contact(made["contactId"])
    for number in range(counts.strangers):
        sandbox.add_contact(f"stranger{number}@example.com", LIST)
    sandbox.now = lambda: datetime.now(UTC)


def expected(counts: Counts) -> dict[str, tuple[str | None, bool]]:
    """What the list must hold at last: address -> name, and whether it has the tag."""
    strangers = {f"stranger{number}@example.com": (None, False) for number in range(counts.strangers)}
    gone = ("unwilling", "inactive", "left")
    members = {
        address(number): (f"Person {number}", True)
        for number, kind in enumerate(kinds(counts))
        if kind not in gone
    }
    return {**strangers, **members}


def found(sandbox: Sandbox) -> dict[str, tuple[str | None, bool]]:
    """The same of what it holds. Each address is there once: the sandbox refuses a second one."""
    return {
        contact["email"]: (contact["name"], TAG in [tag["name"] for tag in contact["tags"]])
        for contact in sandbox.contacts(LIST)
    }
