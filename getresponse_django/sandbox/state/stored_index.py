"""Plain stored resources, found by path, by id and by contact without a scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from .records import StoredRecord


class StoredIndex:
    """All plain stored resources. Change the ``contactId`` of a record by ``replace`` only."""

    def __init__(self) -> None:
        self.by_collection: dict[str, dict[str, StoredRecord]] = {}
        self.by_id: dict[tuple[str, str], StoredRecord] = {}
        self.by_contact: defaultdict[tuple[str, str], dict[str, StoredRecord]] = defaultdict(dict)

    def add(self, record: StoredRecord) -> None:
        """Take a record in."""
        self.by_collection.setdefault(record.collection, {})[record.id] = record
        self.by_id[record.kind, record.id] = record
        if contact_id := record.values.get("contactId"):
            self.by_contact[record.kind, contact_id][record.id] = record

    def replace(self, record: StoredRecord, values: dict[str, Any]) -> None:
        """Give a record other values; it keeps its place in its list."""
        if record.values.get("contactId") != values.get("contactId"):
            self._unlink(record)
        record.values = values
        self.add(record)

    def remove(self, record: StoredRecord) -> None:
        """Let a record go, and all that is inside it."""
        inside = record.path + "/"
        for collection in [name for name in self.by_collection if name.startswith(inside)]:
            for part in self.by_collection.pop(collection).values():
                self._forget(part)
        del self.by_collection[record.collection][record.id]
        self._forget(record)

    def _forget(self, record: StoredRecord) -> None:
        del self.by_id[record.kind, record.id]
        self._unlink(record)

    def _unlink(self, record: StoredRecord) -> None:
        if contact_id := record.values.get("contactId"):
            del self.by_contact[record.kind, contact_id][record.id]

    def at(self, path: str) -> StoredRecord | None:
        """The record at a path."""
        collection, _, record_id = path.rpartition("/")
        return self.by_collection.get(collection, {}).get(record_id)

    def inside(self, collection: str) -> Collection[StoredRecord]:
        """The records of a list, oldest first."""
        return self.by_collection.get(collection, {}).values()

    def of_kind(self, kind: str, record_id: str, shop: str) -> StoredRecord | None:
        """The record of a kind and id (variants, 9I), when it is in the shop of that path."""
        record = self.by_id.get((kind, record_id))
        return record if record and record.shop == shop else None

    def of_contact(self, kind: str, contact_id: str) -> Collection[StoredRecord]:
        """The carts or orders of a contact, oldest first."""
        return self.by_contact[kind, contact_id].values() if (kind, contact_id) in self.by_contact else ()
