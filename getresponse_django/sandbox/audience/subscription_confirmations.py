"""/subscription-confirmations: the ready texts of opt-in messages; read-only (contract/behaviour-contacts.md
section 10).

Decided where the contract is open: the sandbox has texts in English and Polish; another language code of two
letters has none (an empty list), anything else is a 400.
"""

from __future__ import annotations

import re
from typing import Any

from ..http.errors import ApiError
from ..http.exchange import Request
from ..http.validation import problem
from ..operations.routing import route
from ..state.store import Store

BODIES = {
    "en": (
        ("z", "Plain and short", "Please confirm your subscription:"),
        ("Y", "Warm", "Just one click to go:"),
    ),
    "pl": (
        ("z", "Krótko", "Potwierdź, proszę, swój zapis:"),
        ("Y", "Serdecznie", "Został już tylko jeden krok:"),
    ),
}
SUBJECTS = {
    "en": (("z", "Please confirm your subscription"), ("Y", "One click, and you are in")),
    "pl": (("z", "Potwierdź swój zapis"), ("Y", "Jeszcze jeden krok")),
}
"""Language -> texts, each with its id. The id ``z`` is what a new campaign uses."""


def language_of(request: Request) -> str:
    """The language of the path in lower case, or 400."""
    given = request.ids["languageCode"]
    if not re.fullmatch(r"[A-Za-z]{2}", given):
        raise ApiError(1000, context=[problem(("languageCode",), given, "Value must be a language code")])
    return given.lower()


@route(
    "GET",
    "/subscription-confirmations/body/{languageCode}",
    key="subscriptionConfirmationBodyId",
)
def list_bodies(store: Store, request: Request) -> Any:
    """SubscriptionConfirmationBody each; not paged."""
    return [
        {
            "subscriptionConfirmationBodyId": body_id,
            "name": name,
            "contentPlain": f"{sentence} [[confirm]]",
            "contentHtml": f'<p>{sentence} <a href="[[confirm]]">[[confirm]]</a></p>',
        }
        for body_id, name, sentence in BODIES.get(language_of(request), ())
    ]


@route(
    "GET",
    "/subscription-confirmations/subject/{languageCode}",
    key="subscriptionConfirmationSubjectId",
)
def list_subjects(store: Store, request: Request) -> Any:
    """SubscriptionConfirmationSubject each; not paged."""
    return [
        {"subscriptionConfirmationSubjectId": subject_id, "subject": subject, "isPrivate": "false"}
        for subject_id, subject in SUBJECTS.get(language_of(request), ())
    ]
