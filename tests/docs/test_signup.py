"""docs/howto/signup.md: every example runs, and does what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.template import Context, Engine, Template
from django.test import Client, RequestFactory
from django.urls import clear_url_caches

from getresponse_django.models import Account, ConsentRecord, Contact, GdprField
from getresponse_django.models.consent_records import Source
from getresponse_django.signup import throttling

pytestmark = pytest.mark.django_db
TEXT = (Path(__file__).parents[2] / "docs" / "howto" / "signup.md").read_text()
PYTHON, HTML = (re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", TEXT) for kind in ("python", "html"))
URLS, NEWS_FORM, VIEW, MIXIN, LEDGER, HISTORY, LINKS = PYTHON
USUAL, OWN_WORDS, GDPR, BASE = HTML
EVA = "eva@example.com"


@pytest.fixture(autouse=True)
def account() -> Account:
    cache.clear()
    return Account.objects.for_alias("default")


def run(*blocks: str) -> dict[str, Any]:
    """The names that these examples make, one after the other."""
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    return names


def test_the_page_has_no_other_examples() -> None:
    assert len(re.findall(r"(?m)^```\w", TEXT)) == len(PYTHON) + len(HTML)


@pytest.fixture
def site(settings: Any) -> Any:
    """A site with the URLconf of the page."""
    module = ModuleType("documented_urls")
    module.__dict__.update(run(URLS))
    sys.modules[module.__name__] = module
    settings.ROOT_URLCONF = module.__name__
    clear_url_caches()
    yield Client()
    del sys.modules[module.__name__]
    settings.ROOT_URLCONF = "tests.site.urls"
    clear_url_caches()


@pytest.mark.parametrize(
    ("example", "version", "text"),
    [
        (USUAL, "1", "Yes, send me the newsletter"),
        (OWN_WORDS, "2026-05", "Send me the news of the shop."),
        (GDPR, "v7", "I agree."),
    ],
)
def test_each_tag_signs_up_with_its_wording(
    site: Client, account: Account, example: str, version: str, text: str
) -> None:
    terms = {"gdpr_field_id": "G1", "name": "Newsletter", "content": "I agree.", "version_id": "v7"}
    GdprField.plain.bulk_create([GdprField(account=account, **terms)])
    shown = Template(example).render(Context({}))
    (action,) = re.findall(r'action="([^"]+)"', shown)
    assert text in shown
    assert site.post(action, {"email": EVA, "consent": "on", "consent_wording": version}).status_code == 302
    record = ConsentRecord.objects.get()
    assert (record.version, record.text.startswith(text)) == (version, True)


def test_the_limits_of_the_page_are_those_of_the_code() -> None:
    said = re.search(
        r"may post (\d+) times an hour and one e-mail address may be signed up (\d+) times", TEXT
    )
    assert said
    assert [int(number) for number in said.groups()] == [
        throttling.MOST_PER_VISITOR,
        throttling.MOST_PER_ADDRESS,
    ]
    assert throttling.WINDOW == 3600


def test_the_form_and_the_view_sign_up() -> None:
    names = run(NEWS_FORM, VIEW)
    form = {"email": EVA, "consent": "on"}
    assert names["join"](RequestFactory().post("/join/", form)).status_code == 302
    record = ConsentRecord.objects.get()
    assert (record.email, record.text, record.version) == (EVA, "Send me the news of the shop.", "2026-05")
    assert set(names["ShopNewsForm"]().fields) - {"website"} == {
        "email",
        "name",
        "consent",
        "consent_wording",
    }


def test_the_box_of_the_registration_subscribes_the_user() -> None:
    password = "a long pass phrase"
    said = {
        "username": "eva",
        "email": EVA,
        "first_name": "Eva",
        "password1": password,
        "password2": password,
    }
    form = run(MIXIN)["RegistrationForm"]({**said, "consent": "on"})
    assert form.is_valid(), form.errors
    form.save()
    assert (Contact.objects.get().user, Contact.objects.get().name) == (User.objects.get(), "Eva")


def test_the_ledger_is_written_and_read(capsys: Any) -> None:
    run(LEDGER, HISTORY)
    assert list(ConsentRecord.objects.order_by("pk").values_list("email", "version", "source")) == [
        (EVA, "7", "import"),
        ("bert@example.com", "", "api"),
    ]
    assert capsys.readouterr().out.split()[-2:] == ["True", "7"]
    assert all(f"`{source}`" in TEXT for source in Source.values)


def test_the_links_of_the_mail_work(site: Client) -> None:
    mail = run(LEDGER, HISTORY, LINKS)["mail"]
    seen = mail.body.rpartition(" ")[2]
    assert EVA in site.get(seen).content.decode()
    headers = mail.extra_headers
    body = dict([headers["List-Unsubscribe-Post"].split("=")])
    assert site.post(headers["List-Unsubscribe"].strip("<>"), body).status_code == 200
    assert Contact.objects.get(email=EVA).state == "left"
    assert not ConsentRecord.objects.filter(email=EVA).order_by("-pk")[0].given


def test_the_pages_take_the_base_of_the_site(settings: Any) -> None:
    base = "<header>Shop</header>{% block body %}{% endblock %}"
    folder = Path(__file__).parents[2] / "getresponse_django" / "templates"
    files = {"base.html": base, "getresponse_django/page.html": BASE}
    loaders = [
        ("django.template.loaders.locmem.Loader", files),
        ("django.template.loaders.filesystem.Loader", [folder]),
    ]
    page = Engine(loaders=loaders, libraries={"i18n": "django.templatetags.i18n"})
    shown = page.get_template("getresponse_django/signup_done.html").render(Context({}))
    assert shown.startswith("<header>Shop</header>")
    assert "Thank you" in shown
