"""Secrets are encrypted with the first key, readable with any, and what hinders that is said."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from getresponse_django.errors import ConfigurationError
from getresponse_django.oauth.encryption import is_key, seal, unseal
from tests.connecting import OTHER_TOKEN_KEY, TOKEN_KEY

OLD, NEW = TOKEN_KEY, OTHER_TOKEN_KEY


def with_keys(settings: Any, *keys: Any) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"TOKEN_KEYS": list(keys)}


@pytest.fixture(autouse=True)
def one_key(settings: Any) -> None:
    with_keys(settings, OLD)


@given(secret=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_secret_comes_back(secret: str) -> None:
    assert unseal(seal(secret)) == secret


def test_every_encryption_differs_and_shows_nothing() -> None:
    assert seal("s3cret") != seal("s3cret")
    assert "s3cret" not in seal("s3cret")
    assert seal("") == ""


def test_keys_are_rotated(settings: Any) -> None:
    old = seal("s3cret")
    with_keys(settings, NEW, OLD)
    assert unseal(old) == "s3cret"
    new = seal("s3cret")
    with_keys(settings, NEW)
    assert unseal(new) == "s3cret"
    with pytest.raises(ConfigurationError, match="None of GETRESPONSE"):
        unseal(old)


@pytest.mark.parametrize(
    ("keys", "says"), [((), "Make a key with"), (("short",), "must be a list"), ((5,), "must be a list")]
)
def test_what_is_wrong_with_the_keys_is_said_without_them(
    settings: Any, keys: tuple[Any, ...], says: str
) -> None:
    with_keys(settings, *keys)
    with pytest.raises(ConfigurationError, match=says) as caught:
        seal("s3cret")
    assert "short" not in str(caught.value)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal("s3cret")
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    for work in (lambda: seal("s3cret"), lambda: unseal(sealed)):
        with pytest.raises(ConfigurationError, match=r"pip install 'getresponse-django\[oauth\]'"):
            work()


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (OLD, True),
        ("", False),
        ("x", False),
        ("x" * 44, False),
        (None, False),
        (OLD.encode(), False),
        ("ż", False),
    ],
)
def test_keys_are_known_without_the_package(value: Any, good: bool) -> None:
    assert is_key(value) is good
