"""The conditions on how, from where and with whose consent a contact came (contract/behaviour-newsletters.md
section 1.5).

Decided where the contract is open:

- ``subscription_method``: ``all`` finds everybody of the origin, the ID of an import those it added. The
  sandbox has no forms, pages and webinars, so another ID, or a kind of form, finds nobody.
- ``geo``: the country is its English name, which the sandbox knows for the countries of its own people.
- ``gdpr``: ``given`` is a consent that stands, dated by its last grant; ``not_given`` is everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..http.validation import Check, Path, Problem, absent, date, identifier, one_of, shape
from ..state.dates import parse
from ..state.records import Contact
from ..state.store import Store
from .operators import TEXT, Condition, Test, TestMaker, string_test
from .search_periods import date_test

ORIGINS = {
    "webform": "www",
    "import": "import",
    "landing_page": "landing_page",
    "api": "api",
    "email": "email",
    "panel": "panel",
    "mobile": "iphone",
    "survey": "survey",
    "sales": "sale",
    "copy": "copy",
    "leads": "leads",
    "webinar": "webinar",
    "chat": "chat",
    "website_builder_elegant": "website_builder_elegant",
    "course": "course",
    "premium_newsletter": "premium_newsletter",
}
"""The method of a search -> the origin of a contact."""

WITH_ID = ("import", "landing_page", "webinar", "website_builder_elegant")
WEBFORM_TYPES = ("all", "webforms", "webformsv2", "popups")
PLACES = {
    "country_code": "countryCode",
    "region": "region",
    "city": "city",
    "longitude": "longitude",
    "latitude": "latitude",
    "postal_code": "postalCode",
    "dma_code": "dmaCode",
}
"""The scope of a search -> the member of a contact's geolocation."""

COUNTRIES = {
    "DE": "Germany",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "PL": "Poland",
    "US": "United States",
}
GEO = {"scope": one_of("country", *PLACES)}
CONSENT = {"gdprFieldId": identifier, "consentStatus": one_of("given", "not_given")}


def check_geo(value: Condition, path: Path) -> Iterator[Problem]:
    """A text operator on a member of the geolocation."""
    yield from TEXT(value, path)
    yield from shape(GEO)(value, path)


def check_method(value: Condition, path: Path) -> Iterator[Problem]:
    """Some methods need the ID of what the contact came by, forms their kind."""
    yield from shape({"method": one_of(*ORIGINS)}, {"value": identifier})(value, path)
    if value.get("method") == "webform":
        yield from shape({"webformType": one_of(*WEBFORM_TYPES)})(value, path)
    else:
        yield from shape({}, {"webformType": one_of(*WEBFORM_TYPES)})(value, path)
    if value.get("method") in WITH_ID or value.get("webformType") in WEBFORM_TYPES[1:]:
        yield from shape({"value": identifier})(value, path)


def check_consent(value: Condition, path: Path) -> Iterator[Problem]:
    """A date belongs to ``date_from`` and ``date_to`` only."""
    yield from shape(CONSENT, {"consentDate": check_consent_date})(value, path)


def check_consent_date(value: Any, path: Path) -> Iterator[Problem]:
    """``{operator, date}``."""
    yield from shape({"operator": one_of("anytime", "date_from", "date_to")})(value, path)
    if isinstance(value, dict):
        timeless = value.get("operator") == "anytime"
        yield from (shape({}, {"date": absent}) if timeless else shape({"date": date}))(value, path)


def method_test(store: Store, condition: Condition) -> Test:
    """By origin."""
    method = condition["method"]
    named = condition["webformType"] if method == "webform" else condition.get("value", "all")
    if method not in (*WITH_ID, "webform") or named == "all":
        return lambda contact: contact.origin == ORIGINS[method]
    if method == "import":
        return lambda contact: contact.import_id == named
    return lambda contact: False


def geo_test(store: Store, condition: Condition) -> Test:
    """By a member of the geolocation."""
    test, scope = string_test(condition), condition["scope"]

    def place(contact: Contact) -> str | None:
        if scope == "country":
            return COUNTRIES.get(contact.geolocation.get("countryCode") or "")
        return contact.geolocation.get(PLACES[scope])

    return lambda contact: test([found for found in (place(contact),) if found])


def consent_test(store: Store, condition: Condition) -> Test:
    """By a consent, and when it was given."""
    field_id, wanted = condition["gdprFieldId"], condition["consentStatus"] == "given"
    when = condition.get("consentDate", {})
    inside = date_test(when["operator"], when["date"], store.now()) if "date" in when else None

    def given(contact: Contact) -> bool:
        return any(
            inside is None or inside(granted_at(consent))
            for consent in contact.consents
            if consent["consentId"] == field_id and consent["isGranted"]
        )

    return lambda contact: given(contact) is wanted


def granted_at(consent: dict[str, Any]) -> int | None:
    """When a consent was last given."""
    moments = [parse(entry["declaredAt"]) or 0 for entry in consent["history"] if entry["wasGranted"]]
    return max(moments, default=None)


ORIGIN_CHECKS: dict[str, Check] = {
    "subscription_method": check_method,
    "geo": check_geo,
    "gdpr": check_consent,
}
ORIGIN_TESTS: dict[str, TestMaker] = {
    "subscription_method": method_test,
    "geo": geo_test,
    "gdpr": consent_test,
}
