"""/accounts: the profile, blocklist, callbacks, limits and time zones (contract/behaviour-newsletters.md 6
and 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..audience.campaign_bodies import MASKS
from ..http.errors import ApiError, not_found
from ..http.exchange import Request
from ..http.filters import by_route
from ..http.timezones import TIMEZONES
from ..http.validation import Path, Problem, boolean, one_of, problem, shape, text, url
from ..operations.routing import route
from ..state.blocklist import changed
from ..state.store import ACCOUNT_ID, Store

PROFILE = {
    "accountId": ACCOUNT_ID,
    "email": "owner@example.com",
    "countryCode": {"countryCodeId": "175", "countryCode": "PL"},
    "industryTag": {"industryTagId": "3"},
    "timeZone": {"name": "Europe/Warsaw", "offset": "+01:00"},
    "firstName": "Anna",
    "lastName": "Kowalska",
    "companyName": "Example Ltd",
    "phone": "+48 123 456 789",
    "state": "Pomorskie",
    "city": "Gdańsk",
    "street": "Przykładowa 1",
    "zipCode": "80-001",
    "numberOfEmployees": "50",
    "timeFormat": "24h",
}
WRITABLE = {
    **dict.fromkeys(("firstName", "lastName", "companyName", "street"), text(2, 64)),
    "phone": text(2, 32),
    "state": text(2, 40),
    "city": text(),
    "zipCode": text(2, 9),
    "numberOfEmployees": one_of("50", "250", "500", "more"),
    "timeFormat": one_of("12h", "24h"),
}
ACTIONS = dict.fromkeys(("open", "click", "subscribe", "unsubscribe", "survey"), boolean)
CALLBACKS = shape({}, {"url": url, "actions": shape({}, ACTIONS)})
SENDING_LIMIT = 1_000_000
MONTH = 2592000


def not_empty(value: Any, path: Path) -> Iterator[Problem]:
    """UpdateAccount: an object with something in it."""
    yield from shape({}, WRITABLE)(value, path)
    if value == {}:
        yield problem(path, value, "The body can't be empty")


@route("GET", "/accounts", key="accountId")
def get_account(store: Store, request: Request) -> Any:
    """One object, although the path is plural."""
    return {**PROFILE, **store.profile, "href": store.href("accounts")}


@route("POST", "/accounts", body=not_empty)
def update_account(store: Store, request: Request) -> Any:
    """E-mail and country cannot be changed."""
    store.profile |= {name: value for name, value in request.body.items() if name in WRITABLE}
    return get_account(store, request)


@route("GET", "/accounts/sending-limits", key="timeFrame")
def get_sending_limits(store: Store, request: Request) -> Any:
    """E-mails, not calls, of the last 30 days."""
    first = store.now() // 3600 - MONTH // 3600
    used = sum(
        counts.get("sent", 0)
        for message in store.messages()
        for hour, counts in message.activity.items()
        if hour > first
    )
    return [{"timeFrame": MONTH, "limit": SENDING_LIMIT, "used": used}]


@route("GET", "/accounts/timezones", key="timezoneId")
def get_timezones(store: Store, request: Request) -> Any:
    """A short list of time zones."""
    return [dict(zone) for zone in TIMEZONES]


@route("GET", "/accounts/blocklists", filters=by_route("mask"))
def get_blocklist(store: Store, request: Request) -> Any:
    """The account's masks; ``query[mask]`` matches a part."""
    wanted = request.filter("mask").lower()
    return {"masks": [mask for mask in store.masks if wanted in mask.lower()]}


@route("POST", "/accounts/blocklists", body=MASKS)
def update_blocklist(store: Store, request: Request) -> Any:
    """Replaces all masks, or changes some with additionalFlags."""
    store.masks = changed(store.masks, request.body["masks"], request.flags)
    return None if "noResponse" in request.flags else {"masks": list(store.masks)}


@route("GET", "/accounts/callbacks")
def get_callbacks(store: Store, request: Request) -> Any:
    """404 while they are off."""
    if store.callbacks is None:
        raise not_found(resource="callbacks")
    return dict(store.callbacks)


@route("POST", "/accounts/callbacks", body=CALLBACKS)
def update_callbacks(store: Store, request: Request) -> Any:
    """Switches them on or changes them; ``url`` is needed only while they are off."""
    body = request.body
    if store.callbacks is None and "url" not in body:
        raise ApiError(1000, context=[problem(("url",), None, "Value is required and can't be empty")])
    known = store.callbacks or {"actions": dict.fromkeys(ACTIONS, False)}
    actions = {name: value for name, value in body.get("actions", {}).items() if name in ACTIONS}
    store.callbacks = {"url": body.get("url", known.get("url")), "actions": {**known["actions"], **actions}}
    return dict(store.callbacks)


@route("DELETE", "/accounts/callbacks", status=204)
def delete_callbacks(store: Store, request: Request) -> None:
    """Switches them off."""
    store.callbacks = None
