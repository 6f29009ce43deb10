"""Whatever is sent, the answer is never a 5xx, and a refusal is always the envelope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.operations.routing import Route
from getresponse_django.sandbox.routes import ROUTER

from . import account_bodies
from .conftest import Api
from .shop_bodies import IN_SHOPS, KEYS, PLACES, first_shop, shop_ids

WITH_BODY = [route for route in ROUTER.routes if route.body is not None]
LISTS = [route for route in ROUTER.routes if route.filters or route.sorts or route.each]


@pytest.fixture(scope="module")
def victim() -> Iterator[Api]:
    with Sandbox(contacts=30, limits=False) as sandbox:
        api = Api(sandbox)
        yield api
        api.session.close()


def real_ids(api: Api) -> dict[str, str]:
    return {
        "campaignId": api.campaign_id(),
        "contactId": api.sandbox.contacts()[0]["contactId"],
        "tagId": api.sandbox.tags()[0]["tagId"],
        "customFieldId": api.field_id(),
        "fromFieldId": api.get("/from-fields").json()[0]["fromFieldId"],
        "newsletterId": api.get("/newsletters").json()[0]["newsletterId"],
        "autoresponderId": api.get("/autoresponders").json()[0]["autoresponderId"],
        "searchContactId": "nope",
    }


def filled(api: Api, route: Route) -> str:
    path = route.path
    if path.startswith(IN_SHOPS):
        return path.format(**shop_ids(api))
    for name, value in real_ids(api).items():
        path = path.replace(f"{{{name}}}", value)
    return account_bodies.filled(api, path)


def assert_decent(response: Any) -> None:
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert {"httpStatus", "code", "message", "context", "uuid"} <= set(response.json())


NAMES = [
    *account_bodies.NAMES,
    "name",
    "email",
    "campaign",
    "campaignId",
    "contacts",
    "tags",
    "tagId",
    "ids",
    "customFieldValues",
    "customFieldId",
    "value",
    "values",
    "hidden",
    "type",
    "format",
    "masks",
    "url",
    "actions",
    "open",
    "subject",
    "content",
    "html",
    "fromField",
    "fromFieldId",
    "sendSettings",
    "selectedCampaigns",
    "sendOn",
    "date",
    "timeZone",
    "timeZoneId",
    "messageId",
    "section",
    "sectionLogicOperator",
    "subscribersType",
    "campaignIdsList",
    "logicOperator",
    "conditions",
    "subscriberCycle",
    "subscriptionDate",
    "customDate",
    "from",
    "to",
    "conditionType",
    "operatorType",
    "operator",
    "scope",
    "scoring",
    "dayOfCycle",
    "note",
    "profile",
    "title",
    "confirmation",
    "redirectType",
    "subscriptionNotifications",
    "recipients",
    "optinTypes",
    "api",
    "isDefault",
    "categories",
    "categoryId",
    "variants",
    "metaFields",
    "metaFieldId",
    "selectedVariants",
    "variantId",
    "taxes",
    "price",
    "quantity",
]
WORDS = [
    *account_bodies.WORDS,
    "and",
    "or",
    "is",
    "string_operator",
    "email",
    "custom",
    "subscribed",
    "all_time",
    "true",
    "2026-01-01",
    "a@b.co",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(WORDS)
)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=7),
    max_leaves=25,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(route=st.sampled_from(WITH_BODY), body=BODIES)
@example(route=WITH_BODY[0], body={"scoring": 10**400})
def test_any_body(victim: Api, route: Route, body: Any) -> None:
    assert_decent(send(victim, filled(victim, route), body))


def send(api: Api, path: str, body: Any) -> Any:
    """Post even what is not quite JSON, such as Infinity."""
    headers = {"Content-Type": "application/json"}
    return api.session.post(api.sandbox.url + path, data=json.dumps(body), headers=headers)


def assert_mutations_decent(api: Api, path: str, good: dict[str, Any], name: str, bad: Any) -> None:
    assert_decent(send(api, path, {**good, name: bad}))
    assert_decent(send(api, path, {key: value for key, value in good.items() if key != name}))


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(["email", "name", "dayOfCycle", "scoring", "tags", "customFieldValues"]), bad=BODIES
)
def test_any_member_of_a_contact(victim: Api, name: str, bad: Any) -> None:
    contact_id = victim.sandbox.contacts()[0]["contactId"]
    good = {"email": "someone@example.com", "campaign": {"campaignId": victim.campaign_id()}}
    for path in ("/contacts", f"/contacts/{contact_id}"):
        assert_mutations_decent(victim, path, good, name, bad)
    assert victim.get(f"/contacts/{contact_id}").status_code == 200


@pytest.fixture(scope="module")
def shop_ways(victim: Api) -> dict[str, tuple[dict[str, Any], tuple[str, str]]]:
    """For each list in a shop: a good body, and the paths that take it."""
    ids = shop_ids(victim)
    return {
        place: (
            body(victim, first_shop(victim)),
            (place.format(**ids), f"{place.format(**ids)}/{ids[KEYS[place]]}"),
        )
        for place, body in PLACES.items()
    }


@settings(max_examples=120, deadline=None)
@given(data=st.data(), bad=BODIES)
def test_any_member_of_a_shop(
    victim: Api, shop_ways: dict[str, tuple[dict[str, Any], tuple[str, str]]], data: st.DataObject, bad: Any
) -> None:
    good, paths = shop_ways[data.draw(st.sampled_from(sorted(PLACES)))]
    name = data.draw(st.sampled_from(sorted(good)))
    for path in paths:
        assert_mutations_decent(victim, path, good, name, bad)
        assert_decent(victim.get(path))
    assert victim.get(paths[0], perPage=5).status_code == 200


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_query(victim: Api, data: st.DataObject) -> None:
    route = data.draw(st.sampled_from(LISTS))
    names = [f"query[{name}]" for name in route.filters] + [f"sort[{name}]" for name in route.sorts]
    names += ["page", "perPage", "fields", "additionalFlags", "query[", "sort", "query[a", "[", "query[a][b]"]
    texts = st.text(max_size=12) | st.sampled_from(
        ["day", "2026-01-01", "0001-01-01", "9999-12-31", "ASC", "1e9", "-1"]
    )
    params = data.draw(st.dictionaries(st.sampled_from(names), texts, max_size=5))
    url = victim.sandbox.url + filled(victim, route)
    body: Any = {} if route.body else None
    assert_decent(victim.session.request(route.method, url, params=params, json=body))


@given(path=st.text(max_size=30), method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "OPTIONS"]))
def test_any_path(victim: Api, path: str, method: str) -> None:
    response = victim.session.request(
        method, f"{victim.sandbox.url}/{path}", json={} if method == "POST" else None
    )
    assert_decent(response)
