"""The forms for visitors: who ticks the box is on the list, with the wording that was shown."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from hypothesis import given, settings
from hypothesis import strategies as st

from getresponse_django.errors import ConfigurationError
from getresponse_django.forms import NewsletterForm, SignupMixin
from getresponse_django.models import Account, ConsentRecord, Contact, GdprField

pytestmark = pytest.mark.django_db
EVA = "eva@example.com"


class CustomersForm(NewsletterForm):
    campaign = "customers"
    consent_text = "Send me news."
    consent_version = "3"


def filled(form: type[NewsletterForm] = CustomersForm, **values: Any) -> NewsletterForm:
    return form({"email": EVA, "consent": "on", "consent_wording": "3", **values}, ip_address="203.0.113.7")


def saved(**values: Any) -> Contact:
    form = filled(**values)
    assert form.is_valid(), form.errors
    contact = form.save()
    assert contact is not None
    return contact


# --- the signup -------------------------------------------------------------------------------------------


def test_who_signs_up_is_on_the_list_with_the_consent_in_the_ledger() -> None:
    contact = saved(name="Eva Lis")
    assert (contact.campaign.name, contact.email, contact.name) == ("customers", EVA, "Eva Lis")
    assert contact.state == "new"
    record = ConsentRecord.objects.get()
    assert (record.contact, record.text, record.version) == (contact, "Send me news.", "3")
    assert (record.source, record.given, record.on) == ("form", True, contact.consented_at)
    assert record.ip_hash
    assert contact.ip_address == ""


def test_a_form_may_be_told_its_list_without_a_class() -> None:
    form = NewsletterForm({"email": EVA, "consent": "on"}, campaign="partners")
    assert form.is_valid(), form.errors
    form.save()
    assert Contact.objects.get().campaign.name == "partners"
    assert NewsletterForm.campaign == ""


def test_a_form_without_a_list_says_what_to_write() -> None:
    with pytest.raises(ConfigurationError, match="campaign ="):
        NewsletterForm()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"consent": ""}, "consent"),
        ({"email": ""}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": "eva@exämple.com"}, "email"),
        ({"email": '"eva lis"@example.com'}, "email"),
        ({"email": "eva@example.com\nBcc: all@example.com"}, "email"),
        ({"email": "e" * 250 + "@example.com"}, "email"),
        ({"name": "Eva\r\nBcc: all@example.com"}, "name"),
        ({"name": "Eva\x00"}, "name"),
        ({"name": "Eva\x1b[2J"}, "name"),
        ({"name": "Eva\u202emoc.elpmaxe"}, "name"),
        ({"name": "Eva\u2028Lis"}, "name"),
        ({"name": "You won! https://spam.example"}, "name"),
        ({"name": "WWW.spam.example"}, "name"),
        ({"name": "x" * 129}, "name"),
    ],
)
def test_a_mistake_is_told_on_its_field_and_leaves_nothing(values: dict[str, str], field: str) -> None:
    form = filled(**values)
    assert set(form.errors) == {field}
    assert len(set(form.errors[field])) == len(form.errors[field])
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "name", ["Zażółć Gęślą", "Λυδία", "محمد", "山田 太郎", "O'Neil-Łoś", "👩‍👩‍👧 Family", "", "www"]
)
def test_names_of_all_the_world_are_taken(name: str) -> None:
    assert saved(name=name).name == name


def test_a_name_is_kept_in_the_usual_form() -> None:
    assert saved(name="Zoe\u0301").name == "Zo\u00e9"


@settings(max_examples=25)
@given(name=st.text(max_size=140), email=st.text(max_size=40) | st.emails())
def test_whatever_is_typed_is_either_valid_for_the_contact_or_a_mistake_of_the_form(
    name: str, email: str
) -> None:
    form = filled(name=name, email=email)
    if form.is_valid():
        contact = form.save()
        assert contact is not None
        contact.full_clean(exclude=["account", "campaign"])
        Contact.objects.all().delete()
    else:
        assert set(form.errors) <= {"email", "name"}


def test_a_stranger_neither_renames_nor_clears_who_is_there() -> None:
    saved(name="Eva")
    assert saved(name="Mallory").name == "Eva"
    assert saved(email="EVA@example.com", name="").name == "Eva"
    Contact.plain.update(name="")
    assert saved(name="Eva Lis").name == "Eva Lis"


def test_who_left_is_back_by_signing_up() -> None:
    contact = saved(name="Eva")
    Contact.plain.update(state="left", left_on=contact.consented_at)
    assert saved(name="Ewa").state == "new"
    assert Contact.objects.get().name == "Ewa"
    assert ConsentRecord.objects.count() == 2


# --- the wording --------------------------------------------------------------------------------------------


def test_the_wording_is_the_label_of_the_box_and_never_markup() -> None:
    html = str(NewsletterForm(campaign="customers", consent_text="<b>Yes</b>", consent_version="1"))
    assert "&lt;b&gt;Yes&lt;/b&gt;" in html


def test_the_text_of_a_gdpr_field_is_shown_and_written_down() -> None:
    account = Account.objects.for_alias("default")
    field = GdprField(account=account, gdpr_field_id="G1", name="terms", content="I agree.", version_id="v1")
    GdprField.plain.bulk_create([field])
    form = NewsletterForm({"email": EVA, "consent": "on"}, campaign="customers", gdpr_field="terms")
    assert form.is_valid()
    form.save()
    record = ConsentRecord.objects.get()
    assert (record.text, record.version, record.gdpr_field) == ("I agree.", "v1", "G1")


def test_who_was_shown_another_version_is_shown_the_new_one_first() -> None:
    form = filled(consent_wording="2")
    assert "has changed" in str(form.errors["consent"])
    html = str(form)
    assert 'value="3"' in html
    assert "checked" not in html
    assert filled(consent_wording="3").is_valid()
    again = filled(consent_wording="", email="")
    assert 'value="3"' in str(again["consent_wording"])
    assert filled(consent_wording="").is_valid(), "a template of the site may leave the hidden field out"


# --- any form -----------------------------------------------------------------------------------------------


class RegistrationForm(SignupMixin, UserCreationForm):  # type: ignore[type-arg]
    campaign = "customers"
    name_field = "first_name"

    class Meta:
        model = User
        fields = ["username", "email", "first_name"]


def registration(**values: str) -> RegistrationForm:
    password = "a long pass phrase"
    said = {
        "username": "eva",
        "email": EVA,
        "first_name": "Eva",
        "password1": password,
        "password2": password,
    }
    return RegistrationForm(said | values)


def test_who_ticks_the_box_of_any_form_is_on_the_list_as_that_user() -> None:
    user = registration(consent="on").save()
    contact = Contact.objects.get()
    assert (contact.user, contact.name, contact.email) == (user, "Eva", EVA)
    assert ConsentRecord.objects.get().source == "form"


def test_who_does_not_tick_it_registers_all_the_same() -> None:
    form = registration()
    assert form.is_valid(), form.errors
    assert form.save().pk
    assert not Contact.objects.exists()


def test_a_form_that_is_not_committed_subscribes_later() -> None:
    for form in (registration(consent="on"), registration(consent="on", username="eva2")):
        user = form.save(False) if form.data["username"] == "eva" else form.save(commit=False)
        assert not Contact.objects.exists()
    user.save()
    form.subscribe(user=user)
    assert Contact.objects.get().user == user


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "eva@exämple.com"}, "email"),
        ({"email": ""}, "email"),
        ({"first_name": "Eva\x07"}, "first_name"),
    ],
)
def test_what_getresponse_would_refuse_is_a_mistake_only_with_the_tick(
    values: dict[str, str], field: str
) -> None:
    assert set(registration(consent="on", **values).errors) == {field}
    assert registration(**values).is_valid()


def test_a_user_does_not_take_over_the_contact_of_another() -> None:
    first = registration(consent="on").save()
    registration(consent="on", username="mallory").save()
    assert Contact.objects.get().user == first


def test_when_the_signup_fails_nothing_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    form = registration(consent="on")
    assert form.is_valid()

    def fail(**_links: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(form, "subscribe", fail)
    with pytest.raises(RuntimeError):
        form.save()
    assert not User.objects.exists()


def test_a_plain_form_with_a_save_of_its_own_works_too() -> None:
    class Order(forms.Form):
        email = forms.EmailField()

        def clean(self) -> None:
            """As many forms have it: it returns nothing."""

        def save(self) -> str:
            return "ordered"

    class OrderForm(SignupMixin, Order):
        campaign = "customers"

    form = OrderForm({"email": EVA, "consent": "on"})
    assert form.is_valid(), form.errors
    assert form.save() == "ordered"
    assert Contact.objects.get().user is None
