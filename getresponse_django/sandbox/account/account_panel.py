"""/accounts/badge, billing, industries and login-history: what the owner of the account sees of it.

Decided where the contract is open: there is a badge of each ``type``; GET tells that of ``referral``, the
default, and POST answers the one it switched. A login has no id, so ``fields=`` always keeps ``loginTime``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..http.exchange import Request
from ..http.validation import one_of, shape, status
from ..operations.routing import route
from ..state.dates import day_of, next_month, optional_stamp, stamp
from ..state.records import Login
from ..state.store import Store

BADGE = shape({"status": status}, {"type": one_of("landing_page", "website_builder_elegant", "referral")})
INDUSTRIES = {
    "1": ("Agriculture", "Farms, forestry and fishing"),
    "2": ("Automotive", "Cars, parts and repair"),
    "3": ("Retail", "Shops and online shops"),
    "4": ("Education", "Schools, courses and training"),
    "5": ("Finance", "Banks, insurance and accounting"),
    "6": ("Health", "Medicine, sport and beauty"),
    "7": ("Marketing", "Agencies and advertising"),
    "8": ("Non-profit", "Foundations and associations"),
    "9": ("Publishing", "Press, books and blogs"),
    "10": ("Software", "Programs and services on the Internet"),
    "11": ("Travel", "Hotels, agencies and transport"),
}
"""industryTagId -> name and description."""


@route("GET", "/accounts/badge")
def get_badge(store: Store, request: Request) -> Any:
    """AccountBadgeDetails."""
    return {"status": store.badges.get("referral", "disabled")}


@route("POST", "/accounts/badge", body=BADGE)
def update_badge(store: Store, request: Request) -> Any:
    """Switches one badge."""
    store.badges[request.body.get("type", "referral")] = request.body["status"]
    return {"status": request.body["status"]}


@route("GET", "/accounts/billing", key="listSize")
def get_billing(store: Store, request: Request) -> Any:
    """AccountBilling: a monthly plan, renewed on the first of the month."""
    return {
        "listSize": "2500",
        "paymentPlan": "Monthly",
        "subscriptionPrice": 119,
        "renewalDate": day_of(next_month(store.now())).isoformat(),
        "currencyCode": "PLN",
        "accountBalance": "0.00",
        "price": 119,
        "paymentMethod": "credit_card",
        "creditCard": {"number": "************0000", "expirationDate": "2030-12-31"},
        "addons": [{"name": "Transactional emails", "price": 0, "active": "true"}],
    }


@route(
    "GET",
    "/accounts/industries",
    key="industryTagId",
    each=lambda store, number: dict(
        zip(("industryTagId", "name", "description"), (number, *INDUSTRIES[number]), strict=True)
    ),
)
def list_industries(store: Store, request: Request) -> Collection[str]:
    """A short list of industries."""
    return list(INDUSTRIES)


def login_detail(store: Store, login: Login) -> dict[str, Any]:
    """AccountsLoginHistoryListElement."""
    return {
        "loginTime": stamp(login.at),
        "logoutTime": optional_stamp(login.until),
        "isSuccessful": str(login.is_successful).lower(),
        "ip": login.ip,
    }


@route("GET", "/accounts/login-history", key="loginTime", each=login_detail)
def list_logins(store: Store, request: Request) -> Collection[Login]:
    """The latest login first."""
    return store.logins[::-1]
