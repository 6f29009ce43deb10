"""Segments in the admin: in words, counted, and their members read when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django import tasks
from getresponse_django.models import Account, Campaign, Contact, CustomField, Newsletter, Segment, Tag
from getresponse_django.models import conditions as c
from getresponse_django.models.searching import MODELS
from tests.admin.conftest import act, list_url, page_url, said, stored
from tests.admin.test_pages import HARMFUL, MOST_LIST_QUERIES, MOST_PAGE_QUERIES, queries_of
from tests.wire import Wire


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a worker was told, instead of a message to a broker."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.pull_segments, "apply_async", lambda **message: told.append(message["kwargs"]))
    return told


@pytest.fixture
def segment(campaign: Campaign, newsletter: Newsletter, tag: Tag) -> Segment:
    """One that mentions one of everything that has a name here."""
    stored(CustomField(account=campaign.account, custom_field_id="F", name="city"))
    definition = Segment.where(
        c.field("city").equals("Gdańsk"),
        c.opened(newsletter),
        c.has_tag("vip"),
        c.raw({"conditionType": "of the panel"}),
    )
    row = Segment(account=campaign.account, search_contact_id="S", name="Loyal", definition=definition)
    return stored(row)  # type: ignore[no-any-return]


WORDS = (
    "city is Gdańsk and opened News (newsletter) and has the tag vip and a condition of the type “of the "
    "panel”, on the list customers"
)


def test_list_and_page_say_whom_a_segment_finds(wire: Wire, admin_client: Client, segment: Segment) -> None:
    Segment.plain.update(count=1234, counted_on=timezone.now())
    for url in (list_url(Segment), page_url(segment)):
        content = admin_client.get(url).content.decode()
        assert WORDS in content
        assert "1234" in content
    assert wire.requests == []


def test_names_full_of_script_are_shown_and_never_run(admin_client: Client, segment: Segment) -> None:
    for model in (Campaign, CustomField, Newsletter, Segment, Tag):
        model.plain.update(name=HARMFUL)
    text = {"conditionType": HARMFUL}
    definition = segment.definition
    definition["section"][0]["conditions"] += [
        text,
        {**definition["section"][0]["conditions"][0], "value": HARMFUL},
    ]
    Segment.plain.update(definition=definition, last_error=HARMFUL, members_on=timezone.now())
    for url in (list_url(Segment), page_url(segment)):
        content = admin_client.get(url).content.decode()
        assert HARMFUL not in content
        assert content.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6


def test_the_list_costs_the_same_queries_for_one_segment_and_for_fifty(
    admin_client: Client, segment: Segment
) -> None:
    few = queries_of(admin_client, list_url(Segment))
    for number in range(50):
        name = f"more{number}"
        tag = stored(Tag(account=segment.account, tag_id=name, name=name))
        campaign = stored(Campaign(account=segment.account, campaign_id=name, name=name))
        definition = Segment.where(c.has_tag(tag.name), campaigns=[campaign])
        stored(Segment(account=segment.account, search_contact_id=name, name=name, definition=definition))
    content = admin_client.get(list_url(Segment)).content.decode()
    assert "has the tag more49, on the list more49" in content
    assert queries_of(admin_client, list_url(Segment)) == few <= MOST_LIST_QUERIES + len(MODELS)


def test_a_page_costs_the_same_queries_however_many_members_there_are(
    admin_client: Client, segment: Segment, make_contact: Callable[..., Contact]
) -> None:
    Segment.plain.update(members_on=timezone.now(), unknown_members=2)
    few = queries_of(admin_client, page_url(segment))
    for number in range(10):
        contact = make_contact(f"{number}@example.com")
        segment.members.add(contact, through_defaults={"found_on": timezone.now()})
    assert queries_of(admin_client, page_url(segment)) == few <= MOST_PAGE_QUERIES


def test_the_page_leads_to_the_members(
    admin_client: Client, segment: Segment, make_contact: Callable[..., Contact]
) -> None:
    ann, _bob = make_contact("ann@example.com"), make_contact("bob@example.com")
    assert "Nobody read them yet" in admin_client.get(page_url(segment)).content.decode()
    segment.members.add(ann, through_defaults={"found_on": timezone.now()})
    Segment.plain.update(members_on=timezone.now(), unknown_members=2)
    content = admin_client.get(page_url(segment)).content.decode()
    url = f"{list_url(Contact)}?segment={segment.pk}"
    assert f'<a href="{url}">1 contact</a>' in content
    assert "2 more are not mirrored here" in content
    assert list(admin_client.get(url).context["cl"].result_list) == [ann]


def test_the_members_of_chosen_segments_are_read_by_a_worker(
    wire: Wire, admin_client: Client, segment: Segment, handed_over: Any
) -> None:
    other = stored(Segment(account=segment.account, name="not there yet"))
    answer = act(admin_client, Segment, "read_members", segment, other)
    assert "on their way" in said(answer)
    assert handed_over == [{"members_of": [segment.pk]}]
    assert wire.requests == []


def test_what_getresponse_does_not_have_is_not_asked_for(
    admin_client: Client, account: Account, handed_over: Any
) -> None:
    new = stored(Segment(account=account, name="not there yet"))
    assert "GetResponse has none of these yet" in said(act(admin_client, Segment, "read_members", new))
    assert handed_over == []


def test_a_broker_that_is_gone_is_told(
    admin_client: Client, segment: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.pull_segments, "apply_async", lambda **_message: 1 / 0)
    assert "did not answer" in said(act(admin_client, Segment, "read_members", segment))


def test_only_who_may_change_segments_may_let_them_be_read(
    client_with: Callable[..., Client], segment: Segment, handed_over: Any
) -> None:
    reader, editor = client_with("view"), client_with("view", "change")
    assert not reader.get(list_url(Segment)).context["action_form"]
    act(reader, Segment, "read_members", segment)
    assert handed_over == []
    assert "read_members" in str(editor.get(list_url(Segment)).context["action_form"])
    act(editor, Segment, "read_members", segment)
    assert handed_over == [{"members_of": [segment.pk]}]
