"""What a visitor agrees to: the site's own text, or the latest of a GDPR field."""

from __future__ import annotations

import pytest

from getresponse_django.errors import ConfigurationError
from getresponse_django.models import Account, GdprField
from getresponse_django.wording import USUAL_TEXT, USUAL_VERSION, Wording, wording

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def terms() -> GdprField:
    account = Account.objects.for_alias("default")
    field = {"gdpr_field_id": "G1", "name": "terms", "content": "I agree to the terms.", "version_id": "v7"}
    (row,) = GdprField.plain.bulk_create([GdprField(account=account, **field)])
    return row


def test_a_site_may_say_it_in_its_own_words() -> None:
    assert wording("Send me news.", "2026-05") == Wording("Send me news.", "2026-05")
    assert wording() == Wording(str(USUAL_TEXT), USUAL_VERSION)


@pytest.mark.parametrize("name", ["terms", "G1"])
def test_a_gdpr_field_gives_its_latest_text(name: str) -> None:
    assert wording(gdpr_field=name) == Wording("I agree to the terms.", "v7", "G1")


@pytest.mark.parametrize(
    ("text", "version", "field", "problem"),
    [
        ("words", "", "", "go together"),
        ("", "1", "", "go together"),
        ("words", "1", "terms", "not both"),
        ("", "", "unknown", 'no GDPR field "unknown"'),
    ],
)
def test_half_a_wording_is_refused_with_what_to_do(text: str, version: str, field: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        wording(text, version, gdpr_field=field)


def test_a_field_of_another_account_or_without_a_text_does_not_count(terms: GdprField) -> None:
    with pytest.raises(ConfigurationError):
        wording(gdpr_field="terms", account="other")
    GdprField.plain.update(content="")
    with pytest.raises(ConfigurationError):
        wording(gdpr_field="terms")


def test_an_agreement_names_what_was_shown(terms: GdprField) -> None:
    consent = wording(gdpr_field="terms").agreed_now(ip_address="203.0.113.7")
    assert (consent.text, consent.version, consent.gdpr_field) == ("I agree to the terms.", "v7", "G1")
    assert (consent.source, consent.ip_address) == ("form", "203.0.113.7")
