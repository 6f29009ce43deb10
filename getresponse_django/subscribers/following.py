"""One object and its contact: how the contact comes, changes, is handed over and leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, router, transaction
from django.db.models import Q

from .. import events, rights
from ..models import Account, Campaign, Consent, Contact, ErasedAddress, Wish
from ..models.consent_records import Source, as_consent
from ..models.contact_states import GONE, ContactState
from .merging import Said, merged
from .registry import ranks

if TYPE_CHECKING:
    from .rule import Subscriber

T = TypeVar("T")


def is_user(obj: Any) -> bool:
    """Whether ``obj`` is of the site's user model."""
    return isinstance(obj, get_user_model())


def of_list(rule: Subscriber) -> models.QuerySet[Contact]:
    """The contacts of the rule's list. Without joins: whoever locks them locks nothing else."""
    accounts = Account.objects.filter(alias=rule.account)
    return Contact.objects.filter(
        account__in=accounts, campaign__in=Campaign.plain.filter(name=rule.campaign, account__in=accounts)
    )


def living(rule: Subscriber, email: str, *, lock: bool = False) -> Contact | None:
    """Whoever is on the rule's list with this address; locked, so that who joins next sees who has joined."""
    rows = of_list(rule).select_for_update() if lock else of_list(rule)
    return rows.filter(email_lower=email.lower()).exclude(state__in=GONE).first()


def contact_of(rule: Subscriber, obj: Any) -> Contact | None:
    """The contact that stands for ``obj`` on this list: one that it wanted, or of its user, or of its
    address; else one that left.

    An address that belongs to another user's contact is not this one's: two users may share one.
    """
    wished = of_list(rule).filter(pk__in=wishes_of(rule, obj).values("contact")).first()
    if wished is not None and not wished.gone:
        return wished
    if is_user(obj) and (linked := of_list(rule).filter(user=obj).exclude(state__in=GONE).first()):
        return linked
    if not (email := rule.address(obj)):
        return wished
    found = of_list(rule).filter(email_lower=email.lower())
    if is_user(obj):
        found = found.filter(Q(user=None) | Q(user=obj))
    known = found.exclude(state__in=GONE).first() or found.first() or wished
    if known is None and is_user(obj):
        return of_list(rule).filter(user=obj, state=ContactState.LEFT).order_by("pk").last()
    return known


def sync(rule: Subscriber, obj: Any) -> str:
    """What ``Subscriber.sync`` does."""
    with transaction.atomic(using=router.db_for_write(Contact)):
        contact, email = contact_of(rule, obj), rule.address(obj)
        if not (email and rule.wants(obj)):
            return withdraw(rule, obj, contact)
        before = snapshot(contact) or snapshot(living(rule, email))
        if contact is not None and stays_away(rule, obj, contact, email):
            return ""
        if contact is not None and not contact.gone and contact.email != email:
            consent = consent_of(rule, obj)
            if ErasedAddress.objects.barred(email, consent.on if consent else None):
                return withdraw(rule, obj, contact)
            change_address(rule, obj, contact, email)
        after = snapshot(join(rule, obj, email))
        if not after or after == before:
            return ""
        return "updated" if before else "subscribed"


def consent_of(rule: Subscriber, obj: Any) -> Consent | None:
    """What the rule's ``consented_at`` says, as the ledger of consents keeps it."""
    return as_consent(rule.consented_at(obj), Source.USER)


def stays_away(rule: Subscriber, obj: Any, contact: Contact, email: str) -> bool:
    """Whether ``obj`` left under another address, or is leaving, and has not agreed since: a new address is
    no consent.
    """
    moved = contact.email.lower() != email.lower()
    ended = contact.state in (ContactState.LEFT, ContactState.LEAVING)
    if moved and ended and not contact.may_return(consent_of(rule, obj)):
        contact.stay_away()
        return True
    return False


def withdraw(rule: Subscriber, obj: Any, contact: Contact | None) -> str:
    """``obj`` does not want its contact; it leaves unless somebody else wants it. Returns as ``sync``."""
    if contact is not None and contact.gone:
        return ""  # the wish stays: it tells who left, whatever address ``obj`` has when it wants again
    wishes_of(rule, obj).delete()
    if contact is None or contact.state == ContactState.LEAVING:
        return ""
    if others := speakers(contact):
        before = snapshot(contact)
        return "updated" if snapshot(hand_over(rule, obj, contact, others)) != before else ""
    contact.leave()
    return "unsubscribed"


def part(rule: Subscriber, obj: Any) -> None:
    """``obj`` is about to be deleted: so is its contact, or all about its person (``erase_on_delete``),
    unless somebody else wants it. Of who had left the record stays, of who is erased nothing.
    """
    contact = contact_of(rule, obj)
    wishes_of(rule, obj).delete()
    others = speakers(contact) if contact and not contact.gone else []
    if contact and others:
        hand_over(rule, obj, contact, others)
    elif rule.erase_on_delete:
        for email in {contact.email if contact else "", rule.address(obj)} - {""}:
            rights.erase(email)
    elif contact and not contact.gone:
        contact.delete()


def change_address(rule: Subscriber, obj: Any, contact: Contact, email: str) -> None:
    """Follow a new address: in place (behaviour-contacts.md section 4), so that the history is kept; or by
    leaving where somebody else wants the old address, or the list has the new one already.
    """
    wishes_of(rule, obj).delete()
    if others := speakers(contact):
        hand_over(rule, obj, contact, others)
        return
    taken = Contact.objects.at(contact.account, email).filter(campaign=contact.campaign_id)
    if not taken.exclude(pk=contact.pk).exists():
        contact.email = email
        contact.save()
    elif contact.state == ContactState.NEW:
        contact.delete()  # nobody left: a row that says so would keep away who has this address next
    else:
        contact.user = None
        contact.save()
        contact.leave()


def join(rule: Subscriber, obj: Any, email: str) -> Contact:
    """Put ``obj`` on the list, together with who else wants its address there."""
    there = living(rule, email, lock=True)
    together = speakers(there, rule, obj) if there else [rule.said(obj)]
    contact = enroll(rule, email, there, together, {None, *(said.user_pk for said in together)})
    if contact.pk and not wishes_of(rule, obj).filter(contact=contact).exists():
        rule_name, model = rule.key
        Wish.objects.update_or_create(
            rule=rule_name, model=model, object_pk=str(obj.pk), defaults={"contact": contact}
        )
    if there is None and contact.pk and not contact.gone and contact.wishes.count() > 1:
        return join(rule, obj, email)  # somebody else made it at the same moment
    return contact


def hand_over(rule: Subscriber, obj: Any, contact: Contact, others: Sequence[Said]) -> Contact:
    """``obj`` goes, and the others who want its contact stay with it."""
    users = {None, *(said.user_pk for said in others), *([obj.pk] if is_user(obj) else [])}
    return enroll(rule, contact.email, contact, others, users)


def enroll(
    rule: Subscriber, email: str, there: Contact | None, several: Sequence[Said], users: set[Any]
) -> Contact:
    """Write what several objects say of one contact. It is linked to the first user among them, unless to one
    who is not among ``users``.
    """
    said = merged(several)
    known = (there and there.custom_fields) or {}
    link = there is None or there.user_id in users
    return Contact.objects.enroll(
        email,
        campaign=rule.campaign,
        account=rule.account,
        name=said.name,
        # An empty value only where the contact has the field, to empty it.
        custom_fields={
            field: values for field, values in said.custom_fields.items() if values or field in known
        },
        tags=said.tags,
        consent=said.consent,
        **({"user_id": said.user_pk} if link else {}),
    )


def wishes_of(rule: Subscriber, obj: Any) -> models.QuerySet[Wish]:
    """The wish of ``obj`` by this rule, if it has one."""
    rule_name, model = rule.key
    return Wish.objects.filter(rule=rule_name, model=model, object_pk=str(obj.pk))


def speakers(contact: Contact, rule: Subscriber | None = None, obj: Any = None) -> list[Said]:
    """What those who want a contact say of it now, in the order of their rules, then first come; with ``obj``
    as it is in memory, whether or not it has a wish here yet.
    """
    found: list[tuple[int, float, Said]] = []
    known, own = ranks(), (*rule.key, str(obj.pk)) if rule else None
    arrived: float = inf
    for wish in contact.wishes.all():
        rank, wishing = known.get((wish.rule, wish.model), (0, None))
        if (wish.rule, wish.model, wish.object_pk) == own:
            arrived = wish.pk
        elif wishing and (said := still_said(wishing, wish, contact.email)):
            found.append((rank, wish.pk, said))
    if rule:
        found.append((known[rule.key][0], arrived, rule.said(obj)))
    return [said for _rank, _arrived, said in sorted(found, key=itemgetter(0, 1))]


def still_said(rule: Subscriber, wish: Wish, email: str) -> Said | None:
    """What the object of a wish says, if it is there and wants this address still; the rest is for its own
    ``sync``. Where its rule fails it keeps its wish and says nothing.
    """

    def saying(obj: Any) -> list[Said]:
        wanting = rule.address(obj).lower() == email.lower() and rule.wants(obj)
        return [rule.said(obj)] if wanting else []

    obj = rule.model._default_manager.filter(pk=wish.object_pk).first()
    if obj is None:
        return None
    answer = safely(rule, obj, saying)
    return Said() if answer is None else next(iter(answer), None)


def snapshot(contact: Contact | None) -> dict[str, Any]:
    """What a rule may change of a contact on the list, for comparison; empty when there is none."""
    if contact is None or contact.gone:
        return {}
    columns = ("pk", "email", "name", "state", "custom_fields")
    tags = sorted(contact.tags.values_list("pk", flat=True))
    return {column: getattr(contact, column) for column in columns} | {"tags": tags}


def safely(rule: Subscriber, obj: Any, act: Callable[[Any], T]) -> T | None:
    """``act(obj)``; None when the rule fails, which is logged without a word of personal data."""
    try:
        with transaction.atomic(using=router.db_for_write(Contact)):
            return act(obj)
    except ObjectDoesNotExist:
        return None  # a related object, such as the profile, is about to be made and saved
    except ValidationError:
        events.RULE_BAD_ADDRESS.log(rule=str(rule), object_pk=obj.pk)
    except Exception as error:
        kind = type(error).__name__
        events.RULE_FAILED.log(rule=str(rule), object_pk=obj.pk, error_type=kind, broke=error)
    return None
