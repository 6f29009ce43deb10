"""The preference page and unsubscribing with one click, as people and mail programs use them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, modify_settings
from django.utils import timezone

from getresponse_django import Consent
from getresponse_django.models import Account, Campaign, Change, ConsentRecord, Contact
from getresponse_django.models.consent_records import hashed_address
from getresponse_django.preferences import preference_link, unsubscribe_link
from tests.signup.test_signup import Page

pytestmark = pytest.mark.django_db
EVA = "eva@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LINKS = [preference_link, unsubscribe_link]


def member(campaign: str = "customers", state: str = "active", email: str = EVA, **said: Any) -> Contact:
    consent = Consent(timezone.now(), "Send me news.", "3", "form")
    contact = Contact.objects.subscribe(email, campaign=campaign, consent=consent, **said)
    Contact.plain.filter(pk=contact.pk).update(state=state, contact_id=f"c{contact.pk}")
    Change.objects.all().delete()
    return Contact.objects.get(pk=contact.pk)


@pytest.fixture(autouse=True)
def account() -> Account:
    return Account.objects.for_alias("default")


@pytest.fixture
def eva() -> Contact:
    return member(name="Eva")


def states() -> dict[tuple[str, str], str]:
    rows = Contact.objects.values_list("campaign__name", "email", "state")
    return {(campaign, email): state for campaign, email, state in rows}


def withdrawn() -> list[tuple[str, str, str, str]]:
    rows = ConsentRecord.objects.filter(given=False).order_by("pk")
    return [(row.email, str(row.campaign), row.version, row.source) for row in rows]


def with_signature_of(address: str, other: str) -> str:
    """The link, whose key is that of another link."""
    key, mine = (one.rstrip("/").rpartition("/")[2].partition(":")[0] for one in (other, address))
    return address.replace(f"/{mine}:", f"/{key}:")


# --- every page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client: Client, eva: Contact, link: Any, method: str) -> None:
    before = ConsentRecord.objects.count()
    assert getattr(client, method)(link(eva)).status_code == 200
    assert (states(), ConsentRecord.objects.count()) == ({("customers", EVA): "active"}, before)
    assert not Change.objects.exists()


@pytest.mark.parametrize("link", LINKS)
@modify_settings(
    MIDDLEWARE={
        "append": [
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
            "django.middleware.security.SecurityMiddleware",
        ]
    }
)
def test_a_page_is_open_without_a_login_private_and_not_kept(client: Client, eva: Contact, link: Any) -> None:
    for address in (link(eva), link(eva)[:-2] + "/"):
        response = client.get(address)
        assert response.status_code in (200, 404)
        assert response.headers["Referrer-Policy"] == "strict-origin"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "no-store" in response.headers["Cache-Control"]
        assert 'name="robots" content="noindex' in response.content.decode()


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(
    ("broken", "status", "says"),
    [
        ("cut off", 404, "Part of it may be missing"),
        ("another's", 404, "Part of it may be missing"),
        ("expired", 410, "too old"),
        ("erased", 404, "Part of it may be missing"),
    ],
)
def test_a_link_that_does_not_work_says_so_and_does_nothing(
    client: Client, eva: Contact, monkeypatch: Any, link: Any, broken: str, status: int, says: str
) -> None:
    address = link(eva)
    if broken == "cut off":
        address = address[:-3] + "/"
    elif broken == "another's":
        bert = link(member(email="bert@example.com"))
        address = with_signature_of(address, bert)
    elif broken == "expired":
        later = timezone.now().timestamp() + 366 * 86_400
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    else:
        Contact.plain.all().delete()
    before = states()
    for response in (client.get(address), client.post(address, {"leave_all": "1", **ONE_CLICK})):
        assert (response.status_code, says in response.content.decode()) == (status, True)
    assert (states(), withdrawn()) == (before, [])


# --- preferences ------------------------------------------------------------------------------------------


def test_all_lists_of_the_person_are_shown_and_nobody_elses(client: Client, eva: Contact) -> None:
    member("partners", "unconfirmed")
    member("gone", "left")
    member("secret", email="bert@example.com")
    Campaign.plain.filter(name="customers").update(profile={"title": "News for customers"})
    page = client.get(preference_link(eva)).content.decode()
    assert "News for customers" in page
    assert "partners (awaiting confirmation)" in page
    assert "nothing else is sent before it is clicked" in page
    for unseen in ("gone", "secret", "bert@"):
        assert unseen not in page


def test_a_signup_for_a_double_optin_list_awaits_confirmation_from_the_beginning(client: Client) -> None:
    contact = member("careful", "sent")
    Campaign.plain.update(optin_types={"api": "double"})
    assert "careful (awaiting confirmation)" in client.get(preference_link(contact)).content.decode()
    Contact.plain.update(state="active")
    assert "awaiting" not in client.get(preference_link(contact)).content.decode()


def test_only_the_ticked_lists_are_left_and_the_ledger_says_so(client: Client, eva: Contact) -> None:
    partners = member("partners")
    address = preference_link(eva)
    response = client.post(address, {"name": "Eva", "leave": [partners.pk]}, REMOTE_ADDR="198.51.100.7")
    assert response.headers["Location"] == f"{address}?saved"
    assert states() == {("customers", EVA): "active", ("partners", EVA): "leaving"}
    assert withdrawn() == [(EVA, "partners", "3", "form")]
    assert ConsentRecord.objects.get(given=False).ip_hash == hashed_address("198.51.100.7")
    assert set(Change.objects.values_list("object_pk", flat=True)) == {partners.pk}
    after = client.get(f"{address}?saved").content.decode()
    assert "Your changes are saved." in after
    assert "partners" not in after


def test_sending_the_form_twice_is_no_mistake(client: Client, eva: Contact) -> None:
    for _time in range(2):
        response = client.post(preference_link(eva), {"name": "Eva", "leave": [eva.pk]})
        assert response.status_code == 302
    assert len(withdrawn()) == 1


@pytest.mark.parametrize("name", ["Eva", "x" * 200])
def test_all_lists_can_be_left_at_once_whatever_the_name_is(client: Client, eva: Contact, name: str) -> None:
    member("partners", "unconfirmed")
    other = member("partners", email="bert@example.com")
    assert client.post(preference_link(eva), {"leave_all": "1", "name": name}).status_code == 302
    assert {state for (_campaign, email), state in states().items() if email == EVA} == {"leaving"}
    assert states()["partners", other.email] == "active"
    assert [row[1] for row in withdrawn()] == ["customers", "partners"]
    assert "none of our lists" in client.get(preference_link(eva)).content.decode()


def test_somebody_elses_list_cannot_be_left(client: Client, eva: Contact) -> None:
    bert = member(email="bert@example.com")
    response = client.post(preference_link(eva), {"leave": [bert.pk]})
    assert response.status_code == 200
    assert set(states().values()) == {"active"}


def test_a_new_name_is_written_on_all_lists_and_pushed(client: Client, eva: Contact) -> None:
    partners = member("partners", name="E. Lis")
    client.post(preference_link(eva), {"name": "Eva Łoś"})
    assert set(Contact.objects.values_list("name", flat=True)) == {"Eva Łoś"}
    assert set(Change.objects.values_list("object_pk", flat=True)) == {eva.pk, partners.pk}


@pytest.mark.parametrize("name", ["Eva", ""])
def test_a_name_left_alone_or_emptied_changes_nothing(client: Client, eva: Contact, name: str) -> None:
    member("partners", name="E. Lis")
    client.post(preference_link(eva), {"name": name})
    assert set(Contact.objects.values_list("name", flat=True)) == {"Eva", "E. Lis"}
    assert not Change.objects.exists()


@pytest.mark.parametrize("name", ["Eva\r\nBcc: x", "x" * 129, "https://spam.example"])
def test_a_bad_name_is_a_mistake_on_its_field(client: Client, eva: Contact, name: str) -> None:
    response = client.post(preference_link(eva), {"name": name})
    page = Page(response)
    (wrong,) = [tag for tag in page.all("input") if tag.get("aria-invalid")]
    assert wrong["aria-describedby"] in page.ids
    assert Contact.objects.get().name == "Eva"


def test_every_box_has_a_label_and_the_lists_a_legend(client: Client, eva: Contact) -> None:
    member("partners")
    page = Page(client.get(preference_link(eva)))
    shown = {tag["id"] for tag in page.all("input") if tag["type"] != "hidden"}
    assert shown <= {label.get("for") for label in page.all("label")}
    assert len(page.all("legend")) == 1
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("middleware", ["append", "remove"])
def test_the_page_wants_a_csrf_token_whatever_the_site_does(eva: Contact, middleware: str) -> None:
    client = Client(enforce_csrf_checks=True)
    with modify_settings(MIDDLEWARE={middleware: "django.middleware.csrf.CsrfViewMiddleware"}):
        assert client.post(preference_link(eva), {"leave_all": "1"}).status_code == 403
    assert states() == {("customers", EVA): "active"}


def test_names_full_of_script_are_shown_and_never_run(client: Client, eva: Contact) -> None:
    harmful = "<script>alert(1)</script>"
    Contact.plain.update(name=harmful)
    Campaign.plain.update(profile={"title": harmful})
    for link in LINKS:
        page = client.get(link(eva)).content.decode()
        assert harmful not in page
        assert "&lt;script&gt;" in page


# --- one click ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("multipart", [True, False])
def test_one_click_leaves_that_list_without_cookies_or_a_redirect(eva: Contact, multipart: bool) -> None:
    member("partners")
    client, form = Client(enforce_csrf_checks=True), "application/x-www-form-urlencoded"
    said: dict[str, Any] = {"data": ONE_CLICK} if multipart else {"data": "List-Unsubscribe=One-Click"}
    response = client.post(unsubscribe_link(eva), **said, **({} if multipart else {"content_type": form}))
    assert response.status_code == 200
    assert not response.cookies
    assert states() == {("customers", EVA): "leaving", ("partners", EVA): "active"}
    assert withdrawn() == [(EVA, "customers", "3", "form")]


def test_mail_programs_may_ask_twice(client: Client, eva: Contact) -> None:
    member("partners")
    for _time in range(2):
        assert client.post(unsubscribe_link(eva), ONE_CLICK).status_code == 200
    Contact.plain.filter(pk=eva.pk).update(state="left")
    assert client.post(unsubscribe_link(eva), ONE_CLICK).status_code == 200
    assert len(withdrawn()) == 1


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "maybe"}])
def test_another_post_is_asked_to_confirm_and_changes_nothing(
    client: Client, eva: Contact, body: dict[str, str]
) -> None:
    response = client.post(unsubscribe_link(eva), body)
    assert response.status_code == 400
    assert states() == {("customers", EVA): "active"}


def test_the_page_asks_with_a_form_that_posts_one_click(client: Client, eva: Contact) -> None:
    (field,) = [tag for tag in Page(client.get(unsubscribe_link(eva))).all("input")]
    assert client.post(unsubscribe_link(eva), {str(field["name"]): field["value"]}).status_code == 200
    assert states() == {("customers", EVA): "leaving"}


def test_who_is_off_the_list_already_says_no_more_mail(client: Client, eva: Contact) -> None:
    Contact.plain.update(state="left", left_on=timezone.now())
    client.post(unsubscribe_link(eva), ONE_CLICK)
    assert len(withdrawn()) == 1


def test_who_is_back_by_another_way_can_leave_again(client: Client, eva: Contact) -> None:
    for times in (1, 2):
        Contact.plain.update(state="active")
        client.post(unsubscribe_link(eva), ONE_CLICK)
        assert states() == {("customers", EVA): "leaving"}
        assert len(withdrawn()) == times


def test_a_link_of_an_old_row_leaves_the_list_the_person_is_on_now(client: Client, eva: Contact) -> None:
    Contact.plain.update(state="left")
    Contact.plain.bulk_create(
        [Contact(account=eva.account, campaign=eva.campaign, email=EVA, contact_id="c-new", state="active")]
    )
    client.post(unsubscribe_link(eva), ONE_CLICK)
    assert Contact.objects.get(contact_id="c-new").state == "leaving"
