"""Very many remote ids in a few bytes each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.pull.fingerprints import carriers, fingerprints, place_of

IDS = st.text("abAB12", min_size=1, max_size=3)


@given(groups=st.lists(st.lists(IDS)), others=st.lists(IDS))
def test_just_the_ids_that_were_seen_are_found(groups: list[list[str]], others: list[str]) -> None:
    seen = {one for group in groups for one in group}
    known = fingerprints(groups)
    assert {one for one in {*seen, *others} if place_of(known, one) is not None} == seen


@given(found=st.lists(st.tuples(st.integers(0, 2), st.sets(IDS))))
def test_each_contact_has_the_tags_it_was_found_with(found: list[tuple[int, set[str]]]) -> None:
    tags = [{"tagId": name} for name in "xyz"]
    known = carriers(found, tags)
    for contact_id in {one for _number, ids in found for one in ids} | {"none"}:
        expected = {"xyz"[number] for number, ids in found if contact_id in ids}
        assert {tag["tagId"] for tag in known.tags_of(contact_id)} == expected


def test_an_id_takes_eight_bytes() -> None:
    known = fingerprints(
        [f"id{number}" for number in range(page, page + 100)] for page in range(0, 1000, 100)
    )
    assert (len(known), known.itemsize) == (1000, 8)
