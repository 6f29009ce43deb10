"""Statistics as a pull stores them: the sandbox's numbers, windows without holes, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from getresponse_django.client import Client
from getresponse_django.errors import Rejected, Unavailable
from getresponse_django.models import Autoresponder, Campaign, Newsletter, Statistic, StatisticWindow
from getresponse_django.models.statistics import Point
from getresponse_django.resources import snake
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call, nothing_written, pulled, the_account

pytestmark = pytest.mark.django_db

PARTS = ("campaigns", "messages", "statistics")


@pytest.fixture(autouse=True)
def clock(sandbox: Sandbox) -> Any:
    """The calendar of the sandbox is put right after each test."""
    before = sandbox.now
    yield
    sandbox.now = before


def today() -> date:
    return datetime.now(UTC).date()


def stored(row: Any) -> dict[tuple[str, date], int]:
    """What is stored of a subject: (metric, UTC day) -> value."""
    rows = Statistic.objects.of(row).values_list("metric", "starts_at", "value")
    return {(metric, starts_at.date()): value for metric, starts_at, value in rows}


def happened(sandbox: Sandbox, row: Newsletter, when: datetime, metric: str, amount: int) -> None:
    """Readers of a newsletter do something, of which no list kept for the next page knows."""
    sandbox._store.newsletters[row.newsletter_id].count(int(when.timestamp()), metric, amount)
    sandbox._store.version += 1


def by_day(sandbox: Sandbox, path: str) -> Any:
    """The statistics as the API answers them by day, since for ever."""
    separator = "&" if "?" in path else "?"
    paging = "" if path.startswith("/campaigns") else "&perPage=1000"
    return call(sandbox, "GET", f"{path}{separator}query[groupBy]=day{paging}")


def test_the_numbers_of_a_newsletter_are_those_of_getresponse(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    row = Newsletter.objects.get(name="Product news 2")
    remote = by_day(sandbox, f"/newsletters/{row.newsletter_id}/statistics")
    assert remote, "the sandbox counts something"
    assert stored(row) == {
        (snake(metric), date.fromisoformat(element["timeInterval"][:10])): count
        for element in remote
        for metric, count in element.items()
        if metric != "timeInterval" and count
    }
    assert {"sent", "unique_opened", "unique_human_opened"} <= {metric for metric, _day in stored(row)}


def test_the_numbers_of_an_autoresponder_are_those_of_getresponse(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    row = Autoresponder.objects.get(name="Welcome")
    remote = by_day(sandbox, f"/autoresponders/{row.autoresponder_id}/statistics")
    assert sum(element["sent"] for element in remote) == sum(
        value for (metric, _day), value in stored(row).items() if metric == "sent"
    )


def test_the_numbers_of_a_list_are_those_of_getresponse(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    row = Campaign.objects.get(name="customers")
    query = f"?query[campaignId]={row.campaign_id}"
    expected = {}
    for size in by_day(sandbox, f"/campaigns/statistics/list-size{query}"):
        day = date.fromisoformat(size.pop("createdOn"))
        expected |= {(snake(key), day): n for key, n in size.items() if n or key == "totalSubscribers"}
    for name in ("subscriptions", "removals"):
        for day, counts in by_day(sandbox, f"/campaigns/statistics/{name}{query}")[row.campaign_id].items():
            expected |= {(f"{name}.{snake(k)}", date.fromisoformat(day)): n for k, n in counts.items() if n}
    assert stored(row) == expected
    assert row.created_on is not None
    window = StatisticWindow.objects.of(row).get()
    assert (window.read_from, window.read_until) == (row.created_on.date(), today())


def test_the_lists_are_told_apart(sandbox: Sandbox) -> None:
    sandbox.add_contact("anna@example.com", "newsletter")
    pulled(*PARTS)

    new = {row.name: stored(row).get(("subscriptions.panel", today()), 0) for row in Campaign.objects.all()}
    assert new == {"customers": 0, "newsletter": 1, "partners": 0}


def test_a_second_pull_changes_nothing(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    with nothing_written():
        run = pulled("statistics")[0]

    assert (run.written, run.done) == (0, run.total)


def test_a_draft_has_no_statistics(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    draft = Newsletter.objects.get(type="draft")
    assert not StatisticWindow.objects.of(draft).exists()
    assert f"GET /newsletters/{draft.newsletter_id}/statistics" not in asked(sandbox)


def test_opens_that_come_late_are_caught_by_reading_the_last_days_again(sandbox: Sandbox) -> None:
    pulled(*PARTS)
    row = Newsletter.objects.get(name="Product news 4")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    before = stored(row).get(("unique_opened", yesterday.date()), 0)
    happened(sandbox, row, yesterday, "uniqueOpened", 5)

    run = pulled("statistics")[0]

    assert stored(row)["unique_opened", yesterday.date()] == before + 5
    assert run.written == 1


def test_only_the_last_days_are_read_again(sandbox: Sandbox, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"STATISTICS_DAYS": 7}
    pulled(*PARTS)
    row = Newsletter.objects.get(name="Welcome to our new look")
    for days in (7, 8):
        happened(sandbox, row, datetime.now(UTC) - timedelta(days=days), "forwarded", 3)

    pulled("statistics")
    assert [day for metric, day in stored(row) if metric == "forwarded"] == [today() - timedelta(days=7)]

    pulled("statistics", full=True)
    assert ("forwarded", today() - timedelta(days=8)) in stored(row), "a full pull reads everything again"


def test_after_a_long_silence_no_hole_is_left(sandbox: Sandbox, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"STATISTICS_DAYS": 3}
    pulled(*PARTS)
    last = today() - timedelta(days=40)
    Statistic.objects.filter(starts_at__date__gt=last).delete()
    StatisticWindow.objects.filter(read_until__gt=last, read_from__lte=last).update(read_until=last)
    pulled("statistics")

    row = Campaign.objects.get(name="customers")
    points = Statistic.objects.series(row, ["total_subscribers"])["total_subscribers"]
    assert None not in [point.value for point in points]
    assert points[-1].starts_at.date() == today()


def test_a_day_without_activity_is_zero_and_a_day_not_read_is_no_point(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    row = Newsletter.objects.get(name="Product news 1")
    points = Statistic.objects.series(row, ["sent"])["sent"]

    assert row.send_on is not None
    assert points[0] == Point(datetime.combine(row.send_on.date(), datetime.min.time(), UTC), points[0].value)
    assert points[0].value
    assert {point.value for point in points[1:]} == {0}
    assert points[-1].starts_at.date() == today()


def test_the_zone_of_the_account_does_not_shift_the_days(sandbox: Sandbox, settings: Any) -> None:
    pulled("campaigns", "messages")
    the_account().write(time_zone="Pacific/Auckland")
    settings.TIME_ZONE = "America/New_York"
    row = Newsletter.objects.get(name="Product news 4")
    midnight = datetime.combine(today() - timedelta(days=1), datetime.min.time(), UTC)
    happened(sandbox, row, midnight, "forwarded", 2)

    pulled("statistics")

    assert Statistic.objects.get(metric="forwarded").starts_at == midnight
    day = midnight.date()
    points = Statistic.objects.series(row, ["forwarded"], since=day, until=day)["forwarded"]
    assert points == [Point(midnight, 2)]


@pytest.mark.parametrize("shape", ["campaign first", "day first", "list of objects", "no campaign"])
def test_every_shape_of_keyed_answers_in_use_is_understood(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    """contract/behaviour-contacts.md section 8."""
    pulled("campaigns")
    row = Campaign.objects.get(name="customers")
    day, counts = str(today() - timedelta(days=1)), {"api": 3, "www": 0, "summary": 3}
    shapes = {
        "campaign first": lambda campaign: {campaign: {day: counts}},
        "day first": lambda campaign: {day: {campaign: counts}},
        "list of objects": lambda campaign: [{day: {campaign: counts}}],
        "no campaign": lambda campaign: {day: counts},
    }
    answer_with(monkeypatch, "/campaigns/statistics/subscriptions", shapes[shape])

    pulled("statistics")

    assert stored(row)["subscriptions.api", today() - timedelta(days=1)] == 3
    assert ("subscriptions.www", today() - timedelta(days=1)) not in stored(row)


def answer_with(monkeypatch: pytest.MonkeyPatch, path: str, answer: Callable[[str], Any]) -> None:
    """GetResponse answers a statistic of a campaign otherwise than the sandbox does."""
    honest = Client.send_many

    def send_many(self: Client, calls: Any, **options: Any) -> Any:
        for sent, result in honest(self, calls, **options):
            yield sent, answer(sent.key[0].remote_id) if sent.path == path else result

    monkeypatch.setattr(Client, "send_many", send_many)


def test_a_list_without_statistics_answers_an_empty_list(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled("campaigns")
    answer_with(monkeypatch, "/campaigns/statistics/removals", lambda campaign: [])
    assert pulled("statistics")[0].ok


def test_a_broken_pull_stores_no_window_for_what_it_did_not_read(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    sandbox.fail(503, path="^/campaigns/statistics/removals$", count=None)

    with pytest.raises(Unavailable):
        pulled("statistics")

    assert not StatisticWindow.objects.filter(subject="campaign").exists()


def test_a_newsletter_that_is_refused_hides_nothing_of_the_others(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    bad = Newsletter.objects.get(name="Welcome to our new look")
    sandbox.fail(400, path=f"^/newsletters/{bad.newsletter_id}/statistics$", count=None)

    with pytest.raises(Rejected):
        pulled("statistics")

    read = set(StatisticWindow.objects.filter(subject="newsletter").values_list("remote_id", flat=True))
    sent = set(Newsletter.objects.exclude(type="draft").values_list("newsletter_id", flat=True))
    assert read == sent - {bad.newsletter_id}


def test_a_newsletter_deleted_meanwhile_gets_no_zeros(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    row = Newsletter.objects.get(name="Product news 4")
    call(sandbox, "DELETE", f"/newsletters/{row.newsletter_id}")

    pulled("statistics")
    assert not StatisticWindow.objects.of(row).exists()

    pulled("messages")
    seen = len(sandbox.requests)
    pulled("statistics")
    assert f"GET /newsletters/{row.newsletter_id}/statistics" not in asked(sandbox, seen)


def test_at_most_two_years_are_read_at_first(sandbox: Sandbox) -> None:
    pulled("campaigns")
    Campaign.plain.filter(name="customers").update(created_on=datetime(2015, 1, 1, tzinfo=UTC))

    pulled("statistics")

    window = StatisticWindow.objects.of(Campaign.objects.get(name="customers")).get()
    assert window.read_from == today() - timedelta(days=730)
