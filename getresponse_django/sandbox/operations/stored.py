"""Plain stored resources: what is sent is checked, kept and shown again, by the same five operations each.

To add one, declare it in a module of its noun, and name that module in ``routes``::

    THINGS = stored(
        Resource(
            "/shops/{shopId}/things",
            "thingId",
            {"name": text(2, 64), "url": link},
            required=("name",),
            filters={"name": contains(value("name")), **period("createdOn", "created_at")},
            sorts={"createdOn": "created_at"},
        )
    )

What it has of its own are three functions: ``check`` refuses references to what does not exist, ``keep``
turns what was sent into what is kept (nested resources become identifiers), ``show`` turns it back.

Sources: the schemas of the resources; contract/behaviour-core.md sections 3 and 7. Decided where the contract
is open: read-only and unknown properties of a body are ignored; every update moves ``updatedOn``, also one
that changes nothing; a nested resource (a tax of a variant, a meta field or an address of an order) that is
the same as one that exists is that one, any other becomes one of its own in the shop; deleting a resource
deletes what is inside it, and it disappears from what named it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..http.errors import not_found
from ..http.exchange import Request
from ..http.filters import Field, Filters
from ..http.validation import Check, shape
from ..state.dates import stamp
from ..state.records import StoredRecord
from ..state.store import Store
from .routing import route

Values = dict[str, Any]
Turn = Callable[[Store, StoredRecord, Values], Values]


def value(name: str) -> Callable[[StoredRecord], Any]:
    """Fetches a property of a record, for filters and orders; None when it was not sent."""
    return lambda record: record.values.get(name)


def unchecked(store: Store, record: StoredRecord, values: Values) -> None:
    """Nothing refers to anything else."""


def unchanged(store: Store, record: StoredRecord, values: Values) -> Values:
    """Kept as sent, shown as kept."""
    return values


def whole_list(store: Store, request: Request) -> Collection[StoredRecord]:
    """All records of the list of the request's path."""
    return store.stored.inside(request.path)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of plain stored resource.

    ``path`` is that of its list, ``key`` its identifier's name, ``checks`` those of the properties that can
    be sent. ``defaults`` are kept when they are not sent. ``brief`` are properties a list leaves out.
    ``listed`` finds the records of a list, for filters that look elsewhere. One that is not ``dated`` shows
    no createdOn and updatedOn. With ``idempotent`` a second create of the same answers the first one;
    properties in ``loose`` may differ in the same one.
    """

    path: str
    key: str
    checks: Mapping[str, Check]
    required: tuple[str, ...] = ()
    filters: Filters = field(default_factory=dict)
    sorts: Mapping[str, Field] = field(default_factory=dict)
    check: Callable[[Store, StoredRecord, Values], None] = unchecked
    keep: Turn = unchanged
    show: Turn = unchanged
    listed: Callable[[Store, Request], Collection[StoredRecord]] = whole_list
    defaults: Mapping[str, Any] = field(default_factory=dict)
    brief: frozenset[str] = frozenset()
    dated: bool = True
    idempotent: bool = False
    loose: frozenset[str] = frozenset()

    @property
    def new(self) -> Check:
        """The check of a body that makes one."""
        return shape({name: self.checks[name] for name in self.required}, self.checks)

    @property
    def item(self) -> str:
        """The path of one of them."""
        return f"{self.path}/{{{self.key}}}"

    # Records

    def located(self, store: Store, path: str) -> StoredRecord:
        """The record at a path; 404 naming the first identifier on it that leads nowhere."""
        record = located(store, path, self.item)
        assert record is not None
        return record

    def draft(self, store: Store, collection: str) -> StoredRecord:
        """A record with an identifier, not yet in its list."""
        return StoredRecord(collection, store.ids.new(self.key), store.now(), store.now())

    def make(self, store: Store, collection: str, sent: Values) -> StoredRecord:
        """Make a record of a body without problems. Raises 400, code 1001, for unknown references."""
        return self.settle(store, self.draft(store, collection), sent)

    def settle(self, store: Store, record: StoredRecord, sent: Values) -> StoredRecord:
        """Put a record with all its values into its list. Raises as ``make``."""
        values = {**self.defaults, **self.own(sent)}
        self.check(store, record, values)
        record.values = self.keep(store, record, values)
        store.stored.add(record)
        store.version += 1
        return record

    def change(self, store: Store, record: StoredRecord, sent: Values) -> None:
        """Take over what a body says; what it leaves out stays. Raises as ``make``."""
        values = self.own(sent)
        self.check(store, record, values)
        store.stored.replace(record, record.values | self.keep(store, record, values))
        record.updated_at = store.now()
        store.version += 1

    def own(self, sent: Values) -> Values:
        """What can be kept of a body: its own properties, and none that is read-only."""
        return {name: given for name, given in sent.items() if name in self.checks}

    def same(self, store: Store, collection: str, sent: Values) -> StoredRecord:
        """The first record like the one sent, or a new one."""
        values = self.own(sent)
        told_apart = self.apart({**self.defaults, **values})
        for record in store.stored.inside(collection):
            if self.apart(record.values) == told_apart:
                record.values |= values
                return record
        return self.make(store, collection, sent)

    def apart(self, values: Values) -> Values:
        """The properties by which two records differ."""
        return {name: given for name, given in values.items() if name not in self.loose}

    def linked(self, store: Store, collection: str, sent: Iterable[Values]) -> list[str]:
        """The identifiers of nested resources, made where they are new."""
        return [self.same(store, collection, one).id for one in sent]

    def shown(self, store: Store, collection: str, ids: Iterable[str]) -> list[Values]:
        """Nested resources, without those that were deleted."""
        records = (store.stored.at(f"{collection}/{one}") for one in ids)
        return [self.nested(store, record) for record in records if record]

    def nested(self, store: Store, record: StoredRecord) -> Values:
        """As another resource shows it: without dates."""
        href = store.base_url + record.path
        return {self.key: record.id, "href": href, **self.show(store, record, dict(record.values))}

    def detail(self, store: Store, record: StoredRecord) -> Values:
        """As an answer of its own shows it."""
        dates = {"createdOn": stamp(record.created_at), "updatedOn": stamp(record.updated_at)}
        return self.nested(store, record) | (dates if self.dated else {})

    # Operations

    def each(self, store: Store, record: StoredRecord) -> Values:
        """As a list shows it."""
        detail = self.detail(store, record)
        return (
            {name: shown for name, shown in detail.items() if name not in self.brief}
            if self.brief
            else detail
        )

    def get_list(self, store: Store, request: Request) -> Collection[StoredRecord]:
        """The records of a list."""
        located(store, *self.parent(request))
        return self.listed(store, request)

    def create(self, store: Store, request: Request) -> Values:
        """201 with the detail."""
        located(store, *self.parent(request))
        makes = self.same if self.idempotent else self.make
        return self.detail(store, makes(store, request.path, request.body))

    def get(self, store: Store, request: Request) -> Values:
        """One in detail."""
        return self.detail(store, self.located(store, request.path))

    def update(self, store: Store, request: Request) -> Values:
        """200 with the detail."""
        record = self.located(store, request.path)
        self.change(store, record, request.body)
        return self.detail(store, record)

    def delete(self, store: Store, request: Request) -> None:
        """With everything inside it."""
        store.stored.remove(self.located(store, request.path))
        store.version += 1

    def parent(self, request: Request) -> tuple[str, str]:
        """(path, templated path) of what a list is inside of."""
        return request.path.rpartition("/")[0], self.path.rpartition("/")[0]


def located(store: Store, path: str, template: str) -> StoredRecord | None:
    """The record at a path, None for the root; 404 naming the first identifier that leads nowhere."""
    parts, names, record = path.split("/"), template.split("/"), None
    for end in range(3, len(parts) + 1, 2):
        record = store.stored.at("/".join(parts[:end]))
        if record is None:
            raise not_found(**{names[end - 1][1:-1]: parts[end - 1]})
    return record


def stored(resource: Resource) -> Resource:
    """Declare the five operations of a resource."""
    listing: dict[str, Any] = {"filters": resource.filters, "sorts": resource.sorts, "each": resource.each}
    route("GET", resource.path, key=resource.key, **listing)(resource.get_list)
    route("POST", resource.path, status=201, body=resource.new)(resource.create)
    route("GET", resource.item, key=resource.key)(resource.get)
    route("POST", resource.item, body=shape({}, resource.checks))(resource.update)
    route("DELETE", resource.item, status=204)(resource.delete)
    return resource
