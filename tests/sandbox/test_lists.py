"""Lists: pages, filters, orders and projections, compared with the same worked out in Python."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.http.exchange import Request
from getresponse_django.sandbox.operations.listing import paging

from .conftest import Api, assert_envelope


def everything(api: Api, **params: str) -> list[dict[str, Any]]:
    return list(api.get("/contacts", params={"perPage": "1000", **params}).json())


@given(page=st.integers(1, 500), size=st.integers(1, 1000))
def test_the_pages_make_up_the_whole(seeded: Api, page: int, size: int) -> None:
    response = seeded.get("/contacts", page=page, perPage=size)
    assert response.json() == everything(seeded)[(page - 1) * size : page * size]
    headers = response.headers
    assert (headers["TotalCount"], headers["CurrentPage"]) == ("300", str(page))
    assert int(headers["TotalPages"]) == -(-300 // size)


def test_without_paging_there_are_100_and_past_the_end_none(seeded: Api) -> None:
    assert len(seeded.get("/contacts").json()) == 100
    response = seeded.get("/contacts", page=99)
    assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (1, 100)),
        ({"page": "3", "perPage": "1000"}, (3, 1000)),
        ({"page": "0", "perPage": "0"}, (1, 100)),
        ({"page": "-1", "perPage": "ten"}, (1, 100)),
        ({"page": "1.5", "perPage": ""}, (1, 100)),
        ({"page": "٣"}, (1, 100)),
        ({"page": "9" * 30}, (1, 100)),
    ],
)
def test_an_unusable_page_counts_as_left_out(query: dict[str, str], expected: tuple[int, int]) -> None:
    assert paging(Request("GET", "/contacts", query)) == expected


def test_more_than_1000_on_a_page_are_refused(api: Api) -> None:
    assert_envelope(api.get("/contacts", perPage=1001), 400, 1000)


@pytest.mark.parametrize("direction", ["ASC", "DESC", "asc", "desc"])
@pytest.mark.parametrize("name", ["email", "name", "createdOn", "changedOn"])
def test_orders_in_either_case(seeded: Api, name: str, direction: str) -> None:
    shown = [(item[name] or "").casefold() for item in everything(seeded, **{f"sort[{name}]": direction})]
    assert shown == sorted(shown, reverse=direction.upper() == "DESC")


def test_several_orders_apply_in_turn(seeded: Api) -> None:
    shown = everything(seeded, **{"sort[campaignId]": "DESC", "sort[email]": "ASC"})
    keys = [(item["campaign"]["campaignId"].casefold(), item["email"]) for item in shown]
    assert keys == sorted(sorted(keys, key=lambda key: key[1]), key=lambda key: key[0], reverse=True)


@given(part=st.text(alphabet="abeiklnos.@1", min_size=1, max_size=4))
def test_a_text_filter_matches_a_part(seeded: Api, part: str) -> None:
    found = everything(seeded, **{"query[email]": part})
    assert found == [contact for contact in everything(seeded) if part in contact["email"]]


def test_exact_match_matches_the_whole_whatever_its_case(seeded: Api) -> None:
    one = everything(seeded)[7]
    exact = {"additionalFlags": "exactMatch"}
    assert everything(seeded, **exact, **{"query[email]": one["email"].upper()}) == [one]
    assert everything(seeded, **exact, **{"query[email]": one["email"][:-1]}) == []
    assert one in everything(seeded, **exact, **{"query[name]": one["name"] or ""})
    other = {"query[email]": one["email"], "query[campaignId]": "nope"}
    assert everything(seeded, **exact, **other) == []


def test_campaign_origin_and_dates_filter(seeded: Api) -> None:
    contacts = everything(seeded)
    ids = [seeded.campaign_id("customers"), seeded.campaign_id("partners")]
    found = everything(seeded, **{"query[campaignId]": ",".join(ids)})
    assert found == [contact for contact in contacts if contact["campaign"]["campaignId"] in ids]
    assert everything(seeded, **{"query[origin]": "import"}) == [
        c for c in contacts if c["origin"] == "import"
    ]
    first, last = contacts[100]["createdOn"], contacts[200]["createdOn"]
    between = {"query[createdOn][from]": first, "query[createdOn][to]": last}
    assert everything(seeded, **between) == contacts[100:201]
    day = {"query[createdOn][from]": first[:10], "query[createdOn][to]": first[:10]}
    assert everything(seeded, **day) == [
        contact for contact in contacts if contact["createdOn"][:10] == first[:10]
    ]


def test_a_page_kept_from_before_is_not_shown_after_a_change(api: Api, sandbox: Sandbox) -> None:
    params = {"sort[email]": "ASC"}
    sandbox.add_contact("b@example.com", "customers")
    assert len(everything(api, **params)) == 1
    added = sandbox.add_contact("a@example.com", "customers")
    assert [contact["email"] for contact in everything(api, **params)] == ["a@example.com", "b@example.com"]
    api.delete(f"/contacts/{added['contactId']}")
    assert [contact["email"] for contact in everything(api, **params)] == ["b@example.com"]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/contacts", "contactId"),
        ("/tags", "tagId"),
        ("/newsletters", "newsletterId"),
        ("/campaigns", "campaignId"),
    ],
)
def test_fields_keep_the_id(seeded: Api, path: str, key: str) -> None:
    shown = seeded.get(path, fields="name,nonsense").json()
    assert all(set(item) == {key, "name"} for item in shown)
    detail = seeded.get(f"{path}/{shown[0][key]}", fields="createdOn").json()
    assert set(detail) <= {key, "createdOn"} and key in detail


@pytest.mark.parametrize(
    ("path", "query", "field", "description"),
    [
        ("/contacts", "query[tag]=x", "tag", "Not allowed search field"),
        ("/campaigns", "query[createdOn][from]=2026-01-01", "createdOn][from", "Not allowed search field"),
        ("/tags", "query[]=x", "", "Not allowed search field"),
        ("/contacts", "sort[scoring]=ASC", "scoring", "Not allowed sort field"),
        ("/contacts", "sort[email]=up", "email", "Value must be ASC or DESC"),
        ("/contacts", "query[createdOn][from]=soon", "createdOn][from", "Value must be a date"),
        ("/newsletters", "query[sendOn][to]=2026-01-01T00:00:00Z", "sendOn][to", "Value must be a date"),
        ("/contacts", "query[origin]=telepathy", "origin", "Value must be one of"),
        ("/campaigns", "query[isDefault]=perhaps", "isDefault", "Value must be true or false"),
    ],
)
def test_a_query_that_is_not_allowed_is_named(
    api: Api, path: str, query: str, field: str, description: str
) -> None:
    error = assert_envelope(api.get(f"{path}?{query}"), 400, 1000)
    assert error["context"]["fieldName"] == field
    assert error["context"]["errorDescription"].startswith(description)
    assert error["context"]["originalName"] == query.split("=")[0]
