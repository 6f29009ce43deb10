"""Every operation of the sandbox answers as the schemas of the contract say, and takes what they say."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.operations.routing import Route
from getresponse_django.sandbox.routes import ROUTER
from tests.contract.specification import CONTRACT, contract, operation, violations

from . import account_bodies
from .conftest import Api, made
from .shop_bodies import IN_SHOPS, KEYS, SHOP_BODIES, first_shop, shop_path

OPERATIONS = {f"{route.method} {route.path}": route for route in ROUTER.routes}


@pytest.fixture(scope="module")
def writable() -> Iterator[Api]:
    """Seeded, and thrown away after this module: these tests change it."""
    with Sandbox(contacts=120, limits=False) as sandbox:
        api = Api(sandbox)
        yield api
        api.session.close()


def one_id(api: Api, kind: str) -> str:
    """The id of some resource that exists, made for the purpose where the call may use it up."""
    match kind:
        case "campaignId":
            return api.campaign_id()
        case "contactId":
            number = len(api.sandbox.contacts())
            email = f"extra{number}@example.com"
            added = api.sandbox.add_contact(email, "customers", tags=["vip"], custom_fields={"plan": "pro"})
            return str(added["contactId"])
        case "tagId":
            return made(api, "/tags", {"name": f"tag_{len(api.sandbox.tags())}"}, kind)
        case "customFieldId":
            name = f"field_{len(api.sandbox.custom_fields())}"
            return made(api, "/custom-fields", {**FIELD, "name": name}, kind)
        case "fromFieldId":
            email = f"sender{len(api.get('/from-fields').json())}@example.com"
            return made(api, "/from-fields", {"email": email, "name": "Sender"}, kind)
        case "searchContactId":
            name = f"segment {len(api.get('/search-contacts').json())}"
            return made(api, "/search-contacts", {"name": name, **definition(api)}, kind)
        case "newsletterId":
            return made(api, "/newsletters", newsletter(api, "draft"), kind)
        case _:
            return account_bodies.IDS[kind](api)


FIELD = {"name": "size", "type": "string", "format": "text", "hidden": "false", "values": ["s"]}


def definition(api: Api) -> dict[str, Any]:
    condition = {
        "conditionType": "email",
        "operatorType": "string_operator",
        "operator": "contains",
        "value": "a",
    }
    section = {
        "campaignIdsList": [api.campaign_id()],
        "logicOperator": "and",
        "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
        "subscriptionDate": "all_time",
        "conditions": [condition],
    }
    return {"sectionLogicOperator": "or", "section": [section]}


def newsletter(api: Api, kind: str) -> dict[str, Any]:
    return {
        "subject": "Hello",
        "type": kind,
        "fromField": {"fromFieldId": api.get("/from-fields").json()[0]["fromFieldId"]},
        "campaign": {"campaignId": api.campaign_id()},
        "content": {"plain": "Hi", "html": "<p>Hi</p>"},
        "attachments": [{"fileName": "a.txt", "content": "YQ==", "mimeType": "text/plain"}],
        "sendSettings": {"selectedCampaigns": [api.campaign_id()]},
    }


def values(api: Api) -> dict[str, Any]:
    return {"customFieldValues": [{"customFieldId": api.field_id(), "value": ["team"]}]}


BODIES: dict[str, Callable[[Api], Any]] = {
    **account_bodies.BODIES,
    "POST /accounts": lambda api: {"city": "Sopot", "timeFormat": "12h"},
    "POST /accounts/blocklists": lambda api: {"masks": ["@blocked.example"]},
    "POST /accounts/callbacks": lambda api: {"url": "https://example.com/x", "actions": {"open": True}},
    "POST /campaigns": lambda api: {"name": f"list {len(api.sandbox.campaigns())}"},
    "POST /campaigns/{campaignId}": lambda api: {"name": "customers", "profile": {"title": "Ours"}},
    "POST /campaigns/{campaignId}/blocklists": lambda api: {"masks": ["@blocked.example"]},
    "POST /contacts": lambda api: {
        "email": "fresh@example.com",
        "campaign": {"campaignId": api.campaign_id()},
    },
    "POST /contacts/batch": lambda api: {
        "campaignId": api.campaign_id(),
        "contacts": [{"email": "batch@example.com", "tags": {"ids": [api.tag_id()]}}],
    },
    "POST /contacts/{contactId}": lambda api: {"note": "Called", "tags": [{"tagId": api.tag_id("site")}]},
    "POST /contacts/{contactId}/custom-fields": values,
    "POST /contacts/{contactId}/tags": lambda api: {"tags": [{"tagId": api.tag_id("site")}]},
    "POST /custom-fields": lambda api: {**FIELD, "name": f"made_{len(api.sandbox.custom_fields())}"},
    "POST /custom-fields/{customFieldId}": lambda api: {"hidden": "true", "values": ["s", "m"]},
    "POST /from-fields": lambda api: {"email": "another@example.com", "name": "Another"},
    "POST /newsletters": lambda api: newsletter(api, "broadcast"),
    "POST /newsletters/send-draft": lambda api: {
        "messageId": one_id(api, "newsletterId"),
        "sendSettings": {"selectedCampaigns": [api.campaign_id()]},
    },
    "POST /search-contacts": lambda api: {"name": "Saved", **definition(api)},
    "POST /search-contacts/contacts": lambda api: {"subscribersType": ["removed"], **definition(api)},
    "POST /search-contacts/{searchContactId}": lambda api: {"name": "Replaced", **definition(api)},
    "POST /search-contacts/{searchContactId}/custom-fields": values,
    "POST /tags": lambda api: {"name": f"made_{len(api.sandbox.tags())}"},
    "POST /tags/{tagId}": lambda api: {"name": "other"},
    **SHOP_BODIES,
}
"""What a POST sends; an operation that is not here takes no body."""

PREPARED = {
    "GET /accounts/callbacks": lambda api: api.post("/accounts/callbacks", {"url": "https://example.com/x"}),
}


def path_for(api: Api, name: str, route: Route) -> str:
    """The path of a call that succeeds: with identifiers of things that exist."""
    path = route.path
    if path.startswith(IN_SHOPS):
        return shop_path(api, path)
    for part in route.path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, one_id(api, part[1:-1]))
    if name in account_bodies.PATHS:
        path = account_bodies.PATHS[name](api)
    if name == "POST /newsletters/{newsletterId}/cancel":
        path = (
            f"/newsletters/{made(api, '/newsletters', newsletter(api, 'broadcast'), 'newsletterId')}/cancel"
        )
    if name == "POST /from-fields/{fromFieldId}/default":
        path = f"/from-fields/{api.get('/from-fields').json()[0]['fromFieldId']}/default"
    return path


def call(api: Api, name: str, route: Route, **params: str) -> requests.Response:
    """The call of an operation that succeeds."""
    if name in PREPARED:
        PREPARED[name](api)
    body = BODIES[name](api) if name in BODIES else None
    url = api.sandbox.url + path_for(api, name, route)
    params = {**account_bodies.PARAMS.get(name, {}), **params}
    if "/campaigns/statistics/" in url:
        params = {"query[campaignId]": api.campaign_id(), **params}
    return api.session.request(route.method, url, json=body, params=params)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_answer_is_as_the_contract_says(writable: Api, name: str) -> None:
    route = OPERATIONS[name]
    response = call(writable, name, route)
    assert response.status_code == route.status, response.text
    assert violations(route.method, route.path, response) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"email": 7}, "$.email"),
        ({"createdOn": "2026-01-01 10:00:00"}, "$.createdOn"),
        ({"origin": "telepathy"}, "$.origin"),
        ({"engagementScore": 9}, "$.engagementScore"),
    ],
)
def test_the_check_sees_an_answer_that_is_wrong(seeded: Api, change: dict[str, Any], complaint: str) -> None:
    contact_id = seeded.get("/contacts", perPage=1).json()[0]["contactId"]
    response = seeded.get(f"/contacts/{contact_id}")
    response._content = json.dumps({**response.json(), **change}).encode()
    assert any(found.startswith(complaint) for found in violations("GET", "/contacts/{contactId}", response))
    del response.headers["X-RateLimit-Limit"]
    assert "no header X-RateLimit-Limit" in violations("GET", "/contacts/{contactId}", response)


@pytest.mark.parametrize("group", ["hour", "day", "month", "total"])
@pytest.mark.parametrize("name", sorted(name for name in OPERATIONS if "groupBy" in OPERATIONS[name].filters))
def test_statistics_are_as_the_contract_says_in_every_group(writable: Api, name: str, group: str) -> None:
    route = OPERATIONS[name]
    response = call(writable, name, route, **{"query[groupBy]": group})
    assert violations(route.method, route.path, response) == []


@pytest.mark.parametrize(
    "path", ["/contacts/{contactId}", "/newsletters/{newsletterId}", *account_bodies.SEEDED_DETAILS]
)
def test_every_seeded_detail_is_as_the_contract_says(seeded: Api, path: str) -> None:
    collection, _, key = path.strip("/{}").partition("/{")
    for item in seeded.get(f"/{collection}", perPage=40).json():
        response = seeded.get(f"/{collection}/{item[key]}")
        assert violations("GET", path, response) == []


@pytest.mark.parametrize("kind", ["carts", "categories", "orders", "products", "taxes"])
def test_everything_in_the_seeded_shop_is_as_the_contract_says(seeded: Api, kind: str) -> None:
    place = f"/shops/{{shopId}}/{kind}"
    items = seeded.get(f"{first_shop(seeded)}/{kind}", perPage=20).json()
    assert items
    for item in items:
        response = seeded.get(f"{first_shop(seeded)}/{kind}/{item[KEYS[place]]}")
        assert violations("GET", f"{place}/{{{KEYS[place]}}}", response) == []


@pytest.mark.parametrize("name", sorted(name for name in OPERATIONS if "Id}" in name))
def test_what_does_not_exist_is_an_error_of_the_contract(writable: Api, name: str) -> None:
    route = OPERATIONS[name]
    url = writable.sandbox.url + "/".join(
        "nope" if part[:1] == "{" else part for part in route.path.split("/")
    )
    body = BODIES[name](writable) if name in BODIES else None
    response = writable.session.request(route.method, url, json=body)
    assert response.status_code == 404
    declared = {"404": "NotFound"} if "404" in operation(route.method, route.path)["responses"] else {}
    if declared:
        assert violations(route.method, route.path, response) == []


@pytest.mark.parametrize("name", sorted(BODIES))
def test_an_unusable_body_is_an_error_of_the_contract(writable: Api, name: str) -> None:
    route = OPERATIONS[name]
    response = writable.session.request(
        route.method, writable.sandbox.url + path_for(writable, name, route), json=[]
    )
    assert response.status_code == 400
    assert violations(route.method, route.path, response) == []


def test_the_filters_and_orders_are_those_of_the_contract() -> None:
    for name, route in OPERATIONS.items():
        declared = {
            parameter_name(parameter)
            for parameter in operation(route.method, route.path).get("parameters", [])
        }
        filters = {key if key.endswith("]") else f"query[{key}]" for key in route.filters}
        known = filters | {f"sort[{key}]" for key in route.sorts}
        assert known == {key for key in declared if "[" in key}, name


def parameter_name(parameter: dict[str, Any]) -> str:
    if "$ref" in parameter:
        parameter = contract()["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
    return str(parameter["name"])


def test_each_operation_is_in_the_list_of_operations() -> None:
    with (CONTRACT.parent / "operations.csv").open() as file:
        rows = {f"{row['method']} {row['path']}": row for row in csv.DictReader(file)}
    for name, route in OPERATIONS.items():
        assert rows[name]["success_status"] == str(route.status), name
        assert (rows[name]["paginated"] == "yes") == (route.each is not None), name
