"""Addresses of signup pages: what is asked for is signed, so nobody joins a list that no form offers."""

from __future__ import annotations

from django.core.signing import Signer
from django.urls import reverse

SALT = "getresponse_django.signup"


def signup_path(**offer: str) -> str:
    """The path of the page for an offer (``forms.OFFER``). Always the same, so pages may be cached."""
    said = {name: str(value) for name, value in offer.items() if value}
    return reverse("getresponse_django:signup", args=[Signer(salt=SALT).sign_object(said, compress=True)])


def offer_of(token: str) -> dict[str, str]:
    """The offer of an address. Raises BadSignature."""
    offer: dict[str, str] = Signer(salt=SALT).unsign_object(token)
    return offer
