"""What all lists of the admin have in common."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.test.html import parse_html
from django.utils.translation import override

from getresponse_django.admin.shared.badges import word
from getresponse_django.models import Contact, ContactState

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_box_to_select_a_row_is_that_of_django(
    make_contact: Callable[..., Contact], language: str
) -> None:
    contact = make_contact(email="o'neil&{0}@example.com", name='"<b>{}')
    mine = admin.site._registry[Contact]
    with override(language):
        theirs = admin.ModelAdmin.action_checkbox(mine, contact)
        assert parse_html(mine.action_checkbox(contact)) == parse_html(theirs)


def test_rows_are_selected_by_it(admin_client: Client, make_contact: Callable[..., Contact]) -> None:
    contact = make_contact()
    page = admin_client.get("/admin/getresponse_django/contact/").content.decode()
    assert f'name="_selected_action" value="{contact.pk}" class="action-select"' in page


@pytest.mark.parametrize("value", [*ContactState.values, "", "of a later version"])
def test_a_choice_is_called_as_django_calls_it(value: str) -> None:
    with override("pl"):
        assert word(ContactState, value) == Contact(state=value).get_state_display()  # type: ignore[attr-defined]
