"""How many people an audience has: every rule as a row of a table."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django.models.recipients import Audience, Estimate, Precision, estimate, selections, total

LISTS = {"A": 100, "B": 50, "none": 0}
SEGMENTS = {"S": 30, "T": 20, "uncounted": None}
ABOUT, AT_MOST, UNKNOWN = Precision.ABOUT, Precision.AT_MOST, Precision.UNKNOWN


def settings(lists: str = "", segments: str = "", contacts: str = "", **more: str) -> dict[str, Any]:
    """Send settings; every argument is ids with spaces between."""
    given = {"selectedCampaigns": lists, "selectedSegments": segments, "selectedContacts": contacts, **more}
    return {member: ids.split() for member, ids in given.items()}


@pytest.mark.parametrize(
    ("given", "count", "precision"),
    [
        ({}, 0, ABOUT),
        (settings(), 0, ABOUT),
        ({"selectedCampaigns": None, "selectedSegments": "S"}, 0, ABOUT),
        (settings("A"), 100, ABOUT),
        (settings("A A"), 100, ABOUT),
        (settings("none"), 0, ABOUT),
        (settings("A B"), 150, AT_MOST),
        (settings("A B", excludedCampaigns="B"), 100, ABOUT),
        (settings("A", excludedCampaigns="A"), 0, ABOUT),
        (settings("A", "S", excludedCampaigns="A"), 0, ABOUT),
        (settings("A", excludedCampaigns="B"), 100, AT_MOST),
        (settings("A", excludedSegments="S"), 100, AT_MOST),
        (settings("A", selectedSuppressions="X"), 100, AT_MOST),
        (settings("", "S"), 30, ABOUT),
        (settings("", "S T"), 50, AT_MOST),
        (settings("", "S uncounted"), 0, UNKNOWN),
        (settings("", "unheard-of"), 0, UNKNOWN),
        (settings("A", "S"), 30, AT_MOST),
        (settings("A", "uncounted"), 100, AT_MOST),
        (settings("unheard-of", "S"), 30, AT_MOST),
        (settings("", "", "c d"), 2, ABOUT),
        (settings("A", "", "c d"), 2, AT_MOST),
        (settings("", "", "c d", excludedCampaigns="A"), 2, AT_MOST),
    ],
)
def test_the_size_of_an_audience(given: dict[str, Any], count: int, precision: Precision) -> None:
    audience = Audience.of(given)
    on_lists = total(audience.lists, LISTS)
    assert estimate(audience, on_lists, SEGMENTS) == Estimate(count, precision)


def test_an_audience_is_the_same_however_it_is_written() -> None:
    assert selections(settings("B A", timeTravel="")) == selections({"selectedCampaigns": ["A", "B", "A"]})
    assert selections(settings("A")) != selections(settings("A", excludedCampaigns="B"))
