"""Statistics as a pull stores them: the sandbox's numbers, windows without holes, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from getresponse_django.client import Client
from getresponse_django.errors import Rejected, Unavailable
from getresponse_django.mirror.named import GONE
from getresponse_django.models import (
    Autoresponder,
    Campaign,
    Newsletter,
    RssNewsletter,
    Statistic,
    StatisticWindow,
)
from getresponse_django.models.statistics import Point
from getresponse_django.pull import TooManyRemovals
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
    """What is stored of a subject by day: (metric, UTC day) -> value. Without what has no time."""
    rows = Statistic.objects.of(row).filter(granularity="day")
    return {
        (metric, starts_at.date()): value
        for metric, starts_at, value in rows.values_list("metric", "starts_at", "value")
        if not metric.startswith(("locations.", "origins.", "summary."))
    }


def read_of(row: Any) -> dict[str, tuple[date, date]]:
    """Granularity -> the days that were read."""
    windows = StatisticWindow.objects.of(row).values_list("granularity", "read_from", "read_until")
    return {granularity: (first, last) for granularity, first, last in windows}


def happened(
    sandbox: Sandbox, row: Newsletter | Autoresponder, when: datetime, metric: str, amount: int
) -> None:
    """Readers of a newsletter do something, of which no list kept for the next page knows."""
    kept = sandbox._store.newsletters | sandbox._store.autoresponders
    kept[getattr(row, f"{row.RESOURCE}_id")].count(int(when.timestamp()), metric, amount)
    sandbox._store.version += 1


def by_day(sandbox: Sandbox, path: str, group: str = "day") -> Any:
    """The statistics as the API answers them by day, since for ever."""
    separator = "&" if "?" in path else "?"
    paging = "" if path.startswith("/campaigns") else "&perPage=1000"
    return call(sandbox, "GET", f"{path}{separator}query[groupBy]={group}{paging}")


def told(elements: Any) -> dict[tuple[str, datetime], int]:
    """(metric, beginning) -> count, of message statistics as they are answered."""
    return {
        (snake(metric), datetime.fromisoformat(element["timeInterval"].partition("/")[0])): count
        for element in elements
        for metric, count in element.items()
        if metric != "timeInterval" and count
    }


MESSAGES = [
    (Newsletter, "Product news 2", "newsletters"),
    (Newsletter, "Product news 4", "newsletters"),
    (Autoresponder, "Welcome", "autoresponders"),
    (RssNewsletter, "Blog of the week", "rss-newsletters"),
    (RssNewsletter, "Release notes", "rss-newsletters"),
]


def test_the_numbers_of_messages_are_those_of_getresponse(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    for model, name, path in MESSAGES:
        row = model.objects.get(name=name)
        path = f"/{path}/{getattr(row, row.RESOURCE + '_id')}/statistics"
        days, hours = told(by_day(sandbox, path)), told(by_day(sandbox, path, "hour"))
        assert {"sent", "unique_opened", "unique_human_opened"} <= {metric for metric, _at in days}
        first = (getattr(row, "send_on", None) or row.created_on).date()
        last = first + timedelta(days=7)
        expected = {("day", *period): value for period, value in days.items()}
        expected |= {
            ("hour", metric, at): value for (metric, at), value in hours.items() if first <= at.date() <= last
        }
        rows = Statistic.objects.of(row).values_list("granularity", "metric", "starts_at", "value")
        assert {(part, metric, at): value for part, metric, at, value in rows} == expected
        over = today() - timedelta(days=1)
        assert read_of(row) == {"day": (first, today()), "hour": (first, min(last, over))}


def test_the_hours_of_a_newsletter_that_is_young_add_up_to_its_days(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    row = Newsletter.objects.get(name="Product news 4")
    series = {
        part: Statistic.objects.series(row, ["sent", "unique_opened"], granularity=part)
        for part in ("day", "hour")
    }
    for metric in ("sent", "unique_opened"):
        days, hours = series["day"][metric], series["hour"][metric]
        assert sum(point.value or 0 for point in days) == sum(point.value or 0 for point in hours) > 0
        assert None not in {point.value for point in hours[: 24 * 3]}
        assert hours[-1].starts_at < datetime.now(UTC), "hours to come are not zeros"


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
    assert read_of(row) == {"day": (row.created_on.date(), today()), "snapshot": (today(), today())}


def test_what_has_no_time_is_kept_by_the_day_it_was_read_on(sandbox: Sandbox) -> None:
    sandbox.add_contact("anna@example.com", "customers")
    pulled(*PARTS)

    row = Campaign.objects.get(name="customers")
    kept = dict(Statistic.objects.of(row).filter(starts_at__date=today()).values_list("metric", "value"))
    query = f"?query[campaignId]={row.campaign_id}"

    def answered(name: str) -> Any:
        return call(sandbox, "GET", f"/campaigns/statistics/{name}{query}")

    expected = {f"locations.{code}": int(each["amount"]) for code, each in answered("locations").items()}
    for name in ("origins", "summary"):
        counts = answered(name)[row.campaign_id].items()
        expected |= {f"{name}.{snake(k)}": int(n) for k, n in counts if int(n) or name == "summary"}
    families = ("locations.", "origins.", "summary.")
    assert {metric: n for metric, n in kept.items() if metric.startswith(families)} == expected
    assert expected["summary.total_subscribers"] == sum(
        n for metric, n in expected.items() if metric.startswith("locations.")
    )
    points = Statistic.objects.series(row, ["summary.total_newsletters"])["summary.total_newsletters"]
    assert [point.value for point in points[-2:]] == [None, expected["summary.total_newsletters"]]


def test_what_has_no_time_is_read_once_a_day(sandbox: Sandbox) -> None:
    pulled(*PARTS)
    seen = len(sandbox.requests)
    pulled("statistics")
    again = {path.rpartition("/")[2] for path in asked(sandbox, seen) if "/campaigns/statistics" in path}
    assert again == {"list-size", "removals", "subscriptions"}


def test_the_balance_is_that_of_getresponse(sandbox: Sandbox) -> None:
    pulled(*PARTS)

    row = Campaign.objects.get(name="customers")
    answer = by_day(sandbox, f"/campaigns/statistics/balance?query[campaignId]={row.campaign_id}")
    expected = {
        (f"balance.{side}.{snake(name)}", date.fromisoformat(day)): count
        for day, sides in answer.items()
        for side, counts in sides.items()
        for name, count in counts.items()
        if count
    }
    series = Statistic.objects.series(row, sorted({metric for metric, _day in expected}))
    assert {(m, p.starts_at.date()): p.value for m, points in series.items() for p in points if p.value} == (
        expected
    )


def test_lists_share_a_request_where_the_answer_names_them(sandbox: Sandbox) -> None:
    pulled(*PARTS)
    StatisticWindow.objects.filter(granularity="snapshot").update(read_until=today() - timedelta(days=1))
    seen = len(sandbox.requests)

    pulled("statistics")

    counts = Counter(path.rpartition("/")[2] for path in asked(sandbox, seen) if "/campaigns/" in path)
    assert counts == {
        "list-size": 3,
        "removals": 3,
        "locations": 3,
        "subscriptions": 1,
        "origins": 1,
        "summary": 1,
    }


def test_where_the_answer_does_not_name_the_lists_each_is_asked_for_alone(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled("campaigns")
    day = str(today() - timedelta(days=1))

    def unnamed(answer: Any, ids: list[str]) -> Any:
        return [{day: {"api": len(ids) + 1}}]

    answer_with(monkeypatch, "/campaigns/statistics/subscriptions", unnamed)
    answer_with(monkeypatch, "/campaigns/statistics/origins", unnamed)

    pulled("statistics")

    rows = Statistic.objects.filter(metric__in=["subscriptions.api", "origins.api"], value=2)
    assert rows.count() == 2 * Campaign.objects.count()
    assert StatisticWindow.objects.filter(subject="campaign").count() == 6


def test_a_list_that_is_refused_hides_nothing_of_those_that_share_its_requests(sandbox: Sandbox) -> None:
    pulled("campaigns")
    lost = Campaign.objects.get(name="partners")
    Campaign.plain.filter(pk=lost.pk).update(campaign_id="lost")

    with pytest.raises(Rejected):
        pulled("statistics")

    read = set(StatisticWindow.objects.values_list("remote_id", "granularity"))
    others = Campaign.objects.exclude(pk=lost.pk).values_list("campaign_id", flat=True)
    assert read == {(remote_id, part) for remote_id in others for part in ("day", "snapshot")}


@pytest.mark.parametrize("answer", ["text", [["x"]], [{"createdOn": "total", "totalSubscribers": 1}], [3]])
def test_an_answer_of_an_unknown_shape_hides_nothing_of_the_others(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    pulled("campaigns")
    answer_with(monkeypatch, "/campaigns/statistics/list-size", lambda _answer, _ids: answer)

    with pytest.raises(Rejected, match="shape"):
        pulled("statistics")

    assert not StatisticWindow.objects.filter(subject="campaign", granularity="day").exists()
    assert StatisticWindow.objects.filter(granularity="snapshot").count() == 3
    assert Statistic.objects.filter(metric__startswith="subscriptions.").exists()


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
    assert run.written == 2, "the day and the hour"


def test_a_count_that_getresponse_takes_back_is_taken_back(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    row = Newsletter.objects.get(name="Product news 4")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    happened(sandbox, row, yesterday, "goals", 2)
    pulled("statistics")
    happened(sandbox, row, yesterday, "goals", -2)

    pulled("statistics")

    assert stored(row)["goals", yesterday.date()] == 0


def test_an_old_newsletter_is_not_read_again_unless_everything_is(sandbox: Sandbox) -> None:
    pulled(*PARTS)
    row = Newsletter.objects.get(name="Welcome to our new look")
    path = f"GET /newsletters/{row.newsletter_id}/statistics"

    def reads(**options: Any) -> int:
        seen = len(sandbox.requests)
        pulled("statistics", **options)
        return asked(sandbox, seen).count(path)

    StatisticWindow.objects.of(row).filter(granularity="day").update(read_until=today() - timedelta(days=2))
    assert reads() == 0
    assert reads(full=True) == 2, "days and hours"
    StatisticWindow.objects.of(row).filter(granularity="day").update(read_until=today() - timedelta(days=31))
    assert reads() == 1, "but now and then it is"


def test_only_the_last_days_are_read_again(sandbox: Sandbox, settings: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"STATISTICS_DAYS": 7}
    pulled(*PARTS)
    row = Autoresponder.objects.get(name="Welcome")
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

    assert {each.starts_at for each in Statistic.objects.filter(metric="forwarded")} == {midnight}
    day = midnight.date()
    points = Statistic.objects.series(row, ["forwarded"], since=day, until=day)["forwarded"]
    assert points == [Point(midnight, 2)]


@pytest.mark.parametrize("shape", ["campaign first", "day first", "list of objects", "no campaign"])
@pytest.mark.parametrize("name", ["subscriptions", "removals"])
def test_every_shape_of_keyed_answers_in_use_is_understood(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, shape: str, name: str
) -> None:
    """contract/behaviour-contacts.md section 8."""
    pulled("campaigns")
    row = Campaign.objects.get(name="customers")
    day, counts = str(today() - timedelta(days=1)), {"api": 3, "www": 0}
    shapes = {
        "campaign first": lambda _answer, ids: {each: {day: counts} for each in ids},
        "day first": lambda _answer, ids: {day: dict.fromkeys(ids, counts)},
        "list of objects": lambda _answer, ids: [{day: dict.fromkeys(ids, counts)}],
        "no campaign": lambda _answer, _ids: {day: counts},
    }
    answer_with(monkeypatch, f"/campaigns/statistics/{name}", shapes[shape])

    pulled("statistics")

    assert stored(row)[f"{name}.api", today() - timedelta(days=1)] == 3
    assert (f"{name}.www", today() - timedelta(days=1)) not in stored(row)


def answer_with(monkeypatch: pytest.MonkeyPatch, path: str, answer: Callable[[Any, list[str]], Any]) -> None:
    """GetResponse answers a statistic of campaigns (their ids are given) otherwise than the sandbox does."""
    honest = Client.send_many

    def send_many(self: Client, calls: Any, **options: Any) -> Any:
        for sent, result in honest(self, calls, **options):
            yield sent, answer(result, sent.key.ids) if sent.path == path else result

    monkeypatch.setattr(Client, "send_many", send_many)


def test_a_list_without_statistics_answers_an_empty_list(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled("campaigns")
    for name in ("list-size", "locations", "origins", "removals", "subscriptions", "summary"):
        answer_with(monkeypatch, f"/campaigns/statistics/{name}", lambda _answer, _ids: [])
    assert pulled("statistics")[0].ok
    assert StatisticWindow.objects.count() == 6
    assert not Statistic.objects.exists()


def test_a_broken_pull_stores_no_window_for_what_it_did_not_read(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    sandbox.fail(503, path="^/campaigns/statistics/removals$", count=None)

    with pytest.raises(Unavailable):
        pulled("statistics")

    assert not StatisticWindow.objects.filter(subject="campaign", granularity="day").exists()


def test_a_pull_that_broke_goes_on_where_it_was(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    row = RssNewsletter.objects.get(name="Release notes")  # it is asked for last
    sandbox.fail(503, path=f"^/rss-newsletters/{row.rss_newsletter_id}/statistics$", count=None)
    with pytest.raises(Unavailable):
        pulled("statistics")
    old = Newsletter.objects.filter(send_on__lt=datetime.now(UTC) - timedelta(days=50))
    done = [each.newsletter_id for each in old if set(read_of(each)) == {"day", "hour"}]
    sandbox.heal()
    seen = len(sandbox.requests)

    pulled("statistics")

    assert done, "what came before the failure was kept"
    again = [path for path in asked(sandbox, seen) if path.split("/")[2:3] and path.split("/")[2] in done]
    assert again == []
    assert set(read_of(row)) == {"day", "hour"}


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
    row.refresh_from_db()
    assert row.last_error == GONE

    seen = len(sandbox.requests)
    pulled("statistics")
    assert not [path for path in asked(sandbox, seen) if str(row.newsletter_id) in path], "no endless retry"


def test_many_newsletters_are_not_called_gone_at_once(sandbox: Sandbox, settings: Any) -> None:
    pulled("campaigns", "messages")
    for row in Newsletter.objects.exclude(type="draft"):
        call(sandbox, "DELETE", f"/newsletters/{row.newsletter_id}")

    with pytest.raises(TooManyRemovals):
        pulled("statistics")
    assert not Newsletter.objects.filter(last_error=GONE).exists()

    pulled("statistics", force=True)
    assert Newsletter.objects.filter(last_error=GONE).count() == 8


def test_a_newsletter_whose_statistics_are_missing_is_not_called_gone(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    row = Newsletter.objects.get(name="Product news 4")
    sandbox.fail(404, path=f"^/newsletters/{row.newsletter_id}/statistics$", count=None)
    assert pulled("statistics")[0].ok
    row.refresh_from_db()
    assert (row.last_error, StatisticWindow.objects.of(row).exists()) == ("", False)


def test_a_newsletter_that_is_still_to_go_out_is_not_asked_for(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    row = Newsletter.objects.get(name="Product news 4")
    Newsletter.plain.filter(pk=row.pk).update(send_on=datetime.now(UTC) + timedelta(days=2))
    pulled("statistics")
    assert f"GET /newsletters/{row.newsletter_id}/statistics" not in asked(sandbox)


def test_a_list_that_only_a_contact_had_told_of_is_read_from_its_beginning(sandbox: Sandbox) -> None:
    sandbox.add_contact("ann@example.com", "customers")
    pulled("contacts", "statistics")
    assert read_of(Campaign.objects.get(name="customers"))["day"] == (today(), today())
    pulled("campaigns", "statistics")
    campaign = Campaign.objects.get(name="customers")
    assert campaign.created_on and campaign.created_on.date() < today() - timedelta(days=60)
    assert read_of(campaign)["day"] == (campaign.created_on.date(), today())


def test_at_most_two_years_are_read_at_first(sandbox: Sandbox) -> None:
    pulled("campaigns")
    Campaign.plain.filter(name="customers").update(created_on=datetime(2015, 1, 1, tzinfo=UTC))

    pulled("statistics")

    assert read_of(Campaign.objects.get(name="customers"))["day"] == (today() - timedelta(days=730), today())
