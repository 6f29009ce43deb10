"""Campaigns, custom fields, tags, segments and messages as a pull mirrors them."""

from __future__ import annotations

from typing import Any

import pytest

from getresponse_django import mirror
from getresponse_django.calls import Page
from getresponse_django.client import Client
from getresponse_django.errors import Unavailable
from getresponse_django.mirror.named import GONE
from getresponse_django.models import (
    AbTest,
    Autoresponder,
    Campaign,
    Change,
    Contact,
    CustomField,
    FromField,
    Newsletter,
    PullRun,
    RssNewsletter,
    Segment,
    Splittest,
    Tag,
)
from getresponse_django.pull import TooManyRemovals, named
from getresponse_django.resources import RESOURCES
from getresponse_django.sandbox import Sandbox
from tests.pulling import asked, call, nothing_written, pulled, the_account, waiting

pytestmark = pytest.mark.django_db

DEFINITIONS = ("campaigns", "fields", "tags", "segments", "messages")

SEGMENT = {
    "name": "people of the shop",
    "subscribersType": ["subscribed"],
    "sectionLogicOperator": "or",
    "section": [
        {
            "campaignIdsList": [],
            "logicOperator": "or",
            "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
            "subscriptionDate": "all_time",
            "conditions": [],
        }
    ],
}


def segment(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    """The body of a saved search over all campaigns."""
    ids = [campaign["campaignId"] for campaign in sandbox.campaigns()]
    return SEGMENT | {"section": [SEGMENT["section"][0] | {"campaignIdsList": ids}]} | changes


def newsletter(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    """The body of a draft."""
    campaign = sandbox.campaigns()[0]["campaignId"]
    sender = call(sandbox, "GET", "/from-fields")[0]["fromFieldId"]
    return {
        "name": "Autumn",
        "type": "draft",
        "subject": "Autumn is here",
        "campaign": {"campaignId": campaign},
        "fromField": {"fromFieldId": sender},
        "content": {"html": "<p>Hello</p>", "plain": "Hello"},
        "sendSettings": {"selectedCampaigns": [campaign], "timeTravel": "false", "perfectTiming": "false"},
    } | changes


def test_a_first_pull_mirrors_what_the_account_has(sandbox: Sandbox) -> None:
    pulled(*DEFINITIONS)

    assert {c.campaign_id: c.optin_types for c in Campaign.objects.all()} == {
        c["campaignId"]: c["optinTypes"] for c in sandbox.campaigns()
    }
    assert {c.name: c.double_optin for c in Campaign.objects.all()} == {
        "customers": False,
        "newsletter": False,
        "partners": True,
    }
    assert set(Tag.objects.values_list("tag_id", "name")) == {(t["tagId"], t["name"]) for t in sandbox.tags()}
    plan = CustomField.objects.get(name="plan")
    assert (plan.format, plan.values, plan.hidden) == ("single_select", ["free", "pro", "team"], False)
    assert FromField.objects.get().email == "hello@example.com"
    assert Newsletter.objects.filter(type="broadcast").count() == 8
    assert waiting() == set(), "what is read from GetResponse is never pushed back"


def test_messages_know_their_list_sender_and_content(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")

    sent = Newsletter.objects.get(name="Product news 4")
    assert sent.campaign == Campaign.objects.get(name="customers")
    assert sent.from_field == FromField.objects.get()
    assert sent.html.startswith("<h1>Teams are here</h1><p>Hello [[firstname]]</p>")
    welcome = Autoresponder.objects.get(name="Welcome")
    assert welcome.campaign == Campaign.objects.get(name="customers")
    assert (welcome.editor, welcome.trigger_settings["dayOfCycle"]) == ("html", 0)


def test_clicks_on_the_links_of_a_newsletter_are_read_again_while_they_come(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    links = Newsletter.objects.exclude(click_tracks=[]).exclude(send_on=None)
    row, remotes = links.order_by("-send_on")[0], sandbox._store.newsletters
    before = sum(int(link["amount"]) for link in row.click_tracks)
    now = sandbox._store.now()
    remotes[row.newsletter_id].count(now, "totalClicked", 5)
    remotes[row.newsletter_id].send_at = now
    pulled("messages")
    row.refresh_from_db()
    assert sum(int(link["amount"]) for link in row.click_tracks) == before + 5


def test_a_second_pull_writes_nothing(sandbox: Sandbox) -> None:
    call(sandbox, "POST", "/search-contacts", segment(sandbox))
    call(sandbox, "POST", "/newsletters", newsletter(sandbox))
    pulled(*DEFINITIONS)

    with nothing_written():
        runs = pulled(*DEFINITIONS)

    assert {run.kind: run.written for run in runs} == dict.fromkeys(DEFINITIONS, 0)


def test_a_list_does_not_shorten_what_the_detail_told(sandbox: Sandbox) -> None:
    made = call(sandbox, "POST", "/newsletters", newsletter(sandbox))
    for _ in range(2):
        pulled("campaigns", "messages")
        row = Newsletter.objects.get(newsletter_id=made["newsletterId"])
        assert row.send_settings["selectedCampaigns"] == [sandbox.campaigns()[0]["campaignId"]]


def test_settings_of_lists_are_read_of_new_lists_only_and_of_all_on_a_full_pull(sandbox: Sandbox) -> None:
    pulled("campaigns")
    known = sandbox.campaigns()[0]["campaignId"]
    made = sandbox.add_campaign("students", optin="double")["campaignId"]
    seen = len(sandbox.requests)

    pulled("campaigns")
    assert [path for path in asked(sandbox, seen) if path.startswith("GET /campaigns/")] == [
        f"GET /campaigns/{made}"
    ]
    assert Campaign.objects.get(name="students").double_optin

    call(sandbox, "POST", f"/campaigns/{known}", {"name": "customers", "profile": {"title": "Our customers"}})
    pulled("campaigns", full=True)
    assert Campaign.objects.get(campaign_id=known).profile["title"] == "Our customers"


def test_settings_changed_in_getresponse_are_read_the_next_day(sandbox: Sandbox) -> None:
    pulled("campaigns")
    known = sandbox.campaigns()[0]["campaignId"]
    call(sandbox, "POST", f"/campaigns/{known}", {"name": "customers", "profile": {"title": "Our customers"}})
    the_account().move_cursor("campaigns_detailed", "2020-01-01T00:00:00+00:00")

    pulled("campaigns")

    assert Campaign.objects.get(campaign_id=known).profile["title"] == "Our customers"


def test_a_changed_segment_is_noticed_although_nothing_in_the_list_tells(sandbox: Sandbox) -> None:
    made = call(sandbox, "POST", "/search-contacts", segment(sandbox))["searchContactId"]
    pulled("segments")
    call(sandbox, "POST", f"/search-contacts/{made}", segment(sandbox, sectionLogicOperator="and"))

    pulled("segments")

    assert Segment.objects.get().definition["sectionLogicOperator"] == "and"


def test_whose_account_it_is_is_remembered(sandbox: Sandbox) -> None:
    pulled("campaigns")
    remote = call(sandbox, "GET", "/accounts")
    account = the_account()
    assert (account.account_id, account.time_zone) == (remote["accountId"], remote["timeZone"]["name"])


def test_names_renamed_and_swapped_in_getresponse_are_followed(sandbox: Sandbox) -> None:
    pulled("campaigns")
    first, second, third = (c["campaignId"] for c in sandbox.campaigns())
    for campaign_id, name in (
        (first, "between"),
        (second, "customers"),
        (first, "newsletter"),
        (third, "friends"),
    ):
        call(sandbox, "POST", f"/campaigns/{campaign_id}", {"name": name})

    pulled("campaigns")

    names = dict(Campaign.objects.values_list("campaign_id", "name"))
    assert names == {first: "newsletter", second: "customers", third: "friends"}


def test_a_list_that_was_only_named_is_found_when_it_appears(sandbox: Sandbox) -> None:
    row = Campaign.objects.named(the_account(), "students")
    made = sandbox.add_campaign("students")

    pulled("campaigns")

    row.refresh_from_db()
    assert row.campaign_id == made["campaignId"]
    assert Campaign.objects.filter(name="students").count() == 1


def test_a_tag_made_on_both_sides_is_one(sandbox: Sandbox) -> None:
    mine = Tag.objects.create(account=the_account(), name="vip")

    pulled("tags")

    mine.refresh_from_db()
    assert mine.tag_id == next(tag["tagId"] for tag in sandbox.tags() if tag["name"] == "vip")


@pytest.mark.parametrize(
    ("conflict", "hidden", "values"),
    [("local", True, ["a", "b", "remote"]), ("remote", True, ["a", "b", "remote"])],
)
def test_a_pending_change_and_a_remote_one_of_other_members_both_stand(
    sandbox: Sandbox, settings: Any, conflict: str, hidden: bool, values: list[str]
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"CONFLICT": conflict}
    pulled("fields")
    row = CustomField.objects.get(name="plan")
    row.hidden = True
    row.save()
    body = {"hidden": "false", "values": values}
    call(sandbox, "POST", f"/custom-fields/{row.custom_field_id}", body)

    pulled("fields")

    row.refresh_from_db()
    assert (row.hidden, row.values) == (hidden, values)
    assert row.base["hidden"] == "false", (
        "what GetResponse has is remembered, so the push sends the difference"
    )


@pytest.mark.parametrize(
    ("conflict", "winner"), [("local", ["a", "b", "mine"]), ("remote", ["a", "b", "theirs"])]
)
def test_where_both_sides_changed_the_setting_names_the_winner(
    sandbox: Sandbox, settings: Any, conflict: str, winner: list[str]
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"CONFLICT": conflict}
    pulled("fields")
    row = CustomField.objects.get(name="plan")
    row.values = ["a", "b", "mine"]
    row.save()
    body = {"hidden": "false", "values": ["a", "b", "theirs"]}
    call(sandbox, "POST", f"/custom-fields/{row.custom_field_id}", body)

    pulled("fields")

    row.refresh_from_db()
    assert row.values == winner


def test_a_change_that_was_not_made_here_is_overwritten(sandbox: Sandbox) -> None:
    pulled("campaigns")
    Campaign.plain.filter(name="customers").update(language_code="EN")

    pulled("campaigns")

    assert Campaign.objects.get(name="customers").language_code == "PL"


def test_a_tag_deleted_here_does_not_come_back_before_its_removal_is_pushed(sandbox: Sandbox) -> None:
    pulled("tags")
    Tag.objects.get(name="vip").delete()

    pulled("tags")

    assert not Tag.objects.filter(name="vip").exists()
    assert Change.objects.get().tombstone is not None


def test_a_tag_deleted_in_getresponse_goes_here_too_and_from_its_contacts(sandbox: Sandbox) -> None:
    sandbox.add_contact("anna@example.com", "customers", tags=["vip", "site"])
    pulled("campaigns", "tags", "contacts")
    tag = Tag.objects.get(name="vip")
    call(sandbox, "DELETE", f"/tags/{tag.tag_id}")

    pulled("tags")

    contact = Contact.objects.get()
    assert [t.name for t in contact.tags.all()] == ["site"]
    assert tag.tag_id not in contact.base["tags"]
    assert not Tag.objects.filter(name="vip").exists()
    assert waiting() == set()


def test_a_custom_field_deleted_in_getresponse_goes_here_too(sandbox: Sandbox) -> None:
    pulled("fields")
    field = CustomField.objects.get(name="city")
    field.hidden = True
    field.save()
    call(sandbox, "DELETE", f"/custom-fields/{field.custom_field_id}")

    pulled("fields")

    assert not CustomField.objects.filter(name="city").exists()
    assert waiting() == set()


def test_a_newsletter_deleted_in_getresponse_stays_for_its_statistics_and_says_so(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    row = Newsletter.objects.get(name="Product news 4")
    call(sandbox, "DELETE", f"/newsletters/{row.newsletter_id}")

    pulled("messages")
    with nothing_written():
        pulled("messages", full=True)

    row.refresh_from_db()
    assert row.last_error == GONE


def test_a_list_cut_short_by_an_error_deletes_nothing(sandbox: Sandbox) -> None:
    pulled("tags")
    sandbox.fail(503, path="^/tags$", count=None)

    with pytest.raises(Unavailable):
        pulled("tags")

    assert Tag.objects.count() == len(sandbox.tags())


def test_an_account_that_suddenly_has_nothing_stops_the_pull(sandbox: Sandbox) -> None:
    for number in range(4):
        sandbox.add_contact(f"p{number}@example.com", "customers", tags=[f"extra{number}"])
    pulled("tags")
    known = Tag.objects.count()
    for tag in sandbox.tags():
        call(sandbox, "DELETE", f"/tags/{tag['tagId']}")

    with pytest.raises(TooManyRemovals, match="--force"):
        pulled("tags")
    assert Tag.objects.count() == known
    assert PullRun.objects.latest("pk").ok is False

    pulled("tags", force=True)
    assert Tag.objects.count() == 0


def test_rss_newsletters_know_their_list_and_content(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")

    weekly = RssNewsletter.objects.get(name="Blog of the week")
    assert weekly.campaign == Campaign.objects.get(name="newsletter")
    assert weekly.from_field == weekly.reply_to == FromField.objects.get()
    assert weekly.send_settings["frequency"] == "weekly"
    assert (weekly.status, weekly.flags) == ("enabled", ["clicktrack"])
    assert weekly.html.startswith("<h1>")
    assert weekly.rss_feed_url == "https://www.example.com/newsletter.rss"
    off = RssNewsletter.objects.get(name="Release notes")
    assert (off.status, off.campaign) == ("disabled", Campaign.objects.get(name="customers"))


def test_tests_of_both_kinds_are_mirrored(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")

    test = AbTest.objects.get()
    remote = call(sandbox, "GET", f"/ab-tests/subject/{test.ab_test_id}")
    assert (test.name, test.stage) == ("Subject of the letter", "completed")
    assert [variant["isWinner"] for variant in test.variants] == [True, False, False]
    assert test.statistics == remote["statistics"]
    assert test.campaign == Campaign.objects.get(name="newsletter")
    assert test.winner_sending_start is not None
    old = {row.name: row for row in Splittest.objects.all()}
    assert {name: row.status for name, row in old.items()} == {
        "Subject of the guide": "active",
        "Morning or evening": "inactive",
    }
    tested = old["Subject of the guide"]
    assert (tested.type, tested.sampling_percentage, tested.sampling_time) == ("subject", 20, 86400)
    assert {each["newsletterId"] for each in tested.newsletters} <= set(
        Newsletter.objects.values_list("newsletter_id", flat=True)
    )


def test_a_test_deleted_in_getresponse_stays_and_says_so(sandbox: Sandbox) -> None:
    pulled("campaigns", "messages")
    row = AbTest.objects.get()
    call(sandbox, "DELETE", f"/ab-tests/{row.ab_test_id}")
    pulled("messages")
    assert AbTest.objects.get().last_error == GONE


@pytest.mark.parametrize(
    ("told", "columns"),
    [
        ({"type": "draft", "status": "enabled"}, {"type": "draft"}),
        ({"type": "broadcast", "sendMetrics": {"status": "scheduled"}}, {"type": "broadcast"}),
        ({"type": "broadcast", "sendMetrics": {"status": "in_progress", "sent": "3"}}, {"type": "broadcast"}),
        ({"type": "broadcast", "sendMetrics": {"status": "finished"}}, {"type": "broadcast"}),
        ({"type": "splittest", "sendMetrics": {"status": "finished"}}, {"type": "splittest"}),
        ({"type": "automation", "sendMetrics": None}, {"type": "automation", "send_metrics": {}}),
        ({"type": "something new", "status": "disabled"}, {"type": "something new", "status": "disabled"}),
    ],
)
def test_newsletters_of_every_type_and_state_are_mirrored(
    db: None, told: dict[str, Any], columns: dict[str, Any]
) -> None:
    """contract/behaviour-newsletters.md section 2."""
    item = {"newsletterId": "N", "name": "n", "subject": "s", "flags": "clicktrack,google_analytics", **told}
    assert mirror.mirror_named(the_account(), RESOURCES["newsletter"], [item]) == 1
    row = Newsletter.objects.get()
    metrics = {"send_metrics": told.get("sendMetrics") or {}}
    expected = {"flags": ["clicktrack", "google_analytics"]} | metrics | columns
    assert {name: getattr(row, name) for name in expected} == expected


def test_a_newsletter_that_was_scheduled_and_cancelled_is_a_draft_again(sandbox: Sandbox) -> None:
    soon = {"sendOn": {"date": "2030-01-01T10:00:00", "timeZone": {"timeZoneId": 1}}}
    body = newsletter(sandbox)
    made = call(
        sandbox,
        "POST",
        "/newsletters",
        body | {"type": "broadcast", "sendSettings": body["sendSettings"] | soon},
    )
    pulled("campaigns", "messages")
    row = Newsletter.objects.get(newsletter_id=made["newsletterId"])
    assert (row.type, row.send_metrics["status"]) == ("broadcast", "scheduled")

    call(sandbox, "POST", f"/newsletters/{made['newsletterId']}/cancel")
    pulled("messages")
    row.refresh_from_db()
    assert row.type == "draft"


def test_newsletters_of_all_types_are_asked_for(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a list without a filter has them all is not said."""
    honest = Client.pages

    def pages(self: Client, path: str, **options: Any) -> Any:
        wanted = (options.get("query") or {}).get("type")
        if path == "/newsletters" and wanted:
            return iter([Page([{"newsletterId": wanted, "type": wanted, "name": wanted}], 1)])
        return honest(self, path, **options)

    monkeypatch.setattr(Client, "pages", pages)
    monkeypatch.setattr(named, "read_details", lambda *_arguments: None)
    pulled("messages")
    assert {"broadcast", "draft", "splittest", "automation"} == set(
        Newsletter.objects.values_list("type", flat=True)
    )


def test_many_large_messages_are_written_in_portions(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named, "AT_ONCE", 3)
    portions: list[int] = []
    honest = mirror.mirror_named

    def mirror_named(account: Any, resource: Any, items: Any) -> int:
        portions.append(
            len([item for item in items if "content" in item]) if resource.name == "newsletter" else 0
        )
        return honest(account, resource, items)

    monkeypatch.setattr(mirror, "mirror_named", mirror_named)
    pulled("campaigns", "messages")
    assert (max(portions), sum(portions)) == (3, 9)
    assert not Newsletter.objects.filter(html="").exists()
