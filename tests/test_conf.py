"""The GETRESPONSE setting: defaults, live reads, accounts, and what is said when something is missing."""

from __future__ import annotations

from typing import Any

import environ
import pytest
from django.test import override_settings

from getresponse_django.conf import (
    DEFAULTS,
    PLATFORMS,
    SECRETS,
    AccountConfig,
    account_config,
    account_problems,
    aliases,
    app_settings,
    from_env,
    parse_account,
)
from getresponse_django.errors import ConfigurationError

GOOD = AccountConfig("default", api_key="k")


class TestSettings:
    @pytest.mark.parametrize("name", DEFAULTS)
    def test_what_is_not_set_has_its_default(self, settings: Any, name: str) -> None:
        settings.GETRESPONSE = {}
        assert getattr(app_settings, name) == DEFAULTS[name]

    def test_the_whole_setting_may_be_missing(self, settings: Any) -> None:
        del settings.GETRESPONSE
        assert app_settings.MAX_ATTEMPTS == 20

    def test_values_are_read_at_every_use(self) -> None:
        for attempts in (1, 2):
            with override_settings(GETRESPONSE={"MAX_ATTEMPTS": attempts}):
                assert attempts == app_settings.MAX_ATTEMPTS

    def test_an_unknown_name_is_an_error_of_ours(self) -> None:
        with pytest.raises(AttributeError, match="MAX_ATTEMPT"):
            _ = app_settings.MAX_ATTEMPT


class TestAccountConfig:
    @pytest.mark.parametrize(
        ("values", "url"),
        [
            ({}, "https://api.getresponse.com/v3"),
            ({"platform": "max-us"}, "https://api3.getresponse360.com/v3"),
            ({"platform": "max-pl"}, "https://api3.getresponse360.pl/v3"),
            ({"platform": "max-pl", "base_url": "http://127.0.0.1:8025/v3/"}, "http://127.0.0.1:8025/v3"),
        ],
    )
    def test_where_it_is_reached(self, values: dict[str, str], url: str) -> None:
        assert AccountConfig("default", **values).url == url  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("values", "headers"),
        [
            ({"api_key": "k"}, {"X-Auth-Token": "api-key k"}),
            ({"access_token": "t"}, {"Authorization": "Bearer t"}),
            ({"access_token": "t", "api_key": "k"}, {"Authorization": "Bearer t"}),
            (
                {"api_key": "k", "platform": "max-us", "domain": "example.com"},
                {"X-Auth-Token": "api-key k", "X-Domain": "example.com"},
            ),
            ({"api_key": "k", "domain": "example.com"}, {"X-Auth-Token": "api-key k"}),
        ],
    )
    def test_how_it_authenticates(self, values: dict[str, str], headers: dict[str, str]) -> None:
        assert AccountConfig("default", **values).headers == headers  # type: ignore[arg-type]

    def test_secrets_are_not_in_its_repr(self) -> None:
        config = AccountConfig(
            "default",
            api_key="s3cret",
            access_token="s3cret",
            client_id="c",
            client_secret="s3cret",
            webhook_secrets=("s3cret",),
        )
        assert "s3cret" not in repr(config)

    @pytest.mark.parametrize(
        ("values", "used"),
        [
            ({"client_id": "c", "client_secret": "s"}, True),
            ({"client_id": "c", "client_secret": "s", "api_key": "k"}, False),
            ({"client_id": "c", "client_secret": "s", "access_token": "t"}, False),
            ({}, False),
        ],
    )
    def test_a_key_goes_before_oauth(self, values: dict[str, str], used: bool) -> None:
        assert AccountConfig("default", **values).uses_oauth is used  # type: ignore[arg-type]


class TestAccounts:
    def test_all_are_listed_in_order(self, settings: Any) -> None:
        settings.GETRESPONSE = {"ACCOUNTS": {"b": {}, "a": {}}}
        assert aliases() == ["b", "a"]

    def test_one_is_read_from_the_settings(self, settings: Any) -> None:
        settings.GETRESPONSE = {
            "ACCOUNTS": {"shop": {"API_KEY": "k", "PLATFORM": "max-us", "DOMAIN": "example.com"}}
        }
        config = account_config("shop")
        assert config == AccountConfig("shop", api_key="k", platform="max-us", domain="example.com")

    @pytest.mark.parametrize(
        ("configured", "said"), [({}, "there: none"), ({"b": {}, "a": {}}, "there: a, b")]
    )
    def test_an_unknown_one_is_named_with_those_there_are(
        self, settings: Any, configured: Any, said: str
    ) -> None:
        settings.GETRESPONSE = {"ACCOUNTS": configured}
        with pytest.raises(ConfigurationError, match=f'no account "shop".*{said}'):
            account_config("shop")

    def test_all_that_is_wrong_with_one_is_said_at_once_without_secrets(self, settings: Any) -> None:
        settings.GETRESPONSE = {"ACCOUNTS": {"default": {"API_KEY": "api-key s3cret", "PLATFORM": "max-us"}}}
        with pytest.raises(ConfigurationError) as caught:
            account_config("default")
        assert "API_KEY begins with" in str(caught.value)
        assert "needs DOMAIN" in str(caught.value)
        assert "s3cret" not in str(caught.value)

    @pytest.mark.parametrize(
        ("secret", "expected"),
        [
            (None, ()),
            ("", ()),
            ("one", ("one",)),
            (["new", "old"], ("new", "old")),
            (("a",), ("a",)),
            ([], ()),
        ],
    )
    def test_webhook_secrets_are_one_or_several(self, secret: Any, expected: tuple[str, ...]) -> None:
        assert parse_account("default", {"WEBHOOK_SECRET": secret}).webhook_secrets == expected

    def test_none_counts_as_not_given(self) -> None:
        raw = dict.fromkeys((*SECRETS, "PLATFORM", "DOMAIN", "BASE_URL"))
        assert parse_account("default", raw) == AccountConfig("default")


class TestProblems:
    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_a_complete_account_has_none(self, platform: str) -> None:
        config = AccountConfig("default", api_key="k", platform=platform, domain="mail.example.co.uk")
        assert account_problems(config) == []

    @pytest.mark.parametrize(
        ("values", "problem"),
        [
            ({"api_key": ""}, "No API_KEY."),
            ({"api_key": "api-key k"}, "API_KEY begins with"),
            ({"api_key": "API-Key k"}, "API_KEY begins with"),
            ({"api_key": "k\n"}, "There is a space or line break in API_KEY."),
            ({"api_key": " k"}, "There is a space or line break in API_KEY."),
            ({"api_key": " "}, "There is a space or line break in API_KEY."),
            ({"api_key": "", "access_token": "Bearer t"}, "line break in ACCESS_TOKEN."),
            ({"api_key": "", "client_id": "c\t", "client_secret": "s\n"}, "in CLIENT_ID and CLIENT_SECRET."),
            ({"api_key": "", "client_id": "c"}, "CLIENT_ID and CLIENT_SECRET belong together"),
            ({"api_key": "", "client_secret": "s"}, "CLIENT_ID and CLIENT_SECRET belong together"),
            ({"platform": "free"}, "Unknown PLATFORM 'free'."),
            ({"platform": "max-us"}, "A MAX account needs DOMAIN."),
            ({"domain": "www.example.com"}, "DOMAIN 'www.example.com' is not a bare domain."),
            ({"domain": "https://example.com"}, "is not a bare domain."),
            ({"domain": "example"}, "is not a bare domain."),
            ({"domain": "example.com\n"}, "is not a bare domain."),
            ({"base_url": "api.getresponse.com/v3"}, "BASE_URL is not an HTTP address."),
        ],
    )
    def test_each_is_found_with_a_hint(self, values: dict[str, str], problem: str) -> None:
        config = AccountConfig(**({"alias": "default", "api_key": "k"} | values))  # type: ignore[arg-type]
        ((text, hint),) = account_problems(config)
        assert problem in text
        assert hint


class TestFromEnv:
    @pytest.fixture(autouse=True)
    def empty_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(environ.Env, "ENVIRON", {})

    def test_an_empty_environment_is_an_account_without_a_key(self) -> None:
        assert parse_account("default", from_env(environ.Env())["default"]) == AccountConfig("default")

    def test_blanks_around_a_secret_are_none_of_it(self) -> None:
        environ.Env.ENVIRON["GETRESPONSE_WEBHOOK_SECRET"] = "new, old ,\n"
        config = parse_account("default", from_env(environ.Env())["default"])
        assert config.webhook_secrets == ("new", "old")

    def test_every_variable_has_its_place(self) -> None:
        environ.Env.ENVIRON.update(
            {
                "GETRESPONSE_API_KEY": "k",
                "GETRESPONSE_ACCESS_TOKEN": "t",
                "GETRESPONSE_CLIENT_ID": "c",
                "GETRESPONSE_CLIENT_SECRET": "s",
                "GETRESPONSE_PLATFORM": "max-pl",
                "GETRESPONSE_DOMAIN": "example.com",
                "GETRESPONSE_BASE_URL": "http://127.0.0.1:8025/v3",
                "GETRESPONSE_WEBHOOK_SECRET": "new,old",
            }
        )
        assert parse_account("default", from_env(environ.Env())["default"]) == AccountConfig(
            "default",
            api_key="k",
            access_token="t",
            client_id="c",
            client_secret="s",
            platform="max-pl",
            domain="example.com",
            base_url="http://127.0.0.1:8025/v3",
            webhook_secrets=("new", "old"),
        )
