"""Custom fields on the page of a contact: fields as their definitions say; nothing changes untouched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django import mirror
from getresponse_django.admin.contacts.value_fields import form_field
from getresponse_django.errors import Rejected
from getresponse_django.models import Account, Campaign, Change, Contact, CustomField
from tests.admin.conftest import add_url, form_data, page_url, stored

Make = Callable[..., Contact]
ODD = ["not a date", " blanks ", "two\nlines", "ünï <b>", "a,b", "1e3"]


def define(account: Account, name: str, type_: str = "string", format_: str = "text", *values: str) -> str:
    """Make a definition; returns the name of its field in the form."""
    row = CustomField(
        account=account, custom_field_id=name, name=name, type=type_, format=format_, values=list(values)
    )
    return f"custom_{stored(row).pk}"


def save(client: Client, contact: Contact, **changes: Any) -> Any:
    url = page_url(contact)
    return client.post(url, form_data(client.get(url), **changes), follow=True)


@pytest.mark.parametrize(
    ("type_", "format_", "values", "there", "drawn"),
    [
        ("string", "text", [], [], '<input type="text"'),
        ("string", "textarea", [], ["a"], "<textarea"),
        ("number", "text", [], ["12.5"], 'inputmode="decimal"'),
        ("date", "text", [], ["2024-01-31"], 'type="date"'),
        ("date", "text", [], ["31.1.2024"], 'type="text"'),
        ("datetime", "text", [], ["2024-01-31 10:00:00"], 'placeholder="2030-01-31 12:00:00"'),
        ("url", "text", [], ["http://example.com"], 'type="url"'),
        ("url", "text", [], ["example.com"], 'type="text"'),
        ("phone", "text", [], ["+48 1"], 'type="tel"'),
        ("currency", "text", [], [], 'maxlength="3"'),
        ("gender", "text", [], [], "Prefer not to say"),
        ("country", "single_select", ["Poland", "Spain"], [], "<select"),
        ("string", "single_select", ["s", "m"], ["xl"], '<option value="xl" selected>'),
        ("string", "radio", ["a", "b"], ["a"], 'type="radio"'),
        ("string", "multi_select", ["a", "b"], ["a"], 'type="checkbox"'),
        ("string", "multi_select", [str(n) for n in range(20)], [], "multiple"),
        ("string", "checkbox", [], ["a", "b"], "a\nb</textarea>"),
        ("string", "text", [], ["a", "b"], "a\nb</textarea>"),
        ("string", "text", [], ["two\nlines"], "<textarea"),
    ],
)
def test_a_field_is_drawn_as_its_definition_and_its_value_say(
    type_: str, format_: str, values: list[str], there: list[str], drawn: str
) -> None:
    definition = CustomField(name="x", type=type_, format=format_, values=values)
    field = form_field(definition, there)
    assert drawn in field.widget.render("x", field.prepare_value(field.initial), {})


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("kind", [("date", "text"), ("string", "text"), ("string", "textarea")])
def test_what_nobody_touched_stays_and_nothing_is_sent(
    admin_client: Client, contact: Contact, kind: tuple[str, str], value: str
) -> None:
    define(contact.account, "odd", *kind)
    Contact.plain.update(custom_fields={"odd": [value]})
    save(admin_client, contact)
    assert Contact.objects.get().custom_fields == {"odd": [value]}
    assert not Change.objects.exists()


def test_values_are_written_as_lists_and_the_others_are_kept(admin_client: Client, contact: Contact) -> None:
    plan = define(contact.account, "plan", "string", "single_select", "free", "pro")
    likes = define(contact.account, "likes", "string", "multi_select", "tea", "wine", "beer")
    Contact.plain.update(custom_fields={"unknown": ["x"], "likes": ["tea"]})
    save(admin_client, contact, **{plan: "pro", likes: ["tea", "beer"]})
    expected = {"unknown": ["x"], "plan": ["pro"], "likes": ["tea", "beer"]}
    assert Contact.objects.get().custom_fields == expected
    assert Change.objects.get().object_pk == contact.pk


def test_an_emptied_field_is_taken_away(admin_client: Client, contact: Contact) -> None:
    plan = define(contact.account, "plan")
    Contact.plain.update(custom_fields={"plan": ["pro"]})
    save(admin_client, contact, **{plan: ""})
    assert Contact.objects.get().custom_fields == {}


def test_what_was_not_read_yet_stays_unread(admin_client: Client, contact: Contact) -> None:
    define(contact.account, "plan")
    Contact.plain.update(custom_fields=None)
    assert "was not read yet" in admin_client.get(page_url(contact)).content.decode()
    save(admin_client, contact, name="Ann Other")
    assert Contact.objects.get().custom_fields is None


@pytest.mark.parametrize(
    ("type_", "given", "problem"),
    [("number", "many", "write a number"), ("date", "2024-02-31", "a date as"), ("url", "x", "begins with")],
)
def test_what_would_be_refused_is_said_beside_its_field(
    admin_client: Client, contact: Contact, type_: str, given: str, problem: str
) -> None:
    name = define(contact.account, "plan", type_)
    form = save(admin_client, contact, **{name: given}).context["adminform"].form
    assert problem in " ".join(form.errors[name])
    assert Contact.objects.get().custom_fields == {}


def test_a_new_contact_gets_values_too(admin_client: Client, campaign: Campaign) -> None:
    name = define(campaign.account, "plan")
    admin_client.post(add_url(Contact), {"email": "new@example.com", "campaign": campaign.pk, name: "pro"})
    assert Contact.objects.get().custom_fields == {"plan": ["pro"]}


def test_with_several_accounts_a_new_contact_is_saved_first(admin_client: Client, campaign: Campaign) -> None:
    name = define(campaign.account, "plan")
    Account.objects.for_alias("other")
    content = admin_client.get(add_url(Contact)).content.decode()
    assert name not in content and "save the contact first" in content


@pytest.mark.parametrize(
    ("said", "place"), [("Value of plan is wrong", "plan"), ("Custom field value is wrong", None)]
)
def test_what_getresponse_refused_of_a_custom_field_is_beside_it(
    admin_client: Client, contact: Contact, said: str, place: str | None
) -> None:
    name = define(contact.account, "plan")
    define(contact.account, "city")
    mirror.mark_refused([contact], Rejected("Validation error", status=400, code=1000, context=[said]))
    errors = admin_client.get(page_url(contact)).context["adminform"].form.errors
    assert errors == {name if place else "__all__": [said]}


def test_who_left_and_who_may_only_read_are_shown_the_values(
    admin_client: Client, client_with: Callable[..., Client], make_contact: Make
) -> None:
    contact = make_contact(state="left", left_on=timezone.now())
    name = define(contact.account, "plan")
    Contact.plain.update(custom_fields={"plan": ["<b>pro</b>"]})
    for client in (admin_client, client_with("view")):
        content = client.get(page_url(contact)).content.decode()
        assert "plan: &lt;b&gt;pro&lt;/b&gt;" in content and name not in content


def test_a_refused_contact_is_sent_again_once_a_custom_field_is_corrected(
    admin_client: Client, make_contact: Make
) -> None:
    contact = make_contact(contact_id=None, state="rejected", sent_on=timezone.now())
    save(admin_client, contact, **{define(contact.account, "plan"): "pro"})
    assert Contact.objects.get().state == "new"
