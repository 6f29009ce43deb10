"""Every page: it opens, asks GetResponse nothing, costs constant queries, and shows texts harmlessly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from getresponse_django.admin.contacts.pages import ContactAdmin
from getresponse_django.models import (
    AbTest,
    Account,
    Autoresponder,
    Blocklist,
    Campaign,
    Change,
    Consent,
    ConsentRecord,
    Contact,
    ContactConsent,
    CustomField,
    FromField,
    GdprField,
    Newsletter,
    PullRun,
    RssNewsletter,
    Segment,
    Splittest,
    Suppression,
    Tag,
    WebhookEvent,
)
from tests.admin.conftest import MODELS, add_url, list_url, page_url, statistics
from tests.wire import Wire

EDITABLE = [Campaign, Contact, CustomField, Newsletter, Tag]
HARMFUL = "<script>alert(1)</script>"


def test_every_model_for_people_is_in_the_admin() -> None:
    ours = [model for model in admin.site._registry if model._meta.app_label == "getresponse_django"]
    assert set(ours) == set(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_and_pages_open_without_a_word_to_getresponse(
    wire: Wire, admin_client: Client, one_of_each: dict[Any, Any], model: Any
) -> None:
    assert admin_client.get(list_url(model)).status_code == 200
    assert admin_client.get(page_url(one_of_each[model])).status_code == 200
    assert admin_client.get(page_url(one_of_each[model], "history")).status_code == 200
    assert wire.requests == []


@pytest.mark.parametrize("model", EDITABLE, ids=lambda model: model.__name__)
def test_saving_and_adding_ask_getresponse_nothing(
    wire: Wire, admin_client: Client, one_of_each: dict[Any, Any], model: Any
) -> None:
    assert admin_client.get(add_url(model)).status_code == 200
    assert admin_client.post(add_url(model), {}).status_code == 200  # with its mistakes shown
    admin_client.post(page_url(one_of_each[model]), {})
    admin_client.post(page_url(one_of_each[model], "delete"), {"post": "yes"})
    assert wire.requests == []


@pytest.mark.parametrize("model", [m for m in MODELS if m not in EDITABLE], ids=lambda model: model.__name__)
def test_what_is_only_read_cannot_be_added_or_deleted(
    admin_client: Client, one_of_each: dict[Any, Any], model: Any
) -> None:
    assert admin_client.get(add_url(model)).status_code == 403
    assert admin_client.post(page_url(one_of_each[model], "delete"), {"post": "yes"}).status_code == 403
    assert type(one_of_each[model])._base_manager.filter(pk=one_of_each[model].pk).exists()


def queries_of(client: Client, url: str) -> int:
    client.get(url)  # content types, sessions and the like are cached now
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def fifty_more(rows: dict[Any, Any]) -> None:
    """Fifty more of each, related as they can be, with one query for each model."""
    account, campaign, now = rows[Account], rows[Campaign], timezone.now()
    common, names = {"account": account}, [f"more{number}" for number in range(50)]

    def each(make: Callable[..., Any], *related: list[Any]) -> list[Any]:
        made = [make(name, *others) for name, *others in zip(names, *related, strict=True)]
        model = type(made[0])
        return list(getattr(model, "plain", model.objects).bulk_create(made))

    lists = each(lambda name: Campaign(**common, campaign_id=name, name=name))
    tags = each(lambda name: Tag(**common, tag_id=name, name=name))
    contacts = each(
        lambda name, its: Contact(
            **common, campaign=its, email=f"{name}@example.com", contact_id=name, state="active"
        ),
        lists,
    )
    each(lambda _, contact, tag: Contact.tags.through(contact=contact, tag=tag), contacts, tags)
    each(lambda name: CustomField(**common, custom_field_id=name, name=name))
    each(lambda name: Segment(**common, search_contact_id=name, name=name))
    each(lambda name: GdprField(**common, gdpr_field_id=name, name=name))
    each(lambda name: Suppression(**common, suppression_id=name, name=name, masks=[name]))
    each(lambda name, its: Blocklist(**common, campaign=its, masks=[name]), lists)
    each(
        lambda name, one: ContactConsent(contact=one, consent_id=name, is_granted=True, read_at=now), contacts
    )
    each(lambda name: FromField(**common, from_field_id=name, email=f"{name}@example.com"))
    each(lambda name, its: Newsletter(**common, newsletter_id=name, subject=name, campaign=its), lists)
    each(lambda name: Autoresponder(**common, autoresponder_id=name, subject=name, campaign=campaign))
    each(lambda name, its: RssNewsletter(**common, rss_newsletter_id=name, subject=name, campaign=its), lists)
    each(lambda name, its: AbTest(**common, ab_test_id=name, name=name, campaign=its), lists)
    each(lambda name, its: Splittest(**common, splittest_id=name, name=name, campaign=its), lists)
    each(lambda _, one: Change(**common, resource="contact", object_pk=one.pk), contacts)
    each(lambda name: WebhookEvent(**common, source="webhook", contact_id=name, body={"n": name}))
    each(lambda name: Account(alias=name))
    each(lambda _: PullRun(**common, kind="contacts", leased_until=now))
    for name, contact in zip(names, contacts, strict=True):
        ConsentRecord.objects.note_given(contact, Consent(now, name, "1", "form"))
    for number, its in enumerate(lists):
        statistics(its, days=1, total_subscribers=number)


MOST_LIST_QUERIES, MOST_PAGE_QUERIES = 9, 15
"""The session and the user are two of them, the permissions none (a superuser)."""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_costs_the_same_queries_for_one_row_and_for_fifty(
    admin_client: Client, one_of_each: dict[Any, Any], model: Any
) -> None:
    few = queries_of(admin_client, list_url(model))
    fifty_more(one_of_each)
    assert queries_of(admin_client, list_url(model)) == few <= MOST_LIST_QUERIES


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_page_costs_the_same_queries_however_much_there_is(
    admin_client: Client, one_of_each: dict[Any, Any], model: Any
) -> None:
    url = page_url(one_of_each[model])
    few = queries_of(admin_client, url)
    fifty_more(one_of_each)
    assert queries_of(admin_client, url) == few <= MOST_PAGE_QUERIES


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_without_permission_to_change_everything_is_readable_and_nothing_offered(
    client_with: Callable[..., Client], one_of_each: dict[Any, Any], model: Any
) -> None:
    reader = client_with("view")
    listed, page = reader.get(list_url(model)), reader.get(page_url(one_of_each[model]))
    assert listed.context["cl"].result_count >= 1
    assert not listed.context["action_form"]
    for offer in ('name="_save"', "deletelink", "addlink", 'name="_pull_now"', "<textarea"):
        assert offer not in page.content.decode()
    assert reader.post(page_url(one_of_each[model]), {"_pull_now": "1"}).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_without_permission_to_read_nothing_is_shown(
    client_with: Callable[..., Client], one_of_each: dict[Any, Any], model: Any
) -> None:
    stranger = client_with()
    assert stranger.get(list_url(model)).status_code == 403
    assert stranger.get(page_url(one_of_each[model])).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_texts_full_of_script_are_shown_and_never_run(
    admin_client: Client, one_of_each: dict[Any, Any], model: Any
) -> None:
    poison(one_of_each)
    for url in (list_url(model), page_url(one_of_each[model]), page_url(one_of_each[model], "delete")):
        assert HARMFUL not in admin_client.get(url).content.decode()
    shown = admin_client.get(page_url(one_of_each[model])).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def poison(rows: dict[Any, Any]) -> None:
    """Put script into every text that comes from outside."""
    names = {"name": HARMFUL, "last_error": HARMFUL}
    tests = (AbTest, Splittest)
    messages = (Newsletter, Autoresponder, RssNewsletter)
    for model in (Campaign, Tag, CustomField, Segment, FromField, *messages, *tests):
        model.plain.update(**names)
    for model in messages:
        model.plain.update(subject=HARMFUL, html=HARMFUL, status=HARMFUL)
    AbTest.plain.update(html=HARMFUL, variants=[{"subject": HARMFUL, "isWinner": True}])
    Splittest.plain.update(newsletters=[{"name": HARMFUL, "status": "chosen"}])
    GdprField.plain.update(**names, content=HARMFUL)
    Suppression.plain.update(**names, masks=[HARMFUL])
    Blocklist.objects.update(masks=[HARMFUL])
    ContactConsent.objects.update(name=HARMFUL, content=HARMFUL, history=[{"content": HARMFUL}])
    ConsentRecord._base_manager.update(text=HARMFUL, version=HARMFUL)
    contact = rows[Contact]
    contact.tags.through.objects.create(contact=contact, tag=rows[Tag])
    Contact.plain.update(
        **names, note=HARMFUL, custom_fields={HARMFUL: [HARMFUL]}, base={"name": HARMFUL * 2}
    )
    Change.objects.update(detail=HARMFUL)
    PullRun.objects.update(message=HARMFUL, ok=False)
    WebhookEvent.objects.update(type=HARMFUL, detail=HARMFUL, body={HARMFUL: HARMFUL})
    Account.objects.update(circuit_reason=HARMFUL, circuit_opened_at=timezone.now())
    statistics(rows[Newsletter], **{"subscriptions.x": 1})
    type(statistics(rows[Autoresponder], x=1)).objects.update(metric=HARMFUL)


def test_the_list_of_actions_is_for_those_who_may(
    client_with: Callable[..., Client], one_of_each: dict[Any, Any]
) -> None:
    editor = client_with("view", "change")
    offered = {
        model: {
            name
            for name, _label in editor.get(list_url(model)).context["action_form"].fields["action"].choices
        }
        for model in (Account, Change, Contact, WebhookEvent)
    }
    assert offered == {
        Account: {"", "pull_now", "push_now", "check_key"},
        Change: {"", "retry", "push_now"},
        Contact: {"", *ContactAdmin.actions} - {"export_person", "erase_person"},
        WebhookEvent: {"", "process_again"},
    }
