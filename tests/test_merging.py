"""Three-way merging, as tables; and laws that hold for any data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.contact_requests import difference, update_contact
from getresponse_django.merging import clashes, merge


@pytest.mark.parametrize(
    ("local", "remote", "base", "local_wins", "remote_wins"),
    [
        ("a", "a", "a", "a", "a"),
        ("b", "a", "a", "b", "b"),
        ("a", "b", "a", "b", "b"),
        ("b", "c", "a", "b", "c"),
        ("b", "b", "a", "b", "b"),
        ("", "b", None, "b", "b"),
        (None, 5, None, 5, 5),
        ("mine", "theirs", None, "mine", "theirs"),
        ("", "b", "b", "", ""),
        ("", "c", "b", "", "c"),
    ],
)
def test_merging_one_member(local: Any, remote: Any, base: Any, local_wins: Any, remote_wins: Any) -> None:
    before = {} if base is None else {"name": base}
    assert merge({"name": local}, {"name": remote}, before, "local") == {"name": local_wins}
    assert merge({"name": local}, {"name": remote}, before, "remote") == {"name": remote_wins}


def test_members_the_remote_does_not_tell_are_not_in_the_result() -> None:
    assert merge({"name": "a", "note": "n"}, {"name": "a"}, {}, "local") == {"name": "a"}


def test_fields_are_merged_one_by_one() -> None:
    base = {"customFieldValues": {"plan": ["free"], "city": ["Rome"], "size": ["1"]}}
    local = {"customFieldValues": {"plan": ["pro"], "city": ["Rome"]}}
    remote = {"customFieldValues": {"plan": ["free"], "city": ["Oslo"], "size": ["1"], "new": ["x"]}}
    merged = merge(local, remote, base, "local")
    assert merged == {"customFieldValues": {"plan": ["pro"], "city": ["Oslo"], "new": ["x"]}}


texts = st.sampled_from(["", "a", "b", "c"])
tag_lists = st.lists(st.sampled_from("uvwxyz"), unique=True).map(sorted)
fields = st.dictionaries(st.sampled_from("pqr"), st.lists(st.sampled_from("12"), min_size=1))
contacts = st.fixed_dictionaries({"name": texts, "tags": tag_lists, "customFieldValues": fields})
conflicts = st.sampled_from(["local", "remote"])


@given(contacts, contacts, conflicts)
def test_what_changed_on_one_side_only_stands(base: Any, side: Any, conflict: str) -> None:
    assert merge(base, side, base, conflict) == side
    assert merge(side, base, base, conflict) == side


@given(contacts, contacts, contacts, conflicts)
def test_merging_twice_changes_nothing(local: Any, remote: Any, base: Any, conflict: str) -> None:
    once = merge(local, remote, base, conflict)
    assert merge(once, remote, remote, conflict) == once


@pytest.mark.parametrize("conflict", ["local", "remote"])
def test_what_is_in_doubt_is_as_it_is_here(conflict: str) -> None:
    base = {"name": "Ann", "note": "", "tags": ["t1", "t2"], "customFieldValues": {"p": ["1"], "q": ["1"]}}
    remote = {"name": "Bea", "note": "n", "tags": ["t2", "t3"], "customFieldValues": {"p": ["2"], "r": ["2"]}}
    doubt = {"members": ["name"], "tags": ["t1"], "fields": ["p"]}
    assert merge(base, remote, base, conflict, doubt) == {
        "name": "Ann",
        "note": "n",
        "tags": ["t1", "t2", "t3"],
        "customFieldValues": {"p": ["1"], "r": ["2"]},
    }
    assert not list(clashes(base, remote, base | {"name": "Zoe"}, doubt | {"members": ["name", "note"]}))


@given(contacts, contacts, contacts)
def test_after_a_push_of_the_merge_both_sides_are_equal(local: Any, remote: Any, base: Any) -> None:
    plain = {"email": "a@x.com", "note": "", "scoring": None, "dayOfCycle": None, "campaign": "C"}
    merged = plain | merge(local, remote, base, "local")
    ids = {name: name.upper() for name in "pqr"}
    there = dict(plain | remote)
    plan = update_contact("a", merged, difference(merged, plain | remote, {}), ids)
    for request in plan.requests:
        body = dict(request.json or {})
        there["tags"] = sorted({*there["tags"], *(tag["tagId"] for tag in body.pop("tags", []))})
        added = {item["customFieldId"].lower(): item["value"] for item in body.pop("customFieldValues", [])}
        there["customFieldValues"] = there["customFieldValues"] | added
        there |= body
    there["tags"] = sorted(set(there["tags"]) - plan.drop_tags)
    left = {name: value for name, value in there["customFieldValues"].items() if name not in plan.drop_fields}
    assert (there["tags"], left) == (merged["tags"], merged["customFieldValues"])
    assert there["name"] == merged["name"] or merged["name"] == ""


@given(contacts, contacts, contacts)
def test_a_clash_is_where_the_setting_decides(local: Any, remote: Any, base: Any) -> None:
    ours, theirs = (merge(local, remote, base, conflict) for conflict in ("local", "remote"))
    found = {clash.path for clash in clashes(local, remote, base)}
    assert (("name",) in found) == (ours["name"] != theirs["name"])
    fields = [merged["customFieldValues"] for merged in (ours, theirs)]
    differing = {name for name in "pqr" if fields[0].get(name) != fields[1].get(name)}
    assert {path[1] for path in found if len(path) == 2} == differing
    assert "tags" not in {path[0] for path in found}


def test_a_clash_tells_both_values() -> None:
    base = {"name": "a", "customFieldValues": {"city": ["Rome"]}}
    here = {"name": "b", "customFieldValues": {}}
    there = {"name": "c", "customFieldValues": {"city": ["Oslo"]}}
    assert [tuple(clash) for clash in clashes(here, there, base)] == [
        (("name",), "b", "c"),
        (("customFieldValues", "city"), [], ["Oslo"]),
    ]
