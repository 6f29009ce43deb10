"""The usual among many objects, written together: who wants a contact that is not here yet, or is its alone.

Everything else, such as a contact that left, is shared or has another address, is one object's own story
and left to ``following``. What comes of an object is the same by both ways (a test).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..mirror.writing import upsert
from ..models import Account, Campaign, Change, ConsentRecord, Contact, ContactState, ErasedAddress, Tag, Wish
from ..models.consent_records import record_of_consent
from ..models.contact_states import GONE
from ..models.recording import locked
from .asking import Reply
from .following import is_user, of_list

if TYPE_CHECKING:
    from .rule import Subscriber

Tagging = Contact.tags.through

WRITTEN = ["name", "custom_fields", "consented_at", "user"]
"""The columns of a contact that a rule writes, but for its address and state."""


@dataclass
class Usual:
    """A reply with its contact, perhaps a new one, and what of it there was before."""

    reply: Reply
    contact: Contact
    is_new: bool
    has_wish: bool

    def __post_init__(self) -> None:
        self.consented_before = self.contact.consented_at
        self.tags_added: list[str] = []

    @property
    def said(self) -> Any:
        """What is said of the contact."""
        return self.reply.said

    def take(self) -> None:
        """Let the contact have what is said, as ``following.enroll`` does."""
        known = self.contact.custom_fields or {}
        values = {name: value for name, value in self.said.custom_fields.items() if value or name in known}
        owned = self.contact.user_id in (None, self.said.user_pk)
        links = {"user_id": self.said.user_pk} if owned else {}
        self.contact.take(name=self.said.name, custom_fields=values, consent=self.said.consent, **links)

    @cached_property
    def changed(self) -> set[str]:
        """The columns that were not so before."""
        return set(self.contact.changed_fields())

    @property
    def is_pushed(self) -> bool:
        """Whether GetResponse has to be told."""
        return bool(self.tags_added or self.changed & Contact.PUSHED)

    @property
    def result(self) -> str:
        """As ``Subscriber.sync`` says it."""
        return "subscribed" if self.is_new else "updated" if self.is_pushed else ""


class Part:
    """Some objects of one rule, with all that is known here about them. For use in a transaction, whose locks
    it takes.
    """

    def __init__(self, rule: Subscriber, replies: Sequence[Reply]) -> None:
        self.rule, self.replies = rule, replies
        self.account = Account.objects.for_alias(rule.account)
        self.campaign = Campaign.objects.named(self.account, rule.campaign)
        self.shared = Counter(reply.place for reply in replies)
        self.wanted_places = {reply.place for reply in replies if reply.said}
        self.of_place: dict[str, list[Contact]] = defaultdict(list)
        self.of_user: dict[Any, list[Contact]] = defaultdict(list)
        self.left: dict[Any, list[Contact]] = defaultdict(list)
        self.read_contacts()
        places = list(self.shared)
        self.erased = ErasedAddress.objects.since(places)
        self.ledger: dict[str, set[Any]] = defaultdict(set)
        said = ConsentRecord.objects.filter(account=self.account, campaign=self.campaign, email__in=places)
        for email, on, given in said.values_list("email", "on", "given"):
            self.ledger[email].add(on if given else None)

    def read_contacts(self) -> None:
        """Lock the contacts of these addresses and users; then read who wants them, and their tags."""
        found = of_list(self.rule)
        pks = set(found.filter(email_lower__in=list(self.shared)).values_list("pk", flat=True))
        if self.replies and is_user(self.replies[0].obj):
            users = [reply.obj.pk for reply in self.replies]
            pks |= set(found.filter(user__in=users).values_list("pk", flat=True))
        contacts = list(locked(Contact.objects.filter(pk__in=pks)))
        for contact in contacts:
            self.of_place[contact.email.lower()].append(contact)
            if contact.user_id is not None:
                (self.left if contact.gone else self.of_user)[contact.user_id].append(contact)
        rule, model = self.rule.key
        keys = [str(reply.obj.pk) for reply in self.replies]
        mine = Wish.objects.filter(rule=rule, model=model, object_pk__in=keys)
        self.wished = dict(mine.values_list("object_pk", "contact_id"))
        gone = {"contact__state__in": GONE, "contact__campaign": self.campaign}
        self.wishing = set(mine.exclude(**gone).values_list("object_pk", flat=True))
        self.wishers: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
        for wish in Wish.objects.filter(contact__in=pks):
            self.wishers[wish.contact_id].add((wish.rule, wish.model, wish.object_pk))
        self.tags: dict[int, set[str]] = defaultdict(set)
        for pk, name in Tagging.objects.filter(contact__in=pks).values_list("contact_id", "tag__name"):
            self.tags[pk].add(name)

    def is_nothing(self, reply: Reply) -> bool:
        """Whether an object wants no contact and has none, or one that is leaving anyway."""
        there = [*self.of_place.get(reply.place, ()), *self.of_user.get(reply.obj.pk, ())]
        here = [contact for contact in there if not contact.gone]
        # One that is leaving stays where another object wants it.
        stays = any(
            contact.state != ContactState.LEAVING or contact.email.lower() in self.wanted_places
            for contact in here
        )
        return (
            reply.said is None
            and not stays
            and str(reply.obj.pk) not in (self.wished if here else self.wishing)
        )

    def usual(self, reply: Reply) -> Usual | None:
        """The reply with its contact; None where more has to be thought about."""
        if reply.said is None or reply.place in self.erased or self.shared[reply.place] > 1:
            return None
        wish, found = self.wished.get(str(reply.obj.pk)), self.of_place.get(reply.place, [])
        linked = self.of_user.get(reply.obj.pk, []) if is_user(reply.obj) else []
        if not found:
            known = linked or (is_user(reply.obj) and reply.obj.pk in self.left)
            if wish is not None or known or reply.place in self.ledger:
                return None
            new = Contact(account=self.account, campaign=self.campaign, email=reply.email)
            return Usual(reply, new, is_new=True, has_wish=False)
        if len(found) > 1 or wish not in (None, found[0].pk) or any(one is not found[0] for one in linked):
            return None
        return Usual(reply, found[0], False, wish is not None) if self.is_alone(reply, found[0]) else None

    def is_alone(self, reply: Reply, contact: Contact) -> bool:
        """Whether the contact is on the list with this address, and nobody else's."""
        here = not contact.gone and contact.state != ContactState.LEAVING and contact.email == reply.email
        others = self.wishers[contact.pk] - {(*self.rule.key, str(reply.obj.pk))}
        free = not is_user(reply.obj) or contact.user_id in (None, reply.obj.pk)
        return here and free and not others and contact.campaign_id == self.campaign.pk

    def take(self, reply: Reply) -> Usual | None:
        """The reply with its contact, which has what is said and is not written yet; None as ``usual``."""
        if one := self.usual(reply):
            one.tags_added = sorted({*one.said.tags} - self.tags[one.contact.pk])
            one.take()
        return one

    def write(self, usual: Sequence[Usual]) -> None:
        """Write them together, and record what has to be pushed."""
        Contact.objects.bulk_create([one.contact for one in usual if one.is_new])
        old = [one for one in usual if not one.is_new]
        upsert(Contact, [one.contact for one in old if one.changed], ["id"], WRITTEN)
        self.tag(usual)
        Change.objects.record(one.contact.key() for one in old if one.is_pushed)
        rule, model = self.rule.key
        Wish.objects.bulk_create(
            Wish(rule=rule, model=model, object_pk=str(one.reply.obj.pk), contact=one.contact)
            for one in usual
            if not one.has_wish
        )
        self.note_consents(usual)

    def tag(self, usual: Sequence[Usual]) -> None:
        """Add the tags that are missing, making those that do not exist yet."""
        pks = tag_keys(self.account, {name for one in usual for name in one.tags_added})
        rows = [
            Tagging(contact_id=one.contact.pk, tag_id=pks[name]) for one in usual for name in one.tags_added
        ]
        Tagging.objects.bulk_create(rows, ignore_conflicts=True)

    def note_consents(self, usual: Sequence[Usual]) -> None:
        """Write down each moment of a consent that is new."""
        ConsentRecord.objects.bulk_create(
            record_of_consent(one.contact, one.said.consent)
            for one in usual
            if (consent := one.said.consent) is not None
            and consent.on != one.consented_before
            and consent.on not in self.ledger.get(one.reply.place, ())
        )


def tag_keys(account: Account, names: Iterable[str]) -> dict[str, int]:
    """Name -> key of these tags, which are made where they do not exist yet."""
    names = set(names)
    known = (
        dict(Tag.objects.filter(account=account, name__in=names).values_list("name", "pk")) if names else {}
    )
    for name in sorted(names - known.keys()):
        known[name] = Tag.objects.get_or_create(account=account, name=name)[0].pk
    return known
