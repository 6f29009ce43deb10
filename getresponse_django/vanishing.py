"""Tells ADMINS once when a list or custom field that a Subscriber names has gone from GetResponse."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext as _

from . import events
from .models import Account
from .subscribers import Subscriber, registry, unknown_campaigns, unknown_fields

CURSOR = "named by subscribers"
"""Under this name an account remembers which of the names were there when it was looked last."""

Names = set[tuple[str, str]]
"""(kind, name), of kind "campaign" or "custom_field"."""


def tell_of_vanished(account: Account) -> None:
    """Compare the names with those of the last time, after campaigns or custom fields were read.

    A name that was there and is not any more is told; it counts as there again once it is seen again. What
    never was there only the doctor tells. No address is told, only names of lists, fields and rules.
    """
    rules = [rule for rule in registry if rule.account == account.alias]
    there = {name for rule in rules for name in names_of(rule)} - names_unknown(account)
    account.refresh_from_db(fields=["cursors"])
    before = {(kind, name) for kind, name in account.cursors.get(CURSOR, [])}
    if there != before:
        account.move_cursor(CURSOR, sorted(there))
    vanished = [(rule, one) for rule in rules for one in sorted(names_of(rule) & (before - there))]
    if vanished:
        tell(account, vanished)


def names_of(rule: Subscriber) -> Names:
    """What a rule names."""
    return {("campaign", rule.campaign), *(("custom_field", name) for name in rule.custom_fields)}


def names_unknown(account: Account) -> Names:
    """Those that are not in GetResponse as far as is known."""
    unknown = {"campaign": unknown_campaigns(), "custom_field": unknown_fields()}
    return {
        (kind, name)
        for kind, found in unknown.items()
        for rule, name in found
        if rule.account == account.alias
    }


def tell(account: Account, vanished: list[tuple[Subscriber, tuple[str, str]]]) -> None:
    """The mail: what has gone, who names it, what becomes of the contacts and what to do."""
    subject = _("Names that the account “%(alias)s” needs are gone from GetResponse")
    texts = {
        "campaign": _("The list “%(name)s”, which %(rule)s names, is gone. Its contacts cannot be pushed."),
        "custom_field": _(
            "The custom field “%(name)s”, which %(rule)s names, is gone. Contacts that have it wait."
        ),
    }
    lines = [texts[kind] % {"name": name, "rule": rule} for rule, (kind, name) in vanished]
    advice = _("Make it anew in GetResponse or mend the name in the rule, then run getresponse_pull.")
    kinds = Counter(kind for _rule, (kind, _name) in vanished)
    lists, fields = kinds["campaign"], kinds["custom_field"]
    events.NAMES_VANISHED.log(account=account.alias, lists=lists, custom_fields=fields)
    account.tell_admins(subject % {"alias": account.alias}, "\n".join([*lines, "", advice]))
