"""One person's whole way, over Django's client and the sandbox: signs up, is on the list, leaves, is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from getresponse_django.models import Change, ConsentRecord, Contact
from getresponse_django.preferences import preference_link, unsubscribe_link
from getresponse_django.signup import signup_path
from tests.push.conftest import World

EVA = "eva@example.com"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_up(campaign: str = "customers", **values: str) -> Contact:
    path = signup_path(campaign=campaign, consent_text="Send me news.", consent_version="3")
    form = {"email": EVA, "name": "Eva Lis", "consent": "on", "consent_wording": "3", **values}
    assert Client().post(path, form).status_code == 302
    return Contact.objects.get(campaign__name=campaign)


def test_from_the_form_to_the_list_and_off_it_again(world: World) -> None:
    contact = sign_up()
    assert Change.objects.get().object_pk == contact.pk
    assert EVA not in world.emails(), "nothing is sent within the request"
    world.push_all()
    assert world.remote(EVA)["name"] == "Eva Lis"
    page = preference_link(world.fresh(contact))
    assert "customers" in Client().get(page).content.decode()
    assert Client().post(page, {"name": "Ewa Lis"}).status_code == 302
    world.push_all()
    assert world.remote(EVA)["name"] == "Ewa Lis"
    assert Client().post(page, {"name": "Ewa Lis", "leave": [contact.pk]}).status_code == 302
    assert EVA in world.emails()
    world.push_all()
    assert EVA not in world.emails()
    assert world.fresh(contact).state == "left"
    said = ConsentRecord.objects.order_by("pk").values_list(
        "email", "campaign__name", "given", "text", "version"
    )
    assert list(said) == [
        (EVA, "customers", True, "Send me news.", "3"),
        (EVA, "customers", False, "Send me news.", "3"),
    ]


def test_who_left_is_not_put_back_by_old_consents_and_is_by_a_new_signup(world: World) -> None:
    contact = sign_up()
    world.push_all()
    old = timezone.now()
    Client().post(unsubscribe_link(contact), {"List-Unsubscribe": "One-Click"})
    for consent in (None, old):
        assert world.subscribe(EVA, consent=consent).state == "leaving"
    world.push_all()
    for consent in (None, old):
        assert world.subscribe(EVA, consent=consent).state == "left"
    world.push_all()
    assert EVA not in world.emails()
    sign_up()
    world.push_all()
    assert EVA in world.emails()
    assert list(ConsentRecord.objects.order_by("pk").values_list("given", flat=True)) == [True, False, True]


def test_a_double_optin_signup_is_explained_until_the_click(world: World) -> None:
    world.sandbox.add_campaign("careful", optin="double")
    world.pull_named()
    contact = sign_up("careful")
    page = preference_link(contact)
    assert "careful (awaiting confirmation)" in Client().get(page).content.decode()
    world.push()
    world.make_due()
    world.push()
    assert world.fresh(contact).state == "unconfirmed"
    assert "careful (awaiting confirmation)" in Client().get(page).content.decode()
    world.sandbox.confirm(EVA, "careful")
    world.push_all()
    assert "awaiting" not in Client().get(page).content.decode()
