"""The signup page and the tag, as browsers, robots and people with bad intentions use them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.core.cache.backends import db
from django.core.management import call_command
from django.core.signing import Signer
from django.template import Context, Template
from django.test import Client, modify_settings
from django.urls import reverse
from django.utils import timezone

from getresponse_django.models import (
    Account,
    Blocklist,
    Change,
    ConsentRecord,
    Contact,
    ErasedAddress,
    GdprField,
)
from getresponse_django.signup import signup_path, throttling
from tests.wire import Wire, running_wire

pytestmark = pytest.mark.django_db
EVA = "eva@example.com"
THANKS = "/getresponse/signup/thanks/"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    Account.objects.for_alias("default")
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def path() -> str:
    return signup_path(campaign="customers")


def post(client: Client, path: str, email: str = EVA, **values: Any) -> Any:
    return client.post(path, {"email": email, "consent": "on", "consent_wording": "1", **values})


class Page(HTMLParser):
    """What is on a page: every tag with its attributes."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(response if isinstance(response, str) else response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def ids(self) -> list[str | None]:
        return [attributes["id"] for _tag, attributes in self.tags if "id" in attributes]


# --- the way of a visitor -------------------------------------------------------------------------------


def test_a_visitor_signs_up_and_is_thanked(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert post(client, path, name="Eva Lis").headers["Location"] == THANKS
    assert "Thank you" in client.get(THANKS).content.decode()
    contact = Contact.objects.get()
    assert (contact.email, contact.name, contact.campaign.name) == (EVA, "Eva Lis", "customers")
    assert ConsentRecord.objects.get().text.startswith("Yes, send me the newsletter")
    assert Change.objects.get().object_pk == contact.pk


def test_nothing_is_said_to_getresponse_within_the_request(client: Client, settings: Any, path: str) -> None:
    with running_wire() as wire:
        point_to(wire, settings)
        client.get(path)
        post(client, path)
        assert wire.requests == []


def point_to(wire: Wire, settings: Any) -> None:
    account = settings.GETRESPONSE["ACCOUNTS"]["default"] | {"BASE_URL": wire.base_url}
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": {"default": account}}


@pytest.mark.parametrize(
    "before", ["nobody", "active", "unconfirmed", "leaving", "left", "rejected", "blocked", "erased"]
)
def test_the_answer_is_the_same_whether_the_address_was_known_or_not(
    client: Client, path: str, before: str
) -> None:
    if before == "blocked":
        Blocklist.objects.create(account=Account.objects.for_alias("default"), masks=["@example.com"])
    elif before == "erased":
        ErasedAddress.objects.remember(EVA)
    elif before != "nobody":
        Contact.objects.subscribe(EVA, campaign="customers")
        Contact.plain.update(state=before, left_on=timezone.now())
    response = post(client, path)
    shown = [response.status_code, response.headers["Location"], response.content, dict(response.cookies)]
    assert shown == [302, THANKS, b"", {}]


@modify_settings(MIDDLEWARE={"append": "django.contrib.auth.middleware.LoginRequiredMiddleware"})
def test_visitors_need_no_login(client: Client, path: str) -> None:
    for address in (path, THANKS):
        assert client.get(address).status_code == 200
    assert post(client, path).headers["Location"] == THANKS


def test_the_page_is_never_cached(client: Client, path: str) -> None:
    assert "no-store" in client.get(path).headers["Cache-Control"]


# --- bad intentions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("middleware", ["append", "remove"])
def test_without_a_csrf_token_a_post_is_refused_whatever_the_site_does(path: str, middleware: str) -> None:
    client = Client(enforce_csrf_checks=True)
    with modify_settings(MIDDLEWARE={middleware: "django.middleware.csrf.CsrfViewMiddleware"}):
        assert post(client, path).status_code == 403
    assert not Contact.objects.exists()
    (token,) = [tag["value"] for tag in Page(client.get(path)).all("input") if "csrf" in str(tag["name"])]
    assert post(client, path, csrfmiddlewaretoken=token).status_code == 302


@pytest.mark.parametrize(
    "token",
    [
        "customers",
        "x:y",
        Signer(salt="another").sign_object({"campaign": "secret"}),
        Signer(salt="getresponse_django.signup").sign_object({"campaign": "secret"})[:-1],
    ],
)
def test_a_list_that_no_form_offers_cannot_be_joined(client: Client, token: str) -> None:
    address = reverse("getresponse_django:signup", args=[token])
    assert client.get(address).status_code == 404
    assert post(client, address).status_code == 404
    assert not Contact.objects.exists()


def test_a_robot_that_fills_the_hidden_field_is_thanked_and_not_recorded(client: Client, path: str) -> None:
    assert post(client, path, website="https://spam.example").headers["Location"] == THANKS
    assert not Contact.objects.exists()
    page = client.get(path).content.decode()
    assert re.search(r"<div hidden>.*name=\"website\".*</div>", page)


def test_a_thousand_posts_from_one_address_are_throttled(client: Client, path: str) -> None:
    answers = [post(client, path, f"p{n}@example.com", consent="").status_code for n in range(1000)]
    assert answers == [200] * throttling.MOST_PER_VISITOR + [429] * (1000 - throttling.MOST_PER_VISITOR)
    refused = post(client, path)
    assert "try again in an hour" in refused.content.decode()
    assert refused.headers["Retry-After"] == "3600"
    assert not Contact.objects.exists()
    assert client.post(
        path, {"email": EVA, "consent": "on"}, headers={"X-Forwarded-For": "198.51.100.9"}
    ).headers["Location"]


@pytest.mark.parametrize("known", [True, False])
def test_one_address_is_signed_up_only_so_often_whoever_asks(client: Client, path: str, known: bool) -> None:
    if known:
        Contact.objects.subscribe(EVA, campaign="customers")
    answers = [
        client.post(
            path, {"email": email, "consent": "on"}, headers={"X-Forwarded-For": f"198.51.100.{number}"}
        ).status_code
        for number, email in enumerate([EVA, EVA.upper()] * 4)
    ]
    assert answers == [302] * throttling.MOST_PER_ADDRESS + [429] * 3
    assert post(client, path, "bert@example.com").status_code == 302


@pytest.mark.parametrize("timeout", [300, None])
@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "filebased.FileBasedCache", "db.DatabaseCache"])
def test_the_counts_end_with_their_window_in_every_cache(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, timeout: int | None
) -> None:
    place = "kept" if backend.startswith("db") else str(tmp_path)
    described = {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": place, "TIMEOUT": timeout}
    settings.CACHES = {"default": described}
    call_command("createcachetable")
    began, counts = time.time(), []
    for minute in (0, 20, 40, 59, 61, 70):
        monkeypatch.setattr(time, "time", lambda after=minute * 60: began + after)
        monkeypatch.setattr(db, "tz_now", lambda: datetime.fromtimestamp(time.time(), UTC))
        counts.append(throttling.count("address", EVA))
    assert counts == [1, 2, 3, 4, 1, 2]


def test_what_is_kept_of_counts_has_no_address(client: Client, path: str) -> None:
    cache.clear()
    assert post(client, path).status_code == 302
    kept = str(list(caches["default"]._cache))  # type: ignore[attr-defined]
    assert kept.count("getresponse_django:") == 4
    assert "127.0.0.1" not in kept
    assert EVA not in kept


@pytest.mark.parametrize("failure", [ValueError, ConnectionError])
def test_a_cache_that_is_down_loses_no_signup(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def fail(*_args: Any) -> None:
        raise failure

    monkeypatch.setattr(cache, "incr", fail)
    assert post(client, path).status_code == 302
    assert Contact.objects.count() == 1


# --- the form -------------------------------------------------------------------------------------------


def test_every_field_has_a_label_and_every_mistake_is_tied_to_its_field(client: Client, path: str) -> None:
    response = client.post(path, {"email": "no address", "name": "Eva\x07"})
    page = Page(response)
    assert response.status_code == 200
    assert len(page.ids) == len(set(page.ids))
    labels = {label["for"] for label in page.all("label")}
    seen = [tag for tag in page.all("input") if tag["type"] != "hidden"]
    assert {tag["id"] for tag in seen} == labels
    wrong = [tag for tag in seen if tag.get("aria-invalid")]
    assert [tag["name"] for tag in wrong] == ["email", "name", "consent"]
    assert all(tag["aria-describedby"] in page.ids for tag in wrong)
    assert [link["href"] for link in page.all("a")] == [f"#{tag['id']}" for tag in wrong]
    assert "alert" in [tag.get("role") for tag in page.all("div")]
    assert not [attributes for _tag, attributes in page.tags if "style" in attributes]


def test_the_tag_puts_a_form_on_any_page() -> None:
    source = (
        "{% load getresponse %}"
        '{% getresponse_signup "customers" %}'
        '{% getresponse_signup "partners" text="Yes, partners." version="4" %}'
    )
    page = Page(Template(source).render(Context({"csrf_token": "token"})))
    actions = [str(form["action"]) for form in page.all("form")]
    assert len(page.ids) == len(set(page.ids))
    assert [tag["value"] for tag in page.all("input") if tag["name"] == "csrfmiddlewaretoken"] == [
        "token"
    ] * 2
    client = Client()
    for action, email, version in ((actions[0], EVA, "1"), (actions[1], "bert@example.com", "4")):
        assert post(client, action, email, consent_wording=version).status_code == 302
    found = ConsentRecord.objects.order_by("pk").values_list("campaign__name", "email", "version", "text")
    assert [row[:3] for row in found] == [("customers", EVA, "1"), ("partners", "bert@example.com", "4")]
    assert found[1][3] == "Yes, partners."


def test_a_form_of_a_gdpr_field_asks_with_its_latest_text(client: Client) -> None:
    account = Account.objects.for_alias("default")
    field = GdprField(account=account, gdpr_field_id="G1", name="terms", content="Old text.", version_id="v1")
    GdprField.plain.bulk_create([field])
    page = Template('{% load getresponse %}{% getresponse_signup "customers" gdpr_field="terms" %}')
    shown = page.render(Context({}))
    assert "Old text." in shown
    action = str(Page(shown).all("form")[0]["action"])
    GdprField.plain.update(content="New text.", version_id="v2")
    again = post(client, action, consent_wording="v1")
    assert "New text." in again.content.decode()
    assert not Contact.objects.exists()
    assert post(client, action, consent_wording="v2").status_code == 302
    record = ConsentRecord.objects.get()
    assert (record.text, record.version, record.gdpr_field) == ("New text.", "v2", "G1")
