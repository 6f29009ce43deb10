"""Connecting an account in the admin: to GetResponse's page and back, and nothing is asked meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import requests
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from getresponse_django import tasks
from getresponse_django.admin.accounts.authorization import SALT
from getresponse_django.models import Account, Authorization
from getresponse_django.oauth.encryption import unseal
from getresponse_django.sandbox import Sandbox
from tests.admin.conftest import page_url, said
from tests.connecting import row, use_oauth

SECRET_CODE = "s3cret/co+de="
BACK = reverse("admin:getresponse_django_account_connected")


def connect_url(account: Account) -> str:
    return page_url(account, "connect")


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was given to the broker."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.exchange_code, "apply_async", lambda **message: sent.append(message))
    return sent


@pytest.fixture
def oauth_sandbox(sandbox: Sandbox, settings: Any, account: Account) -> Sandbox:
    use_oauth(settings, sandbox.url)
    sandbox.return_address = f"http://testserver{BACK}"
    return sandbox


def state_of(client: Client, account: Account) -> str:
    """The state with which a person leaves for GetResponse."""
    away = client.post(connect_url(account))
    assert away.status_code == 302
    return parse_qs(urlsplit(away["Location"]).query)["state"][0]


def come_back(client: Client, **query: str) -> Any:
    return client.get(BACK, query, follow=True)


def page(client: Client, account: Account) -> str:
    return str(client.get(page_url(account)).content.decode())


class TestTheWholeWay:
    @pytest.mark.django_db(transaction=True)
    def test_a_person_agrees_and_a_task_connects_the_account(
        self,
        admin_client: Client,
        account: Account,
        oauth_sandbox: Sandbox,
        handed_over: list[dict[str, Any]],
    ) -> None:
        assert "The account is not connected to GetResponse." in page(admin_client, account)
        away = admin_client.post(connect_url(account))["Location"]
        assert away.startswith(oauth_sandbox.url.removesuffix("/v3") + "/oauth2_authorize.html?")
        back = requests.get(away, allow_redirects=False, timeout=5).headers["Location"]
        code = parse_qs(urlsplit(back).query)["code"][0]

        response = admin_client.get(back.removeprefix("http://testserver"), follow=True)
        assert response.redirect_chain[-1][0] == page_url(account)
        assert "A worker connects the account now" in said(response)
        assert "waits for a worker" in page(admin_client, account)
        assert oauth_sandbox.requests == []  # the page that a person sees is no request of ours

        (message,) = handed_over
        assert message["kwargs"] == {"pk": account.pk}
        assert code not in str(message) + row().code
        tasks.exchange_code(**message["kwargs"])
        shown = page(admin_client, account)
        assert "Connected since" in shown and "waits for a worker" not in shown
        for secret in (code, row().access_token, unseal(row().access_token), unseal(row().refresh_token)):
            assert secret not in shown


class TestLeaving:
    def test_the_button_is_there_for_oauth_only(
        self, admin_client: Client, account: Account, settings: Any
    ) -> None:
        assert connect_url(account) not in page(admin_client, account)
        use_oauth(settings, "")
        assert f'formaction="{connect_url(account)}"' in page(admin_client, account)

    def test_it_takes_a_post(self, admin_client: Client, account: Account, oauth_sandbox: Sandbox) -> None:
        assert admin_client.get(connect_url(account)).status_code == 405

    @pytest.mark.parametrize(("verbs", "status"), [((), 403), (("view",), 403), (("change",), 302)])
    def test_it_takes_the_right_to_change_accounts(
        self,
        client_with: Callable[..., Client],
        account: Account,
        oauth_sandbox: Sandbox,
        verbs: tuple[str, ...],
        status: int,
    ) -> None:
        assert client_with(*verbs).post(connect_url(account)).status_code == status

    def test_strangers_have_to_log_in(self, client: Client, account: Account, oauth_sandbox: Sandbox) -> None:
        for url in (connect_url(account), BACK):
            assert "/login/" in client.post(url)["Location"]

    def test_an_account_with_a_key_is_told_why_not(self, admin_client: Client, account: Account) -> None:
        response = admin_client.post(connect_url(account), follow=True)
        assert "goes before OAuth" in said(response)

    def test_an_account_that_is_not_there_is_404(self, admin_client: Client) -> None:
        assert (
            admin_client.post(reverse("admin:getresponse_django_account_connect", args=[0])).status_code
            == 404
        )


@pytest.mark.usefixtures("handed_over")
class TestComingBack:
    def test_a_state_works_once(self, admin_client: Client, account: Account, oauth_sandbox: Sandbox) -> None:
        state = state_of(admin_client, account)
        assert "A worker connects" in said(come_back(admin_client, state=state, code="first"))
        assert "does not belong to your session" in said(come_back(admin_client, state=state, code="second"))
        assert unseal(row().code) == "first"

    @pytest.mark.parametrize(
        "make",
        [
            lambda _account, _user: "",
            lambda _account, _user: "forged",
            lambda account, user: signing.dumps(
                {"account": account, "user": user, "nonce": ""}, salt="other"
            ),
            lambda account, user: signing.dumps({"account": account, "user": user, "nonce": "x"}, salt=SALT),
            lambda account, user: signing.dumps({"account": account, "user": user, "nonce": ""}, salt=SALT),
        ],
        ids=["none", "forged", "other-salt", "other-nonce", "no-nonce"],
    )
    def test_a_state_that_this_session_did_not_make_stores_nothing(
        self,
        admin_client: Client,
        admin_user: Any,
        account: Account,
        oauth_sandbox: Sandbox,
        make: Callable[[int, str], str],
    ) -> None:
        response = come_back(admin_client, state=make(account.pk, str(admin_user.pk)), code="stolen")
        assert "does not belong to your session" in said(response)
        assert not Authorization.objects.exists()

    def test_the_state_of_another_person_stores_nothing(
        self,
        admin_client: Client,
        client_with: Callable[..., Client],
        account: Account,
        oauth_sandbox: Sandbox,
    ) -> None:
        state = state_of(client_with("change", "view"), account)
        assert "does not belong to your session" in said(come_back(admin_client, state=state, code="stolen"))
        assert not Authorization.objects.exists()

    def test_a_state_that_is_too_old_stores_nothing(
        self,
        admin_client: Client,
        account: Account,
        oauth_sandbox: Sandbox,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        state = state_of(admin_client, account)
        monkeypatch.setattr(
            "getresponse_django.admin.accounts.authorization.STATE_LIFE", timedelta(seconds=-1)
        )
        assert "does not belong" in said(come_back(admin_client, state=state, code="late"))

    def test_who_lost_the_right_meanwhile_stores_nothing(
        self, client_with: Callable[..., Client], account: Account, oauth_sandbox: Sandbox
    ) -> None:
        from django.contrib.auth.models import User

        client = client_with("change", "view")
        state = state_of(client, account)
        User.objects.get(username="staff-change-view").user_permissions.clear()
        assert client.get(BACK, {"state": state, "code": "c"}).status_code == 403
        assert not Authorization.objects.exists()

    @pytest.mark.parametrize(
        ("query", "text"), [({"error": "access_denied"}, "access_denied"), ({}, "it sent no code")]
    )
    def test_who_did_not_agree_is_told_so(
        self,
        admin_client: Client,
        account: Account,
        oauth_sandbox: Sandbox,
        query: dict[str, str],
        text: str,
    ) -> None:
        response = come_back(admin_client, state=state_of(admin_client, account), **query)
        assert text in said(response)
        assert not Authorization.objects.exists()

    def test_settings_that_cannot_encrypt_are_named(
        self, admin_client: Client, account: Account, oauth_sandbox: Sandbox, settings: Any
    ) -> None:
        state = state_of(admin_client, account)
        settings.GETRESPONSE = settings.GETRESPONSE | {"TOKEN_KEYS": []}
        assert "TOKEN_KEYS" in said(come_back(admin_client, state=state, code="c"))

    def test_a_broker_that_is_down_is_said_and_the_code_kept(
        self,
        admin_client: Client,
        account: Account,
        oauth_sandbox: Sandbox,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def broken(**_message: Any) -> None:
            raise OSError

        monkeypatch.setattr(tasks.exchange_code, "apply_async", broken)
        response = come_back(admin_client, state=state_of(admin_client, account), code="kept")
        assert "Beat tries again for 10 minutes" in said(response)
        assert unseal(row().code) == "kept"

    def test_an_error_report_does_not_show_the_code(
        self,
        admin_client: Client,
        account: Account,
        oauth_sandbox: Sandbox,
        settings: Any,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        from django.views.debug import ExceptionReporter

        def broken(**_values: Any) -> None:
            raise RuntimeError("the database went away")

        state = state_of(admin_client, account)
        monkeypatch.setattr(Authorization.objects, "update_or_create", broken)
        admin_client.raise_request_exception = False
        caplog.set_level(logging.DEBUG)
        query = urlencode({"state": state, "code": SECRET_CODE})
        response = admin_client.get(f"{BACK}?{query}", REQUEST_URI=f"{BACK}?{query}")
        assert response.status_code == 500
        (record,) = [each for each in caplog.records if each.exc_info]
        reporter = ExceptionReporter(record.request, *record.exc_info)  # type: ignore[attr-defined,misc]
        report = reporter.get_traceback_text() + reporter.get_traceback_html()
        assert "the database went away" in report
        shown = report + caplog.text
        assert SECRET_CODE not in shown and quote(SECRET_CODE, safe="") not in shown


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (
            {"code": "x", "code_received_at": timezone.now() - timedelta(minutes=11)},
            "expired before a worker",
        ),
        ({"refused_at": timezone.now(), "reason": "The client is unknown."}, "The client is unknown."),
        ({"leased_until": timezone.now() - timedelta(hours=1)}, "an answer was lost"),
        ({"access_token": ""}, "The account is not connected"),
    ],
)
def test_what_keeps_an_account_from_being_connected_is_on_its_page(
    admin_client: Client, account: Account, settings: Any, columns: dict[str, Any], text: str
) -> None:
    use_oauth(settings, "")
    values = {"access_token": "sealed", "connected_at": timezone.now(), **columns}
    Authorization.objects.create(account=account, **values)
    assert text in page(admin_client, account)


def test_an_account_whose_settings_are_wrong_still_has_a_page(
    admin_client: Client, account: Account, settings: Any
) -> None:
    use_oauth(settings, "", CLIENT_SECRET="")
    assert "belong together" in page(admin_client, account)
