"""Drafts are written in the admin with their audience to tick, and shown without their content doing harm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from getresponse_django.models import (
    Account,
    Campaign,
    Change,
    Contact,
    FromField,
    Newsletter,
    Segment,
)
from getresponse_django.models.recipients import selections
from tests.admin.conftest import add_url, form_data, list_url, page_url, said, stored
from tests.wire import Wire

HARMFUL = "<script>parent.document.title='taken'</script><form action='/admin/logout/'></form>"


@pytest.fixture
def sender(account: Account) -> FromField:
    row = FromField(account=account, from_field_id="E", email="shop@example.com", is_active=True)
    return stored(row)  # type: ignore[no-any-return]


@pytest.fixture
def segment(account: Account) -> Segment:
    row = Segment(account=account, search_contact_id="S", name="Buyers", count=7)
    row.counted_on = datetime(2026, 1, 1, tzinfo=UTC)
    return stored(row)  # type: ignore[no-any-return]


@pytest.fixture
def form(campaign: Campaign, sender: FromField) -> dict[str, Any]:
    """What the form of a new draft sends."""
    return {
        "name": "News",
        "subject": "What is new",
        "campaign": campaign.pk,
        "from_field": sender.pk,
        "html": "<p>Hello</p>",
    }


@pytest.fixture
def draft(campaign: Campaign, sender: FromField) -> Newsletter:
    """One that GetResponse has as it is here."""
    row = Newsletter(
        account=campaign.account,
        newsletter_id="N",
        name="News",
        subject="What is new",
        campaign=campaign,
        from_field=sender,
        html="<p>Hello</p>",
        send_settings={"selectedCampaigns": ["V"], "timeTravel": "true", "unheard": 1},
    )
    return stored(row)  # type: ignore[no-any-return]


def test_a_draft_is_recorded_for_the_account_of_its_list(
    admin_client: Client, form: dict[str, Any], campaign: Campaign, segment: Segment
) -> None:
    audience = {"selected_campaigns": ["V"], "excluded_segments": ["S"], "flags": ["clicktrack"]}
    assert "It will be sent" in said(admin_client.post(add_url(Newsletter), form | audience, follow=True))
    row = Newsletter.objects.get()
    assert (row.account, row.type, row.flags) == (campaign.account, "draft", ["clicktrack"])
    assert row.send_settings == {"selectedCampaigns": ["V"], "excludedSegments": ["S"]}
    assert Change.objects.get().resource == "newsletter"


def test_the_form_cannot_make_what_is_sent_at_once(admin_client: Client, form: dict[str, Any]) -> None:
    admin_client.post(add_url(Newsletter), form | {"type": "broadcast", "sending": "send"})
    row = Newsletter.objects.get()
    assert (row.type, row.sending) == ("draft", "")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"html": ""}, "html"),
        ({"campaign": ""}, "campaign"),
        ({"from_field": ""}, "from_field"),
        ({"from_field": "foreign"}, "from_field"),
        ({"subject": "x"}, "subject"),
        ({"selected_campaigns": ["nobody's"]}, "selected_campaigns"),
        ({"selected_segments": ["theirs"]}, "selected_segments"),
        ({"flags": ["openrate"]}, "flags"),
    ],
)
def test_what_would_be_refused_is_said_beside_its_field(
    admin_client: Client, form: dict[str, Any], given: dict[str, Any], field: str
) -> None:
    other = Account.objects.for_alias("other")
    foreign = stored(FromField(account=other, from_field_id="X", email="them@example.com"))
    stored(Segment(account=other, search_contact_id="theirs", name="Theirs"))
    given = {name: foreign.pk if value == "foreign" else value for name, value in given.items()}
    shown = admin_client.post(add_url(Newsletter), form | given).context["adminform"].form
    assert field in shown.errors
    assert not Newsletter.objects.exists()


def test_an_edit_keeps_what_the_form_does_not_show(
    admin_client: Client, draft: Newsletter, segment: Segment
) -> None:
    page = admin_client.get(page_url(draft))
    assert "the draft is made anew there" in page.content.decode()
    data = form_data(page, selected_campaigns=[], selected_segments=["S"], subject="Newer")
    assert "It will be sent" in said(admin_client.post(page_url(draft), data, follow=True))
    row = Newsletter.objects.get()
    assert row.subject == "Newer"
    assert row.send_settings == {
        "selectedCampaigns": [],
        "selectedSegments": ["S"],
        "timeTravel": "true",
        "unheard": 1,
    }


def test_a_page_saved_as_it_is_changes_nothing(admin_client: Client, draft: Newsletter) -> None:
    Newsletter.plain.update(send_settings={"selectedCampaigns": ["V"], "timeTravel": "true"})
    admin_client.post(page_url(draft), form_data(admin_client.get(page_url(draft))))
    assert Newsletter.objects.get().send_settings == {"selectedCampaigns": ["V"], "timeTravel": "true"}
    assert not Change.objects.exists()


def test_a_selection_that_is_not_mirrored_is_shown_and_can_be_taken_away(
    admin_client: Client, draft: Newsletter
) -> None:
    Newsletter.plain.update(send_settings={"selectedCampaigns": ["V"], "excludedSegments": ["gone"]})
    page = admin_client.get(page_url(draft))
    assert "gone (not mirrored here)" in page.content.decode()
    refused = admin_client.post(page_url(draft), form_data(page))
    assert "does not have: gone" in str(refused.context["adminform"].form.errors)
    admin_client.post(page_url(draft), form_data(page, excluded_segments=[]))
    assert Newsletter.objects.get().send_settings == {"selectedCampaigns": ["V"], "excludedSegments": []}


def test_rows_of_several_accounts_are_told_apart(admin_client: Client, campaign: Campaign) -> None:
    stored(Campaign(account=Account.objects.for_alias("other"), campaign_id="O", name="elsewhere"))
    field = admin_client.get(add_url(Newsletter)).context["adminform"].form.fields["selected_campaigns"]
    assert field.choices == [("default", [("V", "customers")]), ("other", [("O", "elsewhere")])]


@pytest.mark.parametrize(
    "columns",
    [
        {"type": "broadcast"},
        {"type": "automation"},
        {"under_way": "create", "newsletter_id": None},
        {"under_way": "send"},
        {"sending": "send"},
        {"sending": "cancel"},
    ],
)
def test_what_is_on_its_way_or_went_out_cannot_be_changed(
    admin_client: Client, draft: Newsletter, columns: dict[str, Any]
) -> None:
    data = form_data(admin_client.get(page_url(draft)), subject="New")
    Newsletter.plain.update(**columns)
    page = admin_client.get(page_url(draft))
    assert not page.context["has_change_permission"]
    assert "customers" in page.content.decode()
    assert admin_client.post(page_url(draft), data).status_code == 403
    assert Newsletter.objects.get().subject == "What is new"


# --- the size of the audience ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        ({"selectedCampaigns": ["V"]}, "About 2 people. Lists: the active contacts mirrored here."),
        ({"selectedCampaigns": ["V"], "excludedSegments": ["S"]}, "At most 2 people."),
        ({"selectedSegments": ["S"]}, "About 7 people. Segments: as counted on Jan. 1, 2026, midnight."),
        ({"selectedContacts": ["c"]}, "About 1 person. Contacts: those chosen."),
        ({"selectedSegments": ["other"]}, "Not known. A segment was not counted yet"),
        ({"selectedCampaigns": ["V"], "excludedCampaigns": ["V"]}, "Nobody. Every list selected is excluded"),
        ({}, "Nobody. No audience is selected."),
    ],
)
def test_the_size_of_the_audience_is_said_honestly(
    wire: Wire,
    admin_client: Client,
    draft: Newsletter,
    segment: Segment,
    make_contact: Callable[..., Contact],
    audience: dict[str, Any],
    words: str,
) -> None:
    make_contact()
    make_contact("ben@example.com")
    make_contact("gone@example.com", state="left")
    Newsletter.plain.update(send_settings=audience)
    assert words in admin_client.get(page_url(draft)).content.decode()
    assert wire.requests == []


def test_a_count_of_getresponse_is_shown_until_the_audience_changes(
    admin_client: Client, draft: Newsletter
) -> None:
    counted = selections(draft.send_settings)
    on = datetime(2026, 1, 1, tzinfo=UTC)
    Newsletter.plain.update(audience_count=1234, audience_counted_on=on, audience_counted=counted)
    words = "About 1,234 people. GetResponse counted them on Jan. 1, 2026, midnight."
    assert words in admin_client.get(page_url(draft)).content.decode()
    Newsletter.plain.update(send_settings={"selectedCampaigns": ["V", "W"]})
    assert "1,234" not in admin_client.get(page_url(draft)).content.decode()


def test_counting_again_is_handed_to_a_worker(
    monkeypatch: pytest.MonkeyPatch, wire: Wire, admin_client: Client, draft: Newsletter
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "getresponse_django.tasks.count_recipients.apply_async", lambda **message: told.append(message)
    )
    page = admin_client.post(page_url(draft, "count"), follow=True)
    assert "are being counted" in said(page)
    assert [message["kwargs"] for message in told] == [{"pk": draft.pk}]
    assert wire.requests == []
    assert admin_client.get(page_url(draft, "count")).status_code == 405


# --- content --------------------------------------------------------------------------------------


def test_the_preview_can_run_nothing_and_touch_nothing(admin_client: Client, draft: Newsletter) -> None:
    Newsletter.plain.update(html=HARMFUL)
    page = admin_client.get(page_url(draft)).content.decode()
    assert HARMFUL not in page
    assert f'<iframe class="getresponse-preview" sandbox="" src="{page_url(draft, "preview")}"' in page
    answer = admin_client.get(page_url(draft, "preview"))
    assert answer.content.decode() == HARMFUL
    policy = {rule.strip() for rule in answer["Content-Security-Policy"].split(";")}
    assert {"default-src 'none'", "sandbox", "form-action 'none'", "frame-ancestors 'self'"} <= policy
    assert not any("script" in rule for rule in policy)
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"].startswith("text/html")


def test_the_preview_is_for_those_who_may_read(client_with: Callable[..., Client], draft: Newsletter) -> None:
    assert client_with("view").get(page_url(draft, "preview")).status_code == 200
    assert client_with().get(page_url(draft, "preview")).status_code == 403
    assert "login" in Client().get(page_url(draft, "preview"))["Location"]


def test_links_are_shown_as_text(admin_client: Client, newsletter: Newsletter) -> None:
    tracks = [{"name": "<b>Shop", "url": "javascript:alert(1)", "amount": "15"}, "odd", {}]
    Newsletter.plain.update(click_tracks=tracks)
    content = admin_client.get(page_url(newsletter)).content.decode()
    assert "<td>&lt;b&gt;Shop</td><td>javascript:alert(1)</td><td>15</td>" in content
    assert 'href="javascript' not in content


def test_without_permission_to_change_everything_is_readable_and_nothing_is_offered(
    client_with: Callable[..., Client], draft: Newsletter
) -> None:
    reader = client_with("view")
    content = reader.get(page_url(draft)).content.decode()
    for shown in ("What is new", "shop@example.com", "customers", "&lt;p&gt;Hello", "/preview/"):
        assert shown in content
    for page in ("send", "trial", "cancel", "count"):
        assert page_url(draft, page) not in content
        assert reader.post(page_url(draft, page)).status_code == 403
    assert "/add/" not in reader.get(list_url(Newsletter)).content.decode()
