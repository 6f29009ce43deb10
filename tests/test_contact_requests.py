"""The requests of a contact, as tables; and the law that a push ends what is in doubt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.contact_requests import (
    ContactPlan,
    Request,
    difference,
    new_batch_contact,
    new_contact,
    replace_collections,
    sent_values,
    update_contact,
)
from getresponse_django.errors import Rejected

VALUES: dict[str, Any] = {
    "email": "ann@example.com",
    "name": "Ann",
    "note": "",
    "scoring": None,
    "dayOfCycle": None,
    "campaign": "C",
    "tags": ["t1"],
    "customFieldValues": {"plan": ["pro"]},
}
FIELD_IDS = {"plan": "F1", "city": "F2"}


def planned(
    values: dict[str, Any], base: dict[str, Any] = VALUES, doubt: dict[str, Any] | None = None
) -> ContactPlan:
    return update_contact("a", values, difference(values, base, doubt or {}), FIELD_IDS)


@pytest.mark.parametrize(
    ("edit", "requests"),
    [
        ({}, []),
        ({"name": "Anna"}, [Request("POST", "/contacts/a", {"name": "Anna"})]),
        ({"name": ""}, []),
        ({"dayOfCycle": 0}, [Request("POST", "/contacts/a", {"dayOfCycle": "0"})]),
        ({"campaign": "D"}, [Request("POST", "/contacts/a", {"campaign": {"campaignId": "D"}})]),
        ({"tags": ["t1", "t2"]}, [Request("POST", "/contacts/a/tags", {"tags": [{"tagId": "t2"}]})]),
        (
            {"customFieldValues": {"plan": ["pro"], "city": ["Rome"]}},
            [
                Request(
                    "POST",
                    "/contacts/a/custom-fields",
                    {"customFieldValues": [{"customFieldId": "F2", "value": ["Rome"]}]},
                )
            ],
        ),
    ],
)
def test_an_update_sends_only_what_differs(edit: dict[str, Any], requests: list[Request]) -> None:
    plan = planned(VALUES | edit)
    assert plan.requests == requests
    assert plan.empty == (not requests)
    assert not (plan.drop_tags or plan.drop_fields)


@pytest.mark.parametrize(
    ("edit", "tags", "fields"),
    [
        ({"tags": []}, {"t1"}, set()),
        ({"customFieldValues": {}}, set(), {"plan"}),
        ({"customFieldValues": {"plan": []}}, set(), {"plan"}),
    ],
)
def test_detaching_needs_the_detail_first(edit: dict[str, Any], tags: set[str], fields: set[str]) -> None:
    plan = planned(VALUES | edit)
    assert (plan.requests, plan.drop_tags, plan.drop_fields, plan.empty) == ([], tags, fields, False)


def test_custom_fields_of_which_nothing_is_known_are_left_alone() -> None:
    values = {key: value for key, value in VALUES.items() if key != "customFieldValues"}
    assert planned(values).empty


DETAIL: dict[str, Any] = {
    "tags": [{"tagId": "t1"}, {"tagId": "t2"}],
    "customFieldValues": [
        {"customFieldId": "F1", "name": "plan", "value": ["pro"], "values": ["pro"]},
        {"customFieldId": "F2", "name": "city", "value": ["Rome"]},
    ],
}


@pytest.mark.parametrize(
    ("tags", "fields", "body"),
    [
        ({"t1"}, set(), {"tags": [{"tagId": "t2"}]}),
        ({"t1", "t2"}, set(), {"tags": []}),
        (set(), {"plan"}, {"customFieldValues": [{"customFieldId": "F2", "value": ["Rome"]}]}),
        (set(), {"city"}, {"customFieldValues": [{"customFieldId": "F1", "value": ["pro"]}]}),
        ({"gone"}, {"gone"}, {}),
        (set(), set(), {}),
    ],
)
def test_what_others_set_is_sent_back(tags: set[str], fields: set[str], body: dict[str, Any]) -> None:
    assert replace_collections(DETAIL, frozenset(tags), frozenset(fields)) == body


@pytest.mark.parametrize("count", [500, 501])
def test_where_tags_could_be_lost_a_removal_is_refused(count: int) -> None:
    detail = {"tags": [{"tagId": str(number)} for number in range(count)]}
    with pytest.raises(Rejected, match="500"):
        replace_collections(detail, frozenset({"0"}), frozenset())
    assert replace_collections({"tags": detail["tags"][:499]}, frozenset({"0"}), frozenset())["tags"]


def test_a_creation_leaves_out_what_is_empty() -> None:
    bare = VALUES | {"name": "", "tags": [], "customFieldValues": {"plan": []}, "note": "not writable"}
    assert new_contact(bare, FIELD_IDS) == {"email": "ann@example.com", "campaign": {"campaignId": "C"}}
    assert new_batch_contact(bare, FIELD_IDS) == {"email": "ann@example.com"}


def test_single_and_batch_creations_differ_in_shape() -> None:
    full = VALUES | {"scoring": 0.0, "dayOfCycle": 0}
    common = {
        "email": "ann@example.com",
        "name": "Ann",
        "dayOfCycle": "0",
        "scoring": 0.0,
        "ipAddress": "192.0.2.1",
        "customFieldValues": [{"customFieldId": "F1", "value": ["pro"]}],
    }
    tags = {"tags": [{"tagId": "t1"}], "campaign": {"campaignId": "C"}}
    assert new_contact(full, FIELD_IDS, "192.0.2.1") == common | tags
    assert new_batch_contact(full, FIELD_IDS, "192.0.2.1") == common | {"tags": {"ids": ["t1"]}}


def test_a_creation_does_not_tell_the_note() -> None:
    plan = planned(VALUES | {"note": "hi"}, sent_values(VALUES | {"note": "hi"}))
    assert plan.requests == [Request("POST", "/contacts/a", {"note": "hi"})]


# --- in doubt ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("doubt", "requests", "drop_tags", "drop_fields"),
    [
        ({}, [], set(), set()),
        ({"members": ["name"]}, [{"name": "Ann"}], set(), set()),
        (
            {"members": ["campaign", "dayOfCycle"]},
            [{"campaign": {"campaignId": "C"}, "dayOfCycle": None}],
            (),
            (),
        ),
        ({"tags": ["t1"]}, [{"tags": [{"tagId": "t1"}]}], set(), set()),
        ({"tags": ["t2"]}, [], {"t2"}, set()),
        ({"fields": ["plan"]}, [{"customFieldValues": [{"customFieldId": "F1", "value": ["pro"]}]}], (), ()),
        ({"fields": ["city"]}, [], set(), {"city"}),
    ],
)
def test_what_is_in_doubt_is_sent_though_it_is_as_before(
    doubt: dict[str, Any], requests: list[Any], drop_tags: Any, drop_fields: Any
) -> None:
    plan = planned(VALUES, VALUES, doubt)
    assert [request.json for request in plan.requests] == requests
    assert (plan.drop_tags, plan.drop_fields) == (set(drop_tags), set(drop_fields))


tag_ids = st.lists(st.sampled_from(["t1", "t2", "t3"]), unique=True)
some_values = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Ann", "Bea"]),
        "tags": tag_ids,
        "customFieldValues": st.dictionaries(st.sampled_from(["plan", "city"]), st.just(["x"])),
    }
).map(lambda some: VALUES | some)


@given(some_values, some_values, some_values, st.booleans())
def test_whether_a_lost_update_was_done_or_not_the_next_one_brings_all_to_rights(
    base: dict[str, Any], wanted: dict[str, Any], later: dict[str, Any], done: bool
) -> None:
    doubt = difference(wanted, base, {})
    there = wanted if done else base
    plan = planned(later, base, doubt.as_json())

    sent: dict[str, Any] = {}
    for request in plan.requests:
        sent |= request.json or {}
    names = {field_id: name for name, field_id in FIELD_IDS.items()}
    added = {item["customFieldId"]: item["value"] for item in sent.get("customFieldValues", [])}
    fields = there["customFieldValues"] | {names[field_id]: value for field_id, value in added.items()}
    assert sent.get("name", there["name"]) == later["name"]
    tags = {*there["tags"], *(tag["tagId"] for tag in sent.get("tags", []))} - plan.drop_tags
    assert tags == set(later["tags"])
    left = {name: value for name, value in fields.items() if name not in plan.drop_fields}
    assert left == later["customFieldValues"]
