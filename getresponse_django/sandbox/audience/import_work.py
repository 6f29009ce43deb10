"""What becomes of the rows of an import, and when (contract/behaviour-contacts.md section 6).

``uploaded`` turns into ``approved`` after half the landing delay, into ``finished`` after the whole of it:
then the contacts are there. The statistics are complete half a delay later. ``rejected`` and ``canceled``,
which take a person, never occur.

Decided where the contract is open, row by row:

- A blocked address counts as ``blacklist``, one that waits in the queue or for its confirmation as
  ``alreadyInQueue``, one that left the campaign for good as ``policyFailures``. An address, name, IP address
  or value that is not usable counts as ``syntaxErrors``. ``mismatchedCriteria`` stays 0.
- An empty cell leaves what is there. In a ``tag:`` column ``1`` attaches, anything else does nothing.
- A second row of the same address updates what the first one made.
"""

from __future__ import annotations

import time
from collections import Counter

from ..http.validation import email, is_ip
from ..state.blocklist import is_blocked
from ..state.records import Contact, CustomField, Import, Tag
from ..state.store import Store, by_name
from .contact_values import NAME as PERSON_NAME
from .custom_fields import value_problems
from .memberships import activate, final_reason, has_mail_domain, is_waiting, retag, set_values, touch
from .notices import tell
from .tags import new_tag

COLUMNS = ("email", "name", "ip")
TAG = "tag:"


class Columns:
    """The columns of an import with the tags, made where they are unknown, and the fields they name."""

    def __init__(self, store: Store, names: list[str]) -> None:
        self.names = names
        self.tags: dict[str, Tag] = {}
        self.fields: dict[str, CustomField] = {}
        for name in names:
            if name.startswith(TAG):
                tag = name.removeprefix(TAG)
                self.tags[name] = by_name(store.tags.values(), tag) or new_tag(store, tag)
            elif field := by_name(store.custom_fields.values(), name):
                self.fields[name] = field

    def cells(self, row: list[str]) -> dict[str, str]:
        """The cells of a row that are not empty, by column, without blanks around them."""
        cells = {name: cell.strip() for name, cell in zip(self.names, row, strict=True)}
        return {name: cell for name, cell in cells.items() if cell}

    def tags_of(self, cells: dict[str, str]) -> list[str]:
        """The ids of the tags that a row attaches."""
        return [tag.tag_id for name, tag in self.tags.items() if cells.get(name) == "1"]

    def values_of(self, cells: dict[str, str]) -> dict[str, list[str]]:
        """The values of a row, one for each field."""
        return {field.custom_field_id: [cells[name]] for name, field in self.fields.items() if name in cells}

    def has_syntax_error(self, cells: dict[str, str]) -> bool:
        """Whether a cell cannot be used."""
        return (
            any(email(cells.get("email", ""), ()))
            or ("name" in cells and any(PERSON_NAME(cells["name"], ())))
            or ("ip" in cells and not is_ip(cells["ip"]))
            or any(
                value_problems(field, [cells[name]]) for name, field in self.fields.items() if name in cells
            )
        )


def import_due(store: Store, *, everything: bool = False) -> None:
    """Move every import as far as the time allows, or to its end."""
    for found in store.imports.values():
        if not found.settled:
            at_once = everything or not store.landing_delay
            waited = time.monotonic() - found.started
            advance(store, found, 2.0 if at_once else waited / store.landing_delay)


def advance(store: Store, found: Import, age: float) -> None:
    """Move an import to where it is at an age, in landing delays."""
    if age < 0.5:
        return
    if found.status != "finished":
        found.status = "approved" if age < 1 else "finished"
        if found.status == "finished":
            work(store, found)
    found.settled = age >= 1.5
    store.version += 1


def work(store: Store, found: Import) -> None:
    """Add and update the contacts."""
    columns = Columns(store, found.columns)
    outcome = Counter(take(store, found, columns, row) for row in found.rows)
    found.outcome = {"uploaded": len(found.rows), **outcome}
    found.finished_at = store.now()
    tell(store, "contacts_import_finished", None, **{"import": {"importId": found.import_id}})


def take(store: Store, found: Import, columns: Columns, row: list[str]) -> str:
    """Add or update the contact of one row; returns the counter to which it belongs."""
    campaign_id = found.campaign.campaign_id
    cells = columns.cells(row)
    if columns.has_syntax_error(cells):
        return "syntaxErrors"
    address = cells["email"]
    if is_blocked(store, campaign_id, address):
        return "blacklist"
    if not has_mail_domain(address):
        return "invalidDomains"
    if is_waiting(store, campaign_id, address):
        return "alreadyInQueue"
    if final_reason(store, campaign_id, address):
        return "policyFailures"
    contact = store.active.at(campaign_id, address)
    if contact:
        update(store, contact, columns, cells)
        return "updated"
    add(store, found, columns, cells)
    return "addedToList"


def add(store: Store, found: Import, columns: Columns, cells: dict[str, str]) -> None:
    """Make a contact active: imports are always single opt-in."""
    now = store.now()
    contact = Contact(
        store.ids.new("contact"),
        cells["email"],
        found.campaign.campaign_id,
        now,
        now,
        origin="import",
        import_id=found.import_id,
        name=cells.get("name"),
        ip_address=cells.get("ip"),
        tags=dict.fromkeys(columns.tags_of(cells), now),
        values=columns.values_of(cells),
    )
    activate(store, contact)


def update(store: Store, contact: Contact, columns: Columns, cells: dict[str, str]) -> None:
    """Take over what the row says; ``changedOn`` moves only when something changes."""
    before = contact.name, contact.ip_address, contact.tags, contact.values
    tags = dict.fromkeys(columns.tags_of(cells), store.now()) | contact.tags
    if tags != contact.tags:
        retag(store, contact, tags)
    contact.name = cells.get("name", contact.name)
    contact.ip_address = cells.get("ip", contact.ip_address)
    set_values(store, contact, contact.values | columns.values_of(cells))
    if before != (contact.name, contact.ip_address, contact.tags, contact.values):
        touch(store, contact)
