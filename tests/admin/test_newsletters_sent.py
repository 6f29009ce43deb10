"""From the admin through the push to GetResponse: sent by whom may, after a confirmation, and once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from getresponse_django import mirror
from getresponse_django.client import Client as ApiClient
from getresponse_django.mirror.named import GONE
from getresponse_django.models import Campaign, Change, Contact, FromField, Newsletter
from getresponse_django.pull import pull
from getresponse_django.resources import RESOURCES
from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.messages.sending import send_due
from getresponse_django.sandbox.state.records import Newsletter as Remote
from tests.admin.conftest import add_url, form_data, page_url, said
from tests.push.conftest import World

NAME = "March"


@pytest.fixture
def world(transactional_db: None, sandbox: Sandbox) -> World:
    """Both sides, with lists and senders mirrored."""
    sandbox.limits_on = False
    world = World(sandbox)
    with ApiClient.for_account("default") as client:
        mirror.mirror_named(world.account, RESOURCES["from_field"], client.get("/from-fields"))
    return world


@pytest.fixture
def draft(world: World, admin_client: Client) -> Newsletter:
    """Written in the admin and pushed."""
    data = {
        "name": NAME,
        "subject": "Spring is here",
        "campaign": world.campaign.pk,
        "from_field": FromField.plain.filter(is_active=True)[0].pk,
        "html": "<p>Hello</p>",
        "selected_campaigns": [world.campaign.campaign_id],
    }
    admin_client.post(add_url(Newsletter), data)
    world.push_all()
    return Newsletter.objects.get(name=NAME)


def remotes(world: World, name: str = NAME) -> list[Remote]:
    return [each for each in world.sandbox._store.newsletters.values() if each.name == name]


def times_sent(world: World, name: str = NAME) -> int:
    """How often it went out, after all that is due has."""
    send_due(world.sandbox._store, everything=True)
    return sum(each.status == "finished" for each in remotes(world, name))


def confirmation(client: Client, draft: Newsletter, **when: Any) -> dict[str, Any]:
    """What the page of the confirmation would send."""
    page = client.post(page_url(draft, "send"), {"when": "now", **when})
    assert page.context["is_chosen"], page.context["form"].errors
    return {"when": "now", **when, "seen": page.context["seen"], "confirmed": "yes"}


def confirm(client: Client, draft: Newsletter, answer: dict[str, Any]) -> str:
    """Send the confirmation; what was said then."""
    return said(client.post(page_url(draft, "send"), answer, follow=True))


def test_a_draft_is_sent_once_from_the_form_to_getresponse(
    world: World, admin_client: Client, draft: Newsletter
) -> None:
    assert [each.status for each in remotes(world)] == ["draft"]
    pull(world.account, ["campaigns"])
    asked = len(world.sandbox.requests)
    page = admin_client.post(page_url(draft, "send"), {"when": "now"})
    content = page.content.decode()
    for shown in (
        "Spring is here",
        escape(str(draft.from_field)),
        "customers",
        "Nobody.",
        "e-mails were sent within",
    ):
        assert shown in content
    answer = {"when": "now", "seen": page.context["seen"], "confirmed": "yes"}
    assert "Sending at once confirmed." in confirm(admin_client, draft, answer)
    assert len(world.sandbox.requests) == asked  # nothing within a web request
    world.push_all()
    assert times_sent(world) == 1
    row = Newsletter.objects.get(name=NAME)
    assert (row.type, row.sending, Change.objects.count()) == ("broadcast", "", 0)
    assert row.send_asked_on is not None


def test_nothing_is_sent_before_the_confirmation(
    world: World, admin_client: Client, draft: Newsletter
) -> None:
    admin_client.get(page_url(draft, "send"))
    confirmation(admin_client, draft)
    world.push_all()
    assert times_sent(world) == 0
    assert not Change.objects.exists()


def test_a_double_click_sends_once(world: World, admin_client: Client, draft: Newsletter) -> None:
    answer = confirmation(admin_client, draft)
    assert "confirmed." in confirm(admin_client, draft, answer)
    assert "you confirmed twice" in confirm(admin_client, draft, answer)
    world.push_all()
    assert "you confirmed twice" in confirm(admin_client, draft, answer)
    world.push_all()
    assert times_sent(world) == 1


def test_of_two_who_confirm_at_the_same_moment_one_sends(
    world: World, admin_client: Client, draft: Newsletter
) -> None:
    answer = confirmation(admin_client, draft)

    def click(client: Client) -> str:
        try:
            page = client.post(page_url(draft, "send"), answer, follow=True)
            return str(page.content.decode())  # the contexts of threads get mixed
        finally:
            connection.close()

    people = [Client(), Client()]
    for person in people:
        person.force_login(User.objects.get(is_superuser=True))

    with ThreadPoolExecutor(2) as threads:
        answers = sorted("Sending at once confirmed." in text for text in threads.map(click, people))
    assert answers == [False, True]
    world.push_all()
    assert times_sent(world) == 1


def test_an_old_confirmation_does_not_send_again_what_was_cancelled_since(
    world: World, admin_client: Client, draft: Newsletter
) -> None:
    answers = []
    for _round in range(2):
        answers.append(confirmation(admin_client, draft))
        assert "confirmed." in confirm(admin_client, draft, answers[-1])
        admin_client.post(page_url(draft, "cancel"))
    for answer in answers:
        assert "Nothing was sent by this" in confirm(admin_client, draft, answer)
    world.push_all()
    assert times_sent(world) == 0


@pytest.mark.parametrize(
    "columns",
    [{"subject": "Another"}, {"html": "<p>Other</p>"}, {"send_settings": {"selectedSegments": ["S"]}}],
)
def test_what_was_edited_since_the_page_was_shown_is_not_sent(
    world: World, admin_client: Client, draft: Newsletter, columns: dict[str, Any]
) -> None:
    answer = confirmation(admin_client, draft)
    Newsletter.plain.filter(pk=draft.pk).update(**columns)
    assert "Nothing was sent by this" in confirm(admin_client, draft, answer)
    assert Newsletter.objects.get(pk=draft.pk).sending == ""


def test_a_push_in_between_does_not_make_a_confirmation_stale(
    world: World, admin_client: Client, draft: Newsletter
) -> None:
    data = form_data(admin_client.get(page_url(draft)), subject="Spring is really here")
    admin_client.post(page_url(draft), data)
    answer = confirmation(admin_client, draft)
    world.push_all()
    assert "confirmed." in confirm(admin_client, draft, answer)
    world.push_all()
    assert times_sent(world) == 1


def test_an_edit_that_was_begun_before_the_sending_is_refused(
    world: World, admin_client: Client, draft: Newsletter
) -> None:
    data = form_data(admin_client.get(page_url(draft)), subject="Too late")
    confirm(admin_client, draft, confirmation(admin_client, draft))
    assert admin_client.post(page_url(draft), data).status_code == 403
    assert Newsletter.objects.get(name=NAME).subject == "Spring is here"


def test_a_lost_answer_is_not_followed_by_another_sending(
    world: World, admin_client: Client, draft: Newsletter
) -> None:
    world.sandbox.fail(kind="reset", when="after", method="POST", path="/newsletters/send-draft")
    confirm(admin_client, draft, confirmation(admin_client, draft))
    world.push_all()
    assert Change.objects.get().reason == "unknown"
    assert "Only a draft" in said(admin_client.get(page_url(draft, "send"), follow=True))
    page = admin_client.get(page_url(draft)).content.decode()
    assert page_url(draft, "send") not in page
    assert "nobody knows whether GetResponse sends" in page
    assert times_sent(world) == 1


# --- at a time, and back ---------------------------------------------------------------------------


def test_it_is_sent_at_the_time_chosen_in_the_zone_that_is_said(
    settings: Any, world: World, admin_client: Client, draft: Newsletter
) -> None:
    settings.TIME_ZONE = "America/New_York"
    world.account.write(time_zone="Europe/Warsaw")
    page = admin_client.post(page_url(draft, "send"), {"when": "at", "at": "2040-07-01T10:00"})
    content = page.content.decode()
    assert "10 a.m. (America/New_York)" in content
    assert "4 p.m. (Europe/Warsaw)" in content
    answer = {"when": "at", "at": page.context["at"], "seen": page.context["seen"], "confirmed": "yes"}
    assert "10 a.m. (America/New_York)" in confirm(admin_client, draft, answer)
    world.push_all()
    (there,) = remotes(world)
    assert (there.status, there.send_at) == ("scheduled", 2224764000)  # 2040-07-01 14:00 UTC


def test_a_time_beside_at_once_sends_nothing(world: World, admin_client: Client, draft: Newsletter) -> None:
    data = {"when": "now", "at": "2040-07-01T10:00"}
    page = admin_client.post(page_url(draft, "send"), data)
    assert not page.context["is_chosen"] and "A time is filled in" in page.content.decode()
    confirm(admin_client, draft, data | {"seen": page.context["seen"], "confirmed": "yes"})
    assert times_sent(world) == 0


@pytest.mark.parametrize("at", ["", "yesterday", "2020-01-01T10:00"])
def test_a_time_that_cannot_be_is_refused(admin_client: Client, draft: Newsletter, at: str) -> None:
    data = {"when": "at", "at": at, "confirmed": "yes", "seen": "whatever"}
    page = admin_client.post(page_url(draft, "send"), data)
    assert not page.context["is_chosen"]
    assert "at" in page.context["form"].errors
    assert Newsletter.objects.get(pk=draft.pk).sending == ""


@pytest.mark.parametrize("pushed", [False, True])
def test_what_was_to_be_sent_is_cancelled(
    world: World, admin_client: Client, draft: Newsletter, pushed: bool
) -> None:
    at = (timezone.now() + timedelta(days=2)).isoformat()
    confirm(admin_client, draft, confirmation(admin_client, draft, when="at", at=at))
    if pushed:
        world.push_all()
    assert page_url(draft, "cancel") in admin_client.get(page_url(draft)).content.decode()
    assert "It is cancelled" in said(admin_client.post(page_url(draft, "cancel"), follow=True))
    world.push_all()
    assert times_sent(world) == 0
    assert [each.status for each in remotes(world)] == ["draft"]
    page = admin_client.get(page_url(draft)).content.decode()
    assert (page_url(draft, "cancel") in page, page_url(draft, "send") in page) == (False, True)


def test_what_has_gone_out_is_not_cancelled(admin_client: Client, newsletter: Newsletter) -> None:
    assert "cannot be called back" in said(admin_client.post(page_url(newsletter, "cancel"), follow=True))
    assert page_url(newsletter, "cancel") not in admin_client.get(page_url(newsletter)).content.decode()


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"send_settings": {}}, "Select an audience first"),
        ({"from_field": None}, "From field: A newsletter needs a sender."),
        ({"last_error": GONE}, "does not have it any more"),
        ({"type": "broadcast"}, "Only a draft"),
        ({"sending": "send"}, "Only a draft"),
    ],
)
def test_what_cannot_be_sent_says_why(
    admin_client: Client, draft: Newsletter, columns: dict[str, Any], why: str
) -> None:
    Newsletter.plain.filter(pk=draft.pk).update(**columns)
    assert why in said(admin_client.get(page_url(draft, "send"), follow=True))


# --- who may -----------------------------------------------------------------------------------------


def test_sending_needs_a_permission_of_its_own(
    client_with: Callable[..., Client], admin_client: Client, draft: Newsletter
) -> None:
    editor = client_with("view", "change", "add")
    content = editor.get(page_url(draft)).content.decode()
    answer = confirmation(admin_client, draft)
    for page in ("send", "trial", "cancel"):
        assert page_url(draft, page) not in content
        assert editor.get(page_url(draft, page)).status_code in (403, 405)
        assert editor.post(page_url(draft, page), answer).status_code == 403
    assert 'name="_save"' in content
    assert Newsletter.objects.get(pk=draft.pk).sending == ""


def test_who_may_send_need_not_be_allowed_to_change(world: World, draft: Newsletter) -> None:
    sender = User.objects.create_user("sender", is_staff=True)
    codenames = ["view_newsletter", "send_newsletter"]
    sender.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(sender)
    content = client.get(page_url(draft)).content.decode()
    assert page_url(draft, "send") in content
    assert 'name="_save"' not in content
    assert "confirmed." in confirm(client, draft, confirmation(client, draft))
    world.push_all()
    assert times_sent(world) == 1


# --- tests -------------------------------------------------------------------------------------------


@pytest.fixture
def readers(world: World) -> list[Contact]:
    """Three contacts of the list that are linked."""
    for number in range(3):
        world.subscribe(f"reader{number}@example.com")
    world.push_all()
    return list(Contact.objects.filter(state="active"))


def try_out(client: Client, draft: Newsletter, addresses: str, **data: Any) -> Any:
    seen = client.get(page_url(draft, "trial")).context["seen"]
    return client.post(page_url(draft, "trial"), {"addresses": addresses, "seen": seen} | data, follow=True)


def test_a_test_goes_to_the_chosen_ones_and_the_draft_stays(
    world: World, admin_client: Client, readers: list[Contact], draft: Newsletter
) -> None:
    answer = try_out(admin_client, draft, "reader0@example.com\nREADER2@example.com")
    assert "a newsletter of its own" in said(answer)
    world.push_all()
    assert times_sent(world, f"[test] {NAME}") == 1
    (there,) = remotes(world, f"[test] {NAME}")
    chosen = {c.contact_id for c in readers if c.email[:7] in ("reader0", "reader2")}
    assert set(there.recipients) == chosen
    assert there.content == {"html": "<p>Hello</p>"}
    assert [each.status for each in remotes(world)] == ["draft"]
    assert Newsletter.objects.get(pk=draft.pk).is_at_rest


def test_a_double_click_sends_one_test(
    world: World, admin_client: Client, readers: list[Contact], draft: Newsletter
) -> None:
    try_out(admin_client, draft, "reader0@example.com", seen=0)
    again = try_out(admin_client, draft, "reader0@example.com", seen=0)
    assert "No test was sent by this" in said(again)
    world.push_all()
    assert times_sent(world, f"[test] {NAME}") == 1
    assert "a newsletter of its own" in said(try_out(admin_client, draft, "reader0@example.com"))


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        ("", "required"),
        ("nobody@example.com", "nobody@example.com"),
        (" ".join(f"a{number}@example.com" for number in range(11)), "These are 11 addresses."),
    ],
)
def test_a_test_to_nobody_or_to_many_is_refused(
    admin_client: Client, draft: Newsletter, addresses: str, why: str
) -> None:
    assert why in str(try_out(admin_client, draft, addresses).context["form"].errors)
    assert Newsletter.objects.filter(name__startswith="[test]").count() == 0


def test_a_test_that_getresponse_would_refuse_says_why(
    admin_client: Client, readers: list[Contact], draft: Newsletter
) -> None:
    Newsletter.plain.filter(pk=draft.pk).update(html="")
    page = try_out(admin_client, draft, "reader0@example.com")
    assert "Write HTML or text content." in str(page.context["form"].errors)


def test_only_a_draft_is_tried_out(admin_client: Client, newsletter: Newsletter) -> None:
    assert "Only a draft" in said(admin_client.get(page_url(newsletter, "trial"), follow=True))


def test_names_full_of_script_are_shown_and_never_run(admin_client: Client, draft: Newsletter) -> None:
    harmful = "<script>alert(1)</script>"
    Campaign.plain.update(name=harmful)
    FromField.plain.update(name=harmful)
    Newsletter.plain.filter(pk=draft.pk).update(name=harmful, subject=harmful)
    draft.account.write(sending_limits=[{"limit": harmful}], circuit_reason=harmful)
    pages = [admin_client.get(page_url(draft, page)) for page in ("send", "trial")]
    pages.append(admin_client.post(page_url(draft, "send"), {"when": "now"}))
    for page in pages:
        assert page.status_code == 200
        assert harmful not in page.content.decode()
        assert "&lt;script&gt;alert(1)" in page.content.decode()
