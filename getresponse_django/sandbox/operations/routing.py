"""Where a route is declared, and how a path finds its route.

To add an operation, write a function in the module of its resource and decorate it::

    @route("GET", "/tags/{tagId}", key="tagId")
    def get_tag(store, request): ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..http.errors import ApiError, not_found
from ..http.exchange import Request
from ..http.filters import Field, Filters
from ..http.validation import Check
from ..state.store import Store

Handler = Callable[[Store, Request], Any]
Render = Callable[[Store, Any], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    ``body`` checks the JSON of a POST (None: it takes none). A route with ``each`` is a paged list: its
    function returns records, which are filtered, sorted, cut to the page and rendered by ``each``. ``key`` is
    the property that ``fields=`` never drops. ``quota`` names a tighter limit of its own. ``one_page`` is a
    list that comes whole, with the headers of a paged one.
    """

    method: str
    path: str
    handler: Handler
    status: int = 200
    body: Check | None = None
    each: Render | None = None
    filters: Filters = field(default_factory=dict)
    sorts: Mapping[str, Field] = field(default_factory=dict)
    key: str = ""
    quota: str = ""
    one_page: bool = False


ROUTES: list[Route] = []


def route(method: str, path: str, **options: Any) -> Callable[[Handler], Handler]:
    """Declare the decorated function ``(store, request)`` as an operation; the options are those of
    ``Route``.
    """

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, handler, **options))
        return handler

    return register


class Router:
    """Finds the route of a request: whole paths first, then paths with identifiers."""

    def __init__(self, routes: list[Route]) -> None:
        self.routes = routes
        self.fixed: dict[str, dict[str, Route]] = {}
        self.patterns: dict[tuple[str, int], dict[tuple[str, ...], dict[str, Route]]] = {}
        for found in routes:
            self._methods(found.path)[found.method] = found

    def _methods(self, path: str) -> dict[str, Route]:
        if "{" not in path:
            return self.fixed.setdefault(path, {})
        parts = tuple(path.split("/"))
        return self.patterns.setdefault((parts[1], len(parts)), {}).setdefault(parts, {})

    def find(self, request: Request) -> Route:
        """The route of a request, whose ``ids`` are filled in. Raises 404 or, for a wrong method, 400."""
        methods = self.fixed.get(request.path) or self._match(request)
        if methods is None:
            raise not_found(path=request.path)
        if request.method not in methods:
            raise ApiError(100002, context={"method": request.method, "allowed": sorted(methods)})
        return methods[request.method]

    def _match(self, request: Request) -> dict[str, Route] | None:
        parts = request.path.split("/")
        if len(parts) < 2:
            return None
        for pattern, methods in self.patterns.get((parts[1], len(parts)), {}).items():
            pairs = list(zip(pattern, parts, strict=True))
            if all(part if name[:1] == "{" else name == part for name, part in pairs):
                request.ids = {name[1:-1]: part for name, part in pairs if name[:1] == "{"}
                return methods
        return None
