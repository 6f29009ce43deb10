"""The addresses GetResponse calls: who is let in, what is stored, what is answered, what is never told."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test import AsyncRequestFactory, Client, RequestFactory
from django.urls import reverse
from django.views.debug import ExceptionReporter

from getresponse_django import tasks
from getresponse_django.models import Account, Change, ErasedAddress, WebhookEvent
from getresponse_django.webhooks import views
from tests.webhooks.conftest import OTHER_SECRET, SECRET, address, event, post

pytestmark = pytest.mark.django_db(transaction=True)

CALLBACK = {
    "action": "unsubscribe",
    "ACCOUNT_ID": "A1",
    "account_login": "acc",
    "CAMPAIGN_ID": "V",
    "campaign_name": "customers",
    "CONTACT_ID": "K1",
    "contact_email": "ann@example.com",
}


def call_back(url: str = "", **query: str) -> Any:
    return Client().get(url or address("callbacks"), CALLBACK | query)


def kept() -> list[tuple[str, str | None, int]]:
    return list(WebhookEvent.objects.order_by("pk").values_list("type", "webhook_id", "index"))


def test_the_addresses_are_where_the_docs_say() -> None:
    assert address() == f"/getresponse/webhooks/default/{SECRET}/"
    assert address("callbacks") == f"/getresponse/callbacks/default/{SECRET}/"


def test_an_event_is_kept_as_it_came_and_answered_as_getresponse_wants_it(nudged: list[int]) -> None:
    response = post(
        event("contact_moved", "pV3r"), **{"X-Webhook-ID": "w1", "X-Webhook-Type": "contact_moved"}
    )
    assert (response.status_code, response.json()) == (200, {"status": "OK"})
    row = WebhookEvent.objects.get()
    assert row.body == event("contact_moved", "pV3r")
    assert (row.type, row.webhook_id, row.index, row.contact_id) == ("contact_moved", "w1", 0, "pV3r")
    assert (row.source, row.account.alias, row.processed_at) == ("webhook", "default", None)
    assert row.occurred_at is not None and row.occurred_at.hour == 9
    assert nudged == [row.account_id]


def test_an_array_is_one_event_each_also_of_what_nobody_knows() -> None:
    body = [event(), {"type": "news_from_mars"}, [event()], 5, None]
    assert post(body, **{"X-Webhook-ID": "w1"}).status_code == 200
    assert kept() == [
        ("contact_added", "w1", 0),
        ("news_from_mars", "w1", 1),
        ("", "w1", 2),
        ("", "w1", 3),
        ("", "w1", 4),
    ]
    assert [row.body for row in WebhookEvent.objects.order_by("index")] == body


def test_a_repetition_is_answered_alike_and_kept_once() -> None:
    for request_id in "abc":
        headers = {"X-Webhook-ID": "w1", "X-Request-ID": request_id}
        assert post([event(), event("contact_moved")], **headers).json() == {"status": "OK"}
    assert len(kept()) == 2


def test_a_repetition_of_what_was_processed_is_not_processed_again(account: Account) -> None:
    post(event(), **{"X-Webhook-ID": "w1"})
    WebhookEvent.objects.update(processed_at="2026-11-24T10:00:00Z", outcome="mirrored")
    post(event(), **{"X-Webhook-ID": "w1"})
    assert not WebhookEvent.objects.waiting().exists()


def test_ids_of_accounts_are_their_own(settings: Any) -> None:
    accounts = settings.GETRESPONSE["ACCOUNTS"]
    accounts["shop"]["WEBHOOK_SECRET"] = SECRET
    for alias in ("default", "shop"):
        post(event(), address(account=alias), **{"X-Webhook-ID": "w1"})
    assert sorted(WebhookEvent.objects.values_list("account__alias", flat=True)) == ["default", "shop"]


def test_of_who_was_erased_a_late_event_keeps_no_word() -> None:
    ErasedAddress.objects.remember("ann@example.com")
    bert = event(contact_id="c2", contact={"contactId": "c2", "email": "jo.ann@example.com"})
    assert post([event(), bert]).status_code == 200
    query = {"action": "open", "CONTACT_ID": "c1", "contact_email": "Ann@Example.com"}
    assert Client().get(address("callbacks"), query).status_code == 200
    kept = WebhookEvent.objects.order_by("pk").values_list("contact_id", "body")
    assert list(kept) == [("c1", None), ("c2", bert), ("c1", None)]


@pytest.mark.parametrize("webhook_id", ["x" * 200, "\x7f", "ä", "made here: x"])
def test_an_odd_id_is_an_id_all_the_same(webhook_id: str) -> None:
    post(event(), **{"X-Webhook-ID": webhook_id})
    post(event(), **{"X-Webhook-ID": webhook_id})
    assert WebhookEvent.objects.get().webhook_id.startswith("sha256: ")  # type: ignore[union-attr]


def test_without_an_id_an_equal_body_is_the_same_as_long_as_it_waits(account: Account) -> None:
    post(event()), post(event()), post(event("contact_moved"))
    assert len(kept()) == 2
    WebhookEvent.objects.claim(account, WebhookEvent.objects.latest("pk").not_before)
    post(event())
    assert len(kept()) == 3


def test_a_callback_is_kept_and_answered() -> None:
    response = call_back()
    assert (response.status_code, response.json()) == (200, {"status": "OK"})
    row = WebhookEvent.objects.get()
    assert (row.source, row.type, row.contact_id, row.body) == ("callback", "unsubscribe", "K1", CALLBACK)


def test_an_equal_callback_is_the_same_only_as_long_as_it_waits(account: Account) -> None:
    """Left, came back and left again: the second time is no repetition, and was not read yet."""
    call_back(), call_back()
    assert len(kept()) == 1
    [claimed] = WebhookEvent.objects.claim(account, WebhookEvent.objects.get().not_before)
    assert claimed.webhook_id is None
    call_back()
    assert len(kept()) == 2


def test_a_callback_without_an_action_is_none() -> None:
    assert Client().get(address("callbacks")).status_code == 400
    assert kept() == []


# --- who is let in --------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
def test_each_secret_of_a_rotation_is_good(secret: str) -> None:
    assert post(event(), address(secret=secret)).status_code == 200
    assert call_back(address("callbacks", secret=secret)).status_code == 200


STRANGERS = [
    ("default", "wrong"),
    ("default", SECRET + "x"),
    ("default", SECRET[:-1]),
    ("default", SECRET.upper()),
    ("default", "None"),
    ("shop", SECRET),
    ("nobody", SECRET),
    ("nobody", "ä %00\n"),
]


@pytest.mark.parametrize(("account", "secret"), STRANGERS)
@pytest.mark.parametrize("kind", ["webhooks", "callbacks"])
def test_a_stranger_learns_nothing_and_stores_nothing(kind: str, account: str, secret: str) -> None:
    url = address(kind, account, secret)
    answers = [post(event(), url), post(b"{", url), post(b"x" * 2**20, url), call_back(url)]
    assert {(a.status_code, a.content, a.headers["Content-Type"]) for a in answers} == {
        (404, b"Not found", "text/plain")
    }
    assert kept() == []
    assert not Account.objects.exists(), "not even the account is made"


@pytest.mark.parametrize("given", [None, "", [], [None], ["", None]])
def test_without_a_secret_nobody_is_let_in(settings: Any, given: Any) -> None:
    settings.GETRESPONSE["ACCOUNTS"]["default"]["WEBHOOK_SECRET"] = given
    for secret in ("None", "[]", SECRET):
        assert post(event(), address(secret=secret)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "method"), [("webhooks", "get"), ("webhooks", "put"), ("callbacks", "post")]
)
def test_other_methods_are_refused(kind: str, method: str) -> None:
    response = getattr(Client(), method)(address(kind))
    assert response.status_code == 405
    assert kept() == []


def test_an_address_typed_without_its_last_slash_works() -> None:
    assert post(event(), address().rstrip("/")).status_code == 200
    assert call_back(address("callbacks").rstrip("/")).status_code == 200
    assert len(kept()) == 2


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"\xff", b"[" * 100_000, b'{"n": NaN}'])
def test_a_broken_body_is_refused(body: bytes) -> None:
    assert post(body).status_code == 400
    assert kept() == []


def test_a_large_body_is_refused_unread() -> None:
    class Unread:
        def read(self, *_size: int) -> bytes:
            raise AssertionError("it was read")

    request = RequestFactory().post(address(), b"", content_type="application/json")
    request.META["CONTENT_LENGTH"] = str(2**20)
    request._stream = Unread()  # type: ignore[attr-defined]
    assert views.webhooks(request, "default", SECRET).status_code == 413
    assert post(b'"' + b"x" * 2**20 + b'"').status_code == 413
    assert kept() == []


def test_a_body_that_is_larger_than_it_says_is_refused_too() -> None:
    request = RequestFactory().post(address(), b"[" + b"1," * 2**19, content_type="application/json")
    request.META["CONTENT_LENGTH"] = "nonsense"
    assert views.webhooks(request, "default", SECRET).status_code == 413


def test_a_hundred_events_of_usual_size_are_taken() -> None:
    note = "x" * 2000
    assert post([event(contact_id=f"c{n}", note=note) for n in range(100)]).status_code == 200
    assert WebhookEvent.objects.count() == 100


# --- whatever the site is like --------------------------------------------------------------------------


def test_a_login_is_not_asked_for(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert post(event()).status_code == 200
    assert call_back().status_code == 200
    assert Client().get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("kind", ["webhooks", "callbacks"])
def test_atomic_requests_do_not_hold_back_what_is_answered(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """It is committed before the answer is made, so nothing that goes wrong afterwards takes it back."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    inside: list[bool] = []
    honest = views.accepted

    def answer() -> Any:
        inside.append(connections["default"].in_atomic_block)
        return honest()

    monkeypatch.setattr(views, "accepted", answer)
    assert (post(event()) if kind == "webhooks" else call_back()).status_code == 200
    assert inside == [False]


def test_what_goes_wrong_after_storing_takes_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "accepted", lambda: 1 / 0)
    assert post(event(), **{"X-Webhook-ID": "w1"}).status_code == 500
    assert kept() == [("contact_added", "w1", 0)]


def test_a_database_that_is_down_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(*_arguments: Any) -> None:
        raise DatabaseError("ann@example.com is not storable")

    monkeypatch.setattr(views, "keep_webhook", broken)
    assert post(event()).status_code == 500
    assert "getresponse.webhook.not_stored account=default error_type=DatabaseError" in caplog.text
    assert "ann@example.com" not in caplog.text


def test_a_broker_that_hangs_costs_half_a_second_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "webhook_nudger", tasks.Nudger(lambda *_: time.sleep(30)))
    began = time.monotonic()
    for number in range(5):
        assert post(event(), **{"X-Webhook-ID": f"w{number}"}).status_code == 200
    assert time.monotonic() - began < 2
    assert WebhookEvent.objects.waiting().count() == 5


def test_a_broker_that_is_down_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks, "webhook_nudger", tasks.Nudger(refuse))
    assert post(event()).json() == {"status": "OK"}
    assert WebhookEvent.objects.waiting().count() == 1


def test_nothing_is_asked_of_getresponse_and_nothing_recorded(sandbox: Any) -> None:
    post(event()), call_back()
    assert sandbox.requests == []
    assert not Change.objects.exists()


# --- what is never told ---------------------------------------------------------------------------------


@pytest.fixture
def everything_logged(caplog: Any) -> Any:
    caplog.set_level(logging.INFO)
    return caplog


def told(log: Any) -> str:
    """Everything a formatter could make of the records, with what their requests hold."""
    requests = [record.request for record in log.records if hasattr(record, "request")]
    reports = [ExceptionReporter(one, None, None, None).get_traceback_text() for one in requests]
    metas = [repr(one.META) + one.path + repr(one.resolver_match.kwargs) for one in requests]
    return "\n".join([log.text, *reports, *metas])


@pytest.mark.parametrize("debug", [True, False])
def test_no_log_and_no_report_has_the_secret_or_an_address(
    settings: Any, everything_logged: Any, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    settings.DEBUG = debug
    wrong = address(secret=SECRET + "-mistyped")
    post(event()), post(b"{"), post(b"x" * 2**20), post(event(), wrong), call_back()
    Client().get(address()), Client().post(address("callbacks")), Client().get(address("callbacks"))
    Client().get(address("callbacks", secret="wrong-one"), CALLBACK)
    monkeypatch.setattr(views, "accepted", lambda: 1 / 0)
    post(event()), call_back()
    assert "Not Found" in everything_logged.text and "Method Not Allowed" in everything_logged.text
    assert "Internal Server Error" in everything_logged.text
    for secret in (SECRET, "wrong-one", "ann%40example.com", "ann@example.com"):
        assert secret not in everything_logged.text
    assert SECRET not in told(everything_logged)
    errors = [record for record in everything_logged.records if record.levelno >= logging.ERROR]
    everything_logged.handler.records[:] = errors  # what goes to ADMINS
    assert "ann@example.com" not in told(everything_logged)


@pytest.mark.parametrize("factory", [RequestFactory, AsyncRequestFactory])
def test_what_servers_log_of_a_request_is_hidden_too(factory: Any) -> None:
    """gunicorn's access log reads RAW_URI of the environment, uvicorn's the path of the scope."""
    url = f"{address('callbacks')}?contact_email=ann%40example.com"
    request = factory().get(url, **{"RAW_URI": url} if factory is RequestFactory else {})
    views.hide(request, SECRET)
    assert request.GET["contact_email"] == "ann@example.com"
    logged = repr(getattr(request, "scope", request.META)) + request.get_full_path()
    assert SECRET not in logged and "ann%40" not in logged
    assert "/getresponse/callbacks/default/***/" in logged


def test_even_a_defect_before_the_view_can_help_it_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, everything_logged: Any
) -> None:
    """Django's own frames hold the arguments of the view; they are hidden as well."""

    class Surprise(BaseException):
        pass

    def surprise(*_arguments: Any) -> None:
        raise Surprise

    monkeypatch.setattr(views, "is_authentic", surprise)
    with pytest.raises(Surprise) as raised:
        Client().post(address(), b"{}", content_type="application/json")
    request = RequestFactory().get("/")
    reporter = ExceptionReporter(request, raised.type, raised.value, raised.tb)
    names = [frame["function"] for frame in reporter.get_traceback_frames()]
    frames = reporter.get_traceback_frames()[names.index("_get_response") : names.index("surprise")]
    assert "view" in names
    assert SECRET not in repr([frame["vars"] for frame in frames])
