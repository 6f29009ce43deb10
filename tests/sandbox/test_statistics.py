"""Campaign and message statistics: they agree with the state, with each other, and with the seed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from getresponse_django.sandbox import Sandbox

from .conftest import Api, assert_envelope, problem_fields

KINDS = ("balance", "list-size", "locations", "origins", "removals", "subscriptions")
CAMPAIGNS = ("customers", "newsletter", "partners")


def statistics(api: Api, kind: str, campaign: str = "customers", **query: str) -> Any:
    params = {"query[campaignId]": api.campaign_id(campaign)}
    params |= {f"query[{name}]": value for name, value in query.items()}
    response = api.get(f"/campaigns/statistics/{kind}", params=params)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("campaign", CAMPAIGNS)
@pytest.mark.parametrize("group", ["hour", "day", "month", "total"])
def test_the_list_size_ends_at_the_real_count(seeded: Api, campaign: str, group: str) -> None:
    rows = statistics(seeded, "list-size", campaign, groupBy=group)
    assert rows[-1]["totalSubscribers"] == len(seeded.sandbox.contacts(campaign)) > 0
    size = 0
    for row in rows:
        size += row["addedSubscribers"] - row["removedSubscribers"]
        assert row["totalSubscribers"] == size >= 0


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_the_kinds_agree_with_each_other(seeded: Api, campaign: str) -> None:
    (campaign_id,) = statistics(seeded, "subscriptions", campaign)
    joined = statistics(seeded, "subscriptions", campaign, groupBy="day")[campaign_id]
    left = statistics(seeded, "removals", campaign, groupBy="day")[campaign_id]
    sizes = statistics(seeded, "list-size", campaign, groupBy="day")
    balance = statistics(seeded, "balance", campaign, groupBy="day")
    assert sum(day["summary"] for day in joined.values()) == sum(row["addedSubscribers"] for row in sizes)
    assert sum(sum(day.values()) for day in left.values()) == sum(row["removedSubscribers"] for row in sizes)
    assert {day: item["removals"] for day, item in balance.items() if "removals" in item} == left
    assert {day: item["subscriptions"] for day, item in balance.items() if "subscriptions" in item} == joined
    origins = statistics(seeded, "origins", campaign)[campaign_id]
    assert origins["summary"] == sum(day["summary"] for day in joined.values())
    places = statistics(seeded, "locations", campaign)
    assert sum(int(place["amount"]) for place in places.values()) == len(seeded.sandbox.contacts(campaign))
    (summary,) = statistics(seeded, "summary", campaign).values()
    assert summary["totalSubscribers"] == str(len(seeded.sandbox.contacts(campaign)))


def test_about_six_months_of_growth_by_several_origins_and_reasons(seeded: Api) -> None:
    days = statistics(seeded, "list-size", groupBy="day")
    assert 175 <= len(days) <= 200
    assert len(statistics(seeded, "list-size", groupBy="month")) in (6, 7, 8)
    (removals,) = statistics(seeded, "removals").values()
    assert {"unsubscribe", "bounce"} <= set(removals["total"])
    (origins,) = statistics(seeded, "origins").values()
    assert sum(amount > 0 for name, amount in origins.items() if name != "summary") >= 4


def test_even_without_contacts_there_is_a_history(api: Api, sandbox: Sandbox) -> None:
    rows = statistics(api, "list-size", groupBy="day")
    assert rows[-1]["totalSubscribers"] == 0 == len(sandbox.contacts("customers"))
    assert sum(row["addedSubscribers"] for row in rows) > 50
    assert max(row["totalSubscribers"] for row in rows) > 5


def test_what_happens_now_counts(api: Api, sandbox: Sandbox) -> None:
    sandbox.now = lambda: datetime.now(UTC)
    today = sandbox.now().strftime("%Y-%m-%d")
    for number in range(3):
        api.create(f"n{number}@example.com")
    sandbox.land()
    removed, moved, _ = sandbox.contacts("customers")
    sandbox.remove_contact(removed["contactId"], "complaint")
    api.post(f"/contacts/{moved['contactId']}", {"campaign": {"campaignId": api.campaign_id("newsletter")}})
    last = statistics(api, "list-size", groupBy="day")[-1]
    assert last == {"totalSubscribers": 1, "addedSubscribers": 3, "removedSubscribers": 2, "createdOn": today}
    (days,) = statistics(api, "removals", groupBy="day").values()
    assert days[today] == {"compliant": 1, "api": 1}
    (days,) = statistics(api, "subscriptions", "newsletter", groupBy="day").values()
    assert (days[today]["copy"], days[today]["summary"]) == (1, 1)


def test_a_window_cuts_without_losing_the_size_before_it(seeded: Api) -> None:
    everything = statistics(seeded, "list-size", groupBy="day")
    start, end = everything[50]["createdOn"], everything[59]["createdOn"]
    window = {"groupBy": "day", "createdOn][from": start, "createdOn][to": end}
    assert statistics(seeded, "list-size", **window) == everything[50:60]
    (days,) = statistics(seeded, "subscriptions", **window).values()
    assert all(start <= day <= end for day in days)


def test_several_campaigns_are_told_apart_or_summed(seeded: Api) -> None:
    ids = [seeded.campaign_id(name) for name in CAMPAIGNS]
    params = {"query[campaignId]": ",".join(ids)}
    assert set(seeded.get("/campaigns/statistics/subscriptions", params=params).json()) == set(ids)
    sizes = seeded.get("/campaigns/statistics/list-size", params=params).json()
    assert sizes[-1]["totalSubscribers"] == len(seeded.sandbox.contacts())
    assert set(seeded.get("/campaigns/statistics/summary").json()) == set(ids)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, 1000),
        ({"query[campaignId]": "nope"}, 1001),
        ({"query[campaignId]": "", "query[groupBy]": "day"}, 1000),
        ({"query[groupBy]": "week"}, 1000),
        ({"query[createdOn][from]": "soon"}, 1000),
        ({"query[colour]": "red"}, 1000),
    ],
)
def test_campaign_statistics_refuse(seeded: Api, kind: str, params: dict[str, str], code: int) -> None:
    if len(params) == 1 and "query[campaignId]" not in params:
        params = {**params, "query[campaignId]": seeded.campaign_id()}
    assert_envelope(seeded.get(f"/campaigns/statistics/{kind}", params=params), 400, code)


def sent_newsletters(api: Api) -> list[dict[str, Any]]:
    return [n for n in api.get("/newsletters").json() if n["type"] == "broadcast"]


def test_newsletters_have_opens_and_clicks_that_fade(seeded: Api) -> None:
    newsletters = sent_newsletters(seeded)
    assert len(newsletters) >= 6
    opened: Counter[int] = Counter()
    for newsletter in newsletters:
        sent = datetime.fromisoformat(newsletter["sendOn"]).date()
        rows = seeded.get(
            f"/newsletters/{newsletter['newsletterId']}/statistics",
            params={"query[groupBy]": "day", "perPage": "1000"},
        ).json()
        for row in rows:
            start, duration = row["timeInterval"].split("/")
            assert duration == "P1D"
            assert any(value for name, value in row.items() if name != "timeInterval"), (
                "an interval without activity"
            )
            opened[(datetime.fromisoformat(start).date() - sent).days] += row["uniqueOpened"]
            assert row["totalOpened"] >= row["totalHumanOpened"] >= row["uniqueHumanOpened"]
    assert opened[0] > opened[2] > opened[6]
    assert min(opened) == 0


@pytest.mark.parametrize("kind", ["newsletters", "autoresponders"])
def test_groups_and_collections_add_up(seeded: Api, kind: str) -> None:
    def sums(path: str, group: str) -> Counter[str]:
        rows = seeded.get(path, params={"query[groupBy]": group, "perPage": "1000"}).json()
        found: Counter[str] = Counter()
        for row in rows:
            found.update({name: value for name, value in row.items() if name != "timeInterval"})
        return found

    key = f"{kind[:-1]}Id"
    single: Counter[str] = Counter()
    for message in seeded.get(f"/{kind}").json():
        path = f"/{kind}/{message[key]}/statistics"
        assert sums(path, "total") == sums(path, "day") == sums(path, "month")
        single.update(sums(path, "day"))
    assert sums(f"/{kind}/statistics", "day") == single
    assert single["sent"] > 0 and single["uniqueOpened"] > 0


def test_a_collection_can_be_narrowed(seeded: Api) -> None:
    first = sent_newsletters(seeded)[0]["newsletterId"]
    alone = seeded.get(f"/newsletters/{first}/statistics").json()
    assert seeded.get("/newsletters/statistics", params={"query[newsletterId]": first}).json() == alone
    partners = {"query[campaignId]": seeded.campaign_id("partners")}
    assert seeded.get("/newsletters/statistics", params=partners).json() == []
    autoresponder = seeded.get("/autoresponders").json()[0]["autoresponderId"]
    narrowed = seeded.get(
        "/autoresponders/statistics", params={"query[autoreponderId]": autoresponder}
    ).json()
    assert narrowed == seeded.get(f"/autoresponders/{autoresponder}/statistics").json()
    wrong = seeded.get("/autoresponders/statistics", params={"query[autoresponderId]": autoresponder})
    assert_envelope(wrong, 400, 1000)


def test_metrics_of_the_list_agree_with_the_statistics(seeded: Api) -> None:
    for newsletter in sent_newsletters(seeded):
        (total,) = seeded.get(f"/newsletters/{newsletter['newsletterId']}/statistics").json()
        metrics = newsletter["sendMetrics"]
        assert (metrics["sent"], metrics["delivered"]) == (
            str(total["sent"]),
            str(total["sent"] - total["bounced"]),
        )
        assert float(metrics["openRate"]) == pytest.approx(
            total["uniqueOpened"] / (total["sent"] - total["bounced"]), abs=1e-4
        )


@pytest.mark.parametrize("contacts", [0, 120])
def test_the_same_seed_and_day_make_the_same_account(contacts: int) -> None:
    def account(hour: int, seed: int) -> Any:
        with Sandbox(contacts=contacts, seed=seed, limits=False) as sandbox:
            sandbox.now = lambda: datetime(2026, 5, 20, hour, tzinfo=UTC)
            sandbox.reset()
            api = Api(sandbox)
            paths = ("/contacts", "/campaigns", "/newsletters", "/newsletters/statistics?query[groupBy]=day")
            texts = [api.get(path).text.replace(sandbox.url, "") for path in paths]
            api.session.close()
            return texts

    morning = account(1, 1)
    assert morning == account(23, 1)
    assert morning[2:] != account(1, 2)[2:]


def newsletter_body(api: Api, **change: Any) -> dict[str, Any]:
    sender = api.get("/from-fields").json()[0]["fromFieldId"]
    return {
        "subject": "Hello",
        "fromField": {"fromFieldId": sender},
        "campaign": {"campaignId": api.campaign_id()},
        "content": {"plain": "Hi"},
        "sendSettings": {"selectedCampaigns": [api.campaign_id()]},
        **change,
    }


def test_a_broadcast_goes_to_its_audience_and_counts(api: Api, sandbox: Sandbox) -> None:
    for number in range(4):
        sandbox.add_contact(f"n{number}@example.com", "customers")
    body = newsletter_body(api)
    body["sendSettings"]["excludedCampaigns"] = [api.campaign_id("newsletter")]
    created = api.post("/newsletters", body)
    assert (created.status_code, created.json()["sendMetrics"]["status"]) == (201, "in_progress")
    path = f"/newsletters/{created.json()['newsletterId']}"
    sandbox.land()
    sent = api.get(path).json()
    assert (sent["sendMetrics"]["status"], sent["sendMetrics"]["sent"]) == ("finished", "4")
    (row,) = api.get(f"{path}/statistics").json()
    assert row["sent"] == 4
    assert len(api.get(f"{path}/activities").json()) == 4
    assert_envelope(api.post(f"{path}/cancel"), 400, 1002)


def test_a_scheduled_newsletter_waits_for_its_hour(api: Api, sandbox: Sandbox) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    sandbox.now = lambda: start
    sandbox.reset()
    sandbox.add_contact("anna@example.com", "customers")
    body = newsletter_body(api)
    body["sendSettings"]["sendOn"] = {"date": "2026-03-02T08:00:00", "timeZone": {"timeZoneId": 282}}
    created = api.post("/newsletters", body).json()
    assert (created["sendOn"], created["sendMetrics"]["status"]) == ("2026-03-02T07:00:00+0000", "scheduled")
    path = f"/newsletters/{created['newsletterId']}"
    draft = api.post(f"{path}/cancel").json()
    assert (draft["type"], "sendOn" in draft) == ("draft", False)
    settings = body["sendSettings"]
    again = api.post(
        "/newsletters/send-draft", {"messageId": created["newsletterId"], "sendSettings": settings}
    )
    assert (again.status_code, again.json()["newsletterId"]) == (201, created["newsletterId"])
    sandbox.now = lambda: start + timedelta(days=1)
    assert api.get(path).json()["sendMetrics"]["status"] == "finished"


def test_a_draft_is_kept_and_can_be_deleted(api: Api) -> None:
    draft = api.post("/newsletters", newsletter_body(api, type="draft")).json()
    assert draft["type"] == "draft"
    path = f"/newsletters/{draft['newsletterId']}"
    drafts = api.get("/newsletters", params={"query[type]": "draft"}).json()
    assert draft["newsletterId"] in {item["newsletterId"] for item in drafts}
    assert api.delete(path).status_code == 204
    assert_envelope(api.get(path), 404, 1013)


def test_what_is_being_sent_cannot_be_deleted_or_sent_again(api: Api, sandbox: Sandbox) -> None:
    sandbox.now = lambda: datetime(2026, 3, 1, 12, tzinfo=UTC)
    created = api.post("/newsletters", newsletter_body(api)).json()
    assert_envelope(api.delete(f"/newsletters/{created['newsletterId']}"), 400, 1011)
    body = {"messageId": created["newsletterId"], "sendSettings": {}}
    assert_envelope(api.post("/newsletters/send-draft", body), 400, 1002)
    assert_envelope(api.post("/newsletters/send-draft", {**body, "messageId": "nope"}), 400, 1001)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"subject": "x"}, {"subject"}),
        ({"subject": None, "content": None}, {"subject", "content"}),
        ({"type": "splittest"}, {"type"}),
        ({"flags": ["openrate"]}, {"flags.0"}),
        (
            {"sendSettings": {"timeTravel": True, "selectedCampaigns": "x"}},
            {"sendSettings.timeTravel", "sendSettings.selectedCampaigns"},
        ),
        ({"sendSettings": {"sendOn": {"date": "2026-01-01T00:00:00"}}}, {"sendSettings.sendOn.timeZone"}),
    ],
)
def test_newsletter_bodies(api: Api, change: dict[str, Any], fields: set[str]) -> None:
    assert (
        problem_fields(assert_envelope(api.post("/newsletters", newsletter_body(api, **change)), 400, 1000))
        == fields
    )


@pytest.mark.parametrize(
    "change",
    [
        {"campaign": {"campaignId": "nope"}},
        {"fromField": {"fromFieldId": "nope"}},
        {"sendSettings": {"selectedSegments": ["nope"]}},
        {"sendSettings": {"excludedCampaigns": ["nope"]}},
    ],
)
def test_an_unknown_reference_of_a_newsletter_is_404(api: Api, change: dict[str, Any]) -> None:
    assert_envelope(api.post("/newsletters", newsletter_body(api, **change)), 404, 1013)


@pytest.mark.parametrize("date", ["soon", "2026-99-99T00:00:00", "9999-12-31T23:59:59+00:00/x"])
def test_a_send_date_that_is_none_is_refused(api: Api, date: str) -> None:
    settings = {"sendOn": {"date": date, "timeZone": {"timeZoneId": 282}}}
    assert_envelope(api.post("/newsletters", newsletter_body(api, sendSettings=settings)), 400, 1000)


def segment(api: Api, name: str, value: str) -> str:
    condition = {
        "conditionType": "email",
        "operatorType": "string_operator",
        "operator": "starts",
        "value": value,
    }
    section = {
        "campaignIdsList": [api.campaign_id()],
        "logicOperator": "and",
        "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
        "subscriptionDate": "all_time",
        "conditions": [condition],
    }
    body = {"name": name, "sectionLogicOperator": "or", "section": [section]}
    return str(api.post("/search-contacts", body).json()["searchContactId"])


@pytest.mark.parametrize(
    ("selected", "starts", "sent"),
    [
        (["selectedCampaigns"], "n", 3),
        (["selectedSegments"], "n1", 1),
        (["selectedContacts"], "n", 1),
        (["selectedCampaigns", "selectedSegments"], "n2", 1),
        (["selectedCampaigns", "selectedSegments"], "nobody", 0),
        (["selectedCampaigns", "selectedContacts"], "n", 1),
        (["selectedCampaigns", "excludedSegments"], "n1", 2),
        ([], "n", 0),
    ],
)
def test_several_selections_combine_with_and(
    api: Api, sandbox: Sandbox, selected: list[str], starts: str, sent: int
) -> None:
    contacts = [sandbox.add_contact(f"n{number}@example.com", "customers") for number in range(3)]
    segments = [segment(api, "chosen", starts)]
    values = {"selectedCampaigns": [api.campaign_id()], "selectedContacts": [contacts[0]["contactId"]]}
    settings = {name: values.get(name, segments) for name in selected}
    created = api.post("/newsletters", newsletter_body(api, sendSettings=settings)).json()
    sandbox.land()
    assert api.get(f"/newsletters/{created['newsletterId']}").json()["sendMetrics"]["sent"] == str(sent)


def test_a_segment_deleted_before_the_sending_has_nobody(api: Api, sandbox: Sandbox) -> None:
    sandbox.add_contact("n@example.com", "customers")
    segment_id = segment(api, "gone", "n")
    body = newsletter_body(api, sendSettings={"selectedSegments": [segment_id]})
    created = api.post("/newsletters", body).json()
    api.delete(f"/search-contacts/{segment_id}")
    sandbox.land()
    assert api.get(f"/newsletters/{created['newsletterId']}").json()["sendMetrics"]["sent"] == "0"
