"""What GetResponse refused shows beside its field, until it is mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from getresponse_django import mirror
from getresponse_django.errors import Rejected
from getresponse_django.models import Account, Contact, CustomField, Segment, Tag
from tests.admin.conftest import form_data, page_url, said, stored

CONTEXT = [
    {"fieldName": ["name"], "errorDescription": "Value is too odd"},
    {"fieldName": ["values", "0"], "errorDescription": "Value is too short"},
    {"fieldName": ["secretMember"], "errorDescription": "Nobody knows it"},
]


@pytest.fixture
def refused(account: Account) -> CustomField:
    row = stored(CustomField(account=account, name="size", values=["s"]))
    mirror.mark_refused([row], Rejected("Validation error", status=400, code=1000, context=CONTEXT))
    return row  # type: ignore[no-any-return]


def errors(client: Client, row: Any) -> dict[str, list[str]]:
    return dict(client.get(page_url(row)).context["adminform"].form.errors)


def test_each_error_is_beside_its_field(admin_client: Client, refused: CustomField) -> None:
    shown = errors(admin_client, refused)
    assert shown == {"name": ["Value is too odd"], "values": ["Value is too short"]}
    content = admin_client.get(page_url(refused)).content.decode()
    assert "Value is too odd" in content
    assert "Please correct the error" not in content


def test_an_error_that_is_no_longer_the_last_is_not_shown(admin_client: Client, refused: CustomField) -> None:
    CustomField.plain.update(last_error="Waiting for something else.")
    assert errors(admin_client, refused) == {}


def test_saving_says_what_is_wrong_now_and_not_then(admin_client: Client, refused: CustomField) -> None:
    data = form_data(admin_client.get(page_url(refused)), name="Size", values="s")
    form = admin_client.post(page_url(refused), data).context["adminform"].form
    assert form.errors == {"name": ["Use lower-case letters, digits and underscores."]}
    data = form_data(admin_client.get(page_url(refused)), name="size_2", values="s")
    assert "It will be sent" in said(admin_client.post(page_url(refused), data, follow=True))


def test_fields_that_cannot_be_edited_do_no_harm(
    admin_client: Client, make_contact: Callable[..., Contact]
) -> None:
    contact = make_contact(state="left", contact_id=None)
    mirror.mark_refused([contact], Rejected("No", code=1000, context=[{"fieldName": "email"}]))
    assert errors(admin_client, contact) == {}


def test_the_form_of_a_contact_says_which_value_is_not_taken(
    admin_client: Client, contact: Contact, account: Account
) -> None:
    field = stored(CustomField(account=account, custom_field_id="F", name="age", type="number"))
    data = form_data(admin_client.get(page_url(contact)), **{f"custom_{field.pk}": "old"})
    form = admin_client.post(page_url(contact), data).context["adminform"].form
    assert form.errors == {f"custom_{field.pk}": ["“old” is not taken: write a number, such as 12.5."]}


def test_an_adopted_object_says_so(admin_client: Client, account: Account) -> None:
    base = {"name": "vip"}
    tag = stored(Tag(account=account, tag_id="T", name="vip", base=base, adopted_on=timezone.now()))
    assert "GetResponse had one of this name already" in admin_client.get(page_url(tag)).content.decode()
    segment = stored(Segment(account=account, search_contact_id="S", name="s", adopted_on=timezone.now()))
    assert "Adopted on" in admin_client.get(page_url(segment)).content.decode()
