"""What goes into the client and what comes out of it: calls, answers and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import GetResponseError

LANES = {
    ("POST", "/contacts/batch"): "batch",
    ("POST", "/imports"): "imports",
    ("POST", "/newsletters"): "newsletters",
}
"""Endpoints with limits of their own (contract/behaviour-core.md section 5, behaviour-newsletters.md section
2): what they refuse concerns them alone.
"""

SEARCH = "/search-contacts/contacts"
"""Where a search is sent, by POST (behaviour-newsletters.md section 1.2)."""


class Page(list[Any]):
    """The items of one page, its ``number`` from 1, and the totals where the API announced them."""

    def __init__(
        self,
        items: Iterable[Any],
        number: int,
        total_pages: int | None = None,
        total_count: int | None = None,
    ) -> None:
        super().__init__(items)
        self.number, self.total_pages, self.total_count = number, total_pages, total_count


@dataclass(frozen=True, eq=False)
class Call:
    """One request for ``send_many``; ``key`` is the caller's own, to know the result by. Its data stays out
    of repr.
    """

    method: str
    path: str
    json: Any = field(default=None, repr=False)
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    key: Any = None

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing in GetResponse; a search is sent by POST."""
        return self.method == "GET" or self.path == SEARCH

    @property
    def lane(self) -> str:
        """The lane of the throttle it needs, "" for the common one."""
        return LANES.get((self.method, self.path), "")


@dataclass(frozen=True)
class Answer:
    """A 2xx answer: the decoded value, and what its headers say: the totals of a list, and for how many
    seconds to send nothing more because this was the last call of a window.
    """

    value: Any = field(repr=False)
    status: int
    total_pages: int | None
    total_count: int | None
    pause: float = 0.0

    def page(self, number: int) -> Page:
        """The value as page ``number`` of a list."""
        return Page(self.value or [], number, self.total_pages, self.total_count)


Outcome = Answer | GetResponseError
"""What an attempt comes back with. Errors travel as values, so that no traceback of the network code is kept.
"""


def result_of(call: Call, outcome: Outcome) -> Any:
    """What comes of a call for who asked: its error, the JSON of the answer, or the page of a paged list."""
    if isinstance(outcome, GetResponseError):
        return outcome
    paged = isinstance(outcome.value, list) and outcome.total_count is not None
    return outcome.page((call.params or {}).get("page", 1)) if paged else outcome.value
