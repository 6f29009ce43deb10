"""Why a person is or is not on a list, in words: a table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from getresponse_django.admin.people.rulings import Ruling, Verdict
from getresponse_django.admin.people.story import Situation, answer
from getresponse_django.models import Change, Contact
from getresponse_django.models.outbox import Reason

THEN = datetime(2030, 1, 31, 12, tzinfo=UTC)
WAITS = Change(recorded_at=THEN)
ENDED = Change(recorded_at=THEN, gave_up_at=THEN, reason=Reason.REJECTED, detail="Blocked address")


def ruling(verdict: Verdict, words: str = "It says so.") -> Ruling:
    return Ruling("site.Rule", "default", "customers", verdict, words)


def contact(state: str, **columns: Any) -> Contact:
    return Contact(email="ann@example.com", state=state, **columns)


WANTED, UNWANTED = ruling(Verdict.WANTED), ruling(Verdict.UNWANTED, "Not wanted: wants() is false for it.")


@pytest.mark.parametrize(
    ("about", "tone", "headline", "said"),
    [
        (Situation(), "quiet", "not on the list", ""),
        (
            Situation(rulings=[UNWANTED]),
            "quiet",
            "not on the list",
            "Rule: Not wanted: wants() is",
        ),
        (Situation(rulings=[WANTED]), "bad", "not on the list", "getresponse_reconcile"),
        (Situation(rulings=[WANTED], list_is_there=False), "bad", "not on the list", "no list of this name"),
        (Situation(change=WAITS), "wait", "about to be removed", ""),
        (Situation(change=WAITS, silent="Paused."), "wait", "about to be removed", "Paused."),
        (Situation(change=ENDED), "bad", "its removal gave up", "Blocked address"),
        (Situation(contact("new"), WAITS), "wait", "not yet", "Since Jan. 31, 2030, noon a change waits"),
        (Situation(contact("new"), WAITS, silent="Paused."), "wait", "not yet", "Paused."),
        (Situation(contact("new"), WAITS, list_is_there=False), "wait", "not yet", "waits for one"),
        (Situation(contact("new"), ENDED), "wait", "not yet", "GetResponse refused it. Blocked address"),
        (Situation(contact("new")), "wait", "not yet", "Save the contact once more"),
        (Situation(contact("sent"), WAITS), "wait", "as far as is known", "the answer is not known"),
        (Situation(contact("accepted"), WAITS), "wait", "not yet", "has accepted it"),
        (Situation(contact("unconfirmed"), WAITS), "wait", "must confirm", "has not followed the link"),
        (Situation(contact("active")), "good", "on the list", ""),
        (Situation(contact("active"), rulings=[UNWANTED]), "good", "on the list", "next reconcile"),
        (Situation(contact("active"), rulings=[UNWANTED, WANTED]), "good", "on the list", ""),
        (Situation(contact("active"), ENDED), "good", "on the list", "gave up"),
        (Situation(contact("leaving"), WAITS), "wait", "about to leave", "waits to be sent"),
        (
            Situation(contact("left", left_on=THEN, left_reason="bounce")),
            "quiet",
            "left",
            "bounce. Only a",
        ),
        (Situation(contact("left"), rulings=[WANTED]), "quiet", "left", "what is said above comes first"),
        (
            Situation(contact("rejected", last_error="Blocked")),
            "bad",
            "refused",
            "Blocked Correct the",
        ),
    ],
)
def test_the_answer(about: Situation, tone: str, headline: str, said: str) -> None:
    given = answer(about)
    assert given.tone == tone and headline in given.headline
    assert said in " ".join(given.sentences) if said else given.sentences == []
