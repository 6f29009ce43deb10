"""Newsletters: made once, never changed; no broadcast goes out by accident; reactions are drawn by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from getresponse_django.models import (
    AbTest,
    Autoresponder,
    Campaign,
    Change,
    Newsletter,
    RssNewsletter,
    Splittest,
    Statistic,
    StatisticWindow,
)
from tests.admin.conftest import list_url, page_url, statistics, stored


def test_deleting_a_newsletter_deletes_it_there_and_says_so(
    admin_client: Client, newsletter: Newsletter
) -> None:
    content = admin_client.get(page_url(newsletter, "delete")).content.decode()
    assert "Its statistics in GetResponse go with it." in content
    admin_client.post(page_url(newsletter, "delete"), {"post": "yes"})
    assert Change.objects.get().tombstone == {"remote_id": "N"}


def test_the_list_shows_rates_of_people_before_rates_with_robots(
    admin_client: Client, newsletter: Newsletter
) -> None:
    content = admin_client.get(list_url(Newsletter)).content.decode()
    for cell in ("1,200", "33.3%", "2.0%"):
        assert f">{cell}</td>" in content


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({"type": "draft"}, "draft"),
        ({"send_metrics": {"status": "scheduled"}}, "scheduled"),
        ({"send_metrics": {"status": "in_progress"}}, "being sent"),
        ({"send_metrics": {"status": "finished"}}, "sent"),
        ({"send_metrics": {}, "type": "splittest"}, "splittest"),
        ({"newsletter_id": None}, "not in GetResponse yet"),
        ({"type": "draft", "sending": "send"}, "to be sent"),
        ({"sending": "cancel"}, "to be cancelled"),
        ({"type": "draft", "sending": "cancelled"}, "cancelled"),
        ({"under_way": "send"}, "waiting for an answer"),
    ],
)
def test_the_state_is_derived_from_type_and_metrics(
    admin_client: Client, newsletter: Newsletter, columns: dict[str, Any], word: str
) -> None:
    Newsletter.plain.update(**columns)
    assert f'">{word}</span>' in admin_client.get(list_url(Newsletter)).content.decode()


@pytest.mark.parametrize("metrics", [{"sent": "many"}, {"sent": "5", "openRate": "x"}, {"sent": None}])
def test_metrics_of_an_unknown_shape_do_not_break_the_list(
    admin_client: Client, newsletter: Newsletter, metrics: dict[str, Any]
) -> None:
    Newsletter.plain.update(send_metrics=metrics)
    assert admin_client.get(list_url(Newsletter)).status_code == 200


def test_reactions_are_drawn_from_the_sending_on(admin_client: Client, newsletter: Newsletter) -> None:
    statistics(newsletter, days=10, unique_human_opened=2, unique_opened=3, sent=5)
    figures = admin_client.get(page_url(newsletter)).context["figures"]
    assert newsletter.send_on is not None
    assert figures.period.since == newsletter.send_on.date()
    assert figures.period.until == datetime.now(UTC).date()
    assert "opens by people" in figures.charts[0].drawing
    totals = {total.name: (total.value, total.share) for total in figures.totals["Since sending"]}
    assert totals["messages sent"] == (50, "")
    assert totals["opened by people"] == (20, "40.0%")
    assert totals["bounced"] == (0, "0.0%")


def hours(row: Any, first: datetime, values: dict[int, int], metric: str = "unique_human_opened") -> None:
    """Store so many reactions in these hours after the first one."""
    key = {"account": row.account, "subject": row.RESOURCE, "remote_id": getattr(row, f"{row.RESOURCE}_id")}
    key["granularity"] = "hour"
    last = (first + timedelta(days=8)).date()
    StatisticWindow.objects.create(**key, read_from=first.date(), read_until=last)
    Statistic.objects.bulk_create(
        Statistic(**key, metric=metric, starts_at=first + timedelta(hours=hour), value=value)
        for hour, value in values.items()
    )


def drawn_hours(client: Client, row: Any) -> list[str]:
    """The rows of the table beside the chart of hours, as texts."""
    _days, by_hour = client.get(page_url(row)).context["figures"].charts
    assert "Reactions per hour in the first 7 days" in by_hour.drawing
    body = by_hour.table.split("<tbody>")[1]
    return [" ".join(strip_tags(each.replace("<", " <")).split()) for each in body.split("</tr>")[:-1]]


def test_the_first_seven_days_are_drawn_by_the_hour_from_the_sending_on(
    admin_client: Client, newsletter: Newsletter, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Warsaw"
    sent = datetime(2026, 10, 23, 8, 20, tzinfo=UTC)  # two days before the clocks go back
    Newsletter.plain.update(send_on=sent)
    hours(newsletter, sent.replace(minute=0), {-1: 7, 0: 5, 65: 4, 167: 2, 168: 9})
    found = drawn_hours(admin_client, newsletter)
    assert len(found) == 7 * 24
    assert found[0] == "Oct. 23, 2026, 10 a.m. 5 0 0 0"
    assert found[65] == "Oct. 26, 2026, 3 a.m. 4 0 0 0"
    assert found[-1] == "Oct. 30, 2026, 9 a.m. 2 0 0 0"


def test_no_hours_no_chart_of_hours(admin_client: Client, newsletter: Newsletter) -> None:
    statistics(newsletter, days=10, unique_human_opened=2)
    assert len(admin_client.get(page_url(newsletter)).context["figures"].charts) == 1


def test_an_autoresponder_shows_the_hours_after_its_creation(
    admin_client: Client, campaign: Campaign
) -> None:
    row = Autoresponder(account=campaign.account, autoresponder_id="A", subject="Hi", campaign=campaign)
    row.created_on = datetime(2026, 10, 1, 8, tzinfo=UTC)
    hours(stored(row), row.created_on, {3: 6}, "unique_human_clicked")
    assert drawn_hours(admin_client, row)[3] == "Oct. 1, 2026, 11 a.m. 0 6 0 0"


def test_a_week_without_reactions_is_not_drawn_by_the_hour(
    admin_client: Client, newsletter: Newsletter
) -> None:
    assert newsletter.send_on is not None
    hours(newsletter, newsletter.send_on, {0: 0})
    assert len(admin_client.get(page_url(newsletter)).context["figures"].charts) == 1


def test_the_list_of_newsletters_draws_the_opens_since_each_was_sent(
    admin_client: Client, newsletter: Newsletter
) -> None:
    assert newsletter.send_on is not None
    listed = admin_client.get(list_url(Newsletter)).content.decode()
    assert "getresponse-sparkline" not in listed
    statistics(newsletter, days=12, unique_opened=9)
    statistics_at = newsletter.send_on.replace(hour=0, minute=0, second=0, microsecond=0)
    Statistic.objects.filter(starts_at__gt=statistics_at + timedelta(days=2)).delete()
    listed = admin_client.get(list_url(Newsletter)).content.decode()
    assert "Opens per day, the last: 9" in listed
    people = Statistic.objects.filter(starts_at=statistics_at).get()
    people.pk, people.metric, people.value = None, "unique_human_opened", 4
    people.save()
    assert "Opens per day, the last: 4" in admin_client.get(list_url(Newsletter)).content.decode()


@pytest.mark.parametrize(
    ("model", "key"), [(Autoresponder, "autoresponder"), (RssNewsletter, "rss_newsletter")]
)
def test_what_is_sent_again_and_again_draws_its_last_days_and_shows_its_content(
    admin_client: Client, client_with: Callable[..., Client], campaign: Campaign, model: Any, key: str
) -> None:
    row = model(account=campaign.account, subject="Hi", campaign=campaign, status="enabled")
    row.html = "<p>Hello</p><script>alert(1)</script>"
    setattr(row, f"{key}_id", "A")
    statistics(stored(row), days=40, unique_human_opened=3)
    listed = admin_client.get(list_url(model)).content.decode()
    assert "Opens per day, the last: 3" in listed and '">enabled</span>' in listed
    page = admin_client.get(page_url(row)).content.decode()
    assert f'<iframe class="getresponse-preview" sandbox="" src="{page_url(row, "preview")}"' in page
    answer = admin_client.get(page_url(row, "preview"))
    assert answer.content.decode() == row.html and "sandbox" in answer["Content-Security-Policy"]
    assert client_with().get(page_url(row, "preview")).status_code == 403


def test_a_message_that_has_gone_says_so_in_place_of_its_status(
    admin_client: Client, campaign: Campaign
) -> None:
    row = Autoresponder(account=campaign.account, autoresponder_id="A", subject="Hi", status="enabled")
    row.last_error = "No longer in GetResponse."
    stored(row)
    for url in (list_url(Autoresponder), page_url(row)):
        content = admin_client.get(url).content.decode()
        assert '">No longer in GetResponse.</span>' in content and ">enabled</span>" not in content


def test_where_people_are_not_told_from_robots_all_opens_are_drawn(
    admin_client: Client, newsletter: Newsletter
) -> None:
    statistics(newsletter, unique_opened=3)
    figures = admin_client.get(page_url(newsletter)).context["figures"]
    assert "by people" not in figures.charts[0].drawing
    assert {total.share for total in figures.totals["Since sending"]} == {""}


def test_a_draft_has_no_statistics(admin_client: Client, newsletter: Newsletter) -> None:
    Newsletter.plain.update(send_on=None)
    assert admin_client.get(page_url(newsletter)).context["figures"] is None


def test_an_autoresponder_shows_its_last_days(admin_client: Client, campaign: Campaign) -> None:
    row = Autoresponder(account=campaign.account, autoresponder_id="A", subject="Hi", campaign=campaign)
    row.created_on, row.trigger_settings = timezone.now(), {"dayOfCycle": 3}
    statistics(stored(row), unique_human_clicked=1)
    figures = admin_client.get(page_url(row)).context["figures"]
    assert (figures.period.days, figures.choice) == (90, "The last:")
    assert "clicks by people" in figures.charts[0].drawing
    assert '<td class="field-day">3</td>' in admin_client.get(list_url(Autoresponder)).content.decode()


def test_an_rss_newsletter_shows_its_last_days(admin_client: Client, campaign: Campaign) -> None:
    row = RssNewsletter(account=campaign.account, rss_newsletter_id="R", subject="Blog", campaign=campaign)
    row.send_settings = {"frequency": "weekly"}
    statistics(stored(row), days=10, unique_human_opened=2, sent=5)
    figures = admin_client.get(page_url(row)).context["figures"]
    assert (figures.period.days, figures.choice) == (90, "The last:")
    assert {total.name: total.value for total in figures.totals["Since sending"]}["messages sent"] == 50
    listed = admin_client.get(list_url(RssNewsletter)).content.decode()
    assert '<td class="field-frequency">weekly</td>' in listed


@pytest.mark.parametrize(
    ("test", "winner"),
    [
        (AbTest(ab_test_id="B", variants=[{"subject": "One"}, {"subject": "Two", "isWinner": True}]), "Two"),
        (AbTest(ab_test_id="B", variants=[{"subject": "One", "isWinner": False}]), "-"),
        (Splittest(splittest_id="P", newsletters=[{"name": "Early", "status": "chosen"}]), "Early"),
        (Splittest(splittest_id="P", newsletters=[{"subject": "Early", "status": "sampled"}]), "-"),
        (Splittest(splittest_id="P"), "-"),
    ],
)
def test_a_test_shows_which_variant_won(
    admin_client: Client, campaign: Campaign, test: Any, winner: str
) -> None:
    test.pk, test.account, test.campaign, test.name = None, campaign.account, campaign, "A test"
    row = stored(test)
    assert f'<td class="field-winner">{winner}</td>' in admin_client.get(list_url(type(row))).content.decode()
    assert winner in admin_client.get(page_url(row)).content.decode()
