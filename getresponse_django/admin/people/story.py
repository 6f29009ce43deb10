"""Why a person is, or is not, on a list: the answer in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...models import ContactState
from ..shared.badges import Tone
from .rulings import Ruling, Verdict


@dataclass(frozen=True)
class Situation:
    """What is known of an address on one list."""

    contact: Any = None
    change: Any = None
    """Of the contact, or the tombstone of one that was deleted here."""
    rulings: Sequence[Ruling] = ()
    silent: str = ""
    """Why the account sends nothing just now."""
    list_is_there: bool = True


@dataclass(frozen=True)
class Answer:
    """The headline, and what is to be said beyond it."""

    tone: Tone
    headline: str
    sentences: list[str] = field(default_factory=list)


def answer(about: Situation) -> Answer:
    """Why the person is or is not on the list."""
    if about.contact is None:
        return without_contact(about)
    sentences = [*by_state(about.contact), *by_change(about), *by_rules(about)]
    tone, headline = HEADLINES[about.contact.state]
    return Answer(tone, str(headline), sentences)


HEADLINES: dict[str, tuple[Tone, Any]] = {
    ContactState.NEW: ("wait", gettext_lazy("not yet")),
    ContactState.SENT: ("wait", gettext_lazy("not yet, as far as is known")),
    ContactState.ACCEPTED: ("wait", gettext_lazy("not yet")),
    ContactState.UNCONFIRMED: ("wait", gettext_lazy("not yet: the person must confirm")),
    ContactState.ACTIVE: ("good", gettext_lazy("on the list")),
    ContactState.LEAVING: ("wait", gettext_lazy("about to leave")),
    ContactState.LEFT: ("quiet", gettext_lazy("left")),
    ContactState.REJECTED: ("bad", gettext_lazy("refused by GetResponse")),
}


def by_state(contact: Any) -> list[str]:
    """What the state of a contact means."""
    match contact.state:
        case ContactState.SENT:
            return [
                _("It was sent, and the answer is not known. It is looked for, never sent twice blindly.")
            ]
        case ContactState.ACCEPTED:
            return [_("GetResponse has accepted it and adds it in its own time.")]
        case ContactState.UNCONFIRMED:
            return [
                _("GetResponse has written to the person, who has not followed the link in that message.")
            ]
        case ContactState.LEFT:
            text = _("It left on %(date)s, because of: %(reason)s. Only a newer consent puts it back.")
            since = contact.left_on or contact.sent_on
            return [text % {"date": shown(since), "reason": contact.left_reason or "-"}, *errors(contact)]
        case ContactState.REJECTED:
            return [*errors(contact), _("Correct the contact and save it, or use “Retry”.")]
    return errors(contact)


def errors(contact: Any) -> list[str]:
    """The last error, if there is one."""
    return [contact.last_error] if contact.last_error else []


def by_change(about: Situation) -> list[str]:
    """What waits for the contact in the outbox, or why nothing does."""
    change = about.change
    if change is None:
        unsent = about.contact.state in (ContactState.NEW, ContactState.LEAVING)
        return [_("No change is recorded for it. Save the contact once more to send it.")] if unsent else []
    if change.gave_up_at:
        said = {"reason": change.get_reason_display(), "detail": change.detail}
        return [_("Its change gave up: %(reason)s. %(detail)s") % said]
    waits = [_("Since %(date)s a change waits to be sent.") % {"date": shown(change.recorded_at)}]
    return [*waits, *(text for text in (change.detail, about.silent) if text), *no_list(about)]


def no_list(about: Situation) -> list[str]:
    """That the list is missing, if it is."""
    return [] if about.list_is_there else [_("GetResponse has no list of this name: it waits for one.")]


def by_rules(about: Situation) -> list[str]:
    """Where a rule and the state of the contact do not agree."""
    on_list = about.contact.state not in (ContactState.LEFT, ContactState.REJECTED, ContactState.LEAVING)
    verdicts = {ruling.verdict for ruling in about.rulings}
    if on_list and Verdict.UNWANTED in verdicts and Verdict.WANTED not in verdicts:
        return [_("A rule of this site does not want it here: the next reconcile unsubscribes it.")]
    if not on_list and Verdict.WANTED in verdicts:
        return [_("A rule of this site wants it here, and what is said above comes first.")]
    return []


def without_contact(about: Situation) -> Answer:
    """Why there is no contact at all."""
    if about.change is not None:
        if about.change.gave_up_at:
            return Answer("bad", _("deleted here, and its removal gave up"), [about.change.detail])
        return Answer("wait", _("deleted here, about to be removed"), [about.silent] if about.silent else [])
    verdicts = {ruling.verdict for ruling in about.rulings}
    if Verdict.WANTED in verdicts:
        text = _("A rule wants it here and nothing is recorded: run manage.py getresponse_reconcile.")
        return Answer("bad", _("not on the list"), [text, *no_list(about)])
    words = [f"{ruling.rule}: {ruling.words}" for ruling in about.rulings]
    return Answer("quiet", _("not on the list"), list(dict.fromkeys(words)))


def shown(when: datetime | None) -> str:
    """A moment, or a dash."""
    return date_format(localtime(when), "DATETIME_FORMAT") if when else "-"
