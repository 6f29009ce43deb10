"""Takes back what was edited here: contacts get the values again that GetResponse had last."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from ..models import Account, Campaign, Contact, ContactState
from .contacts import MERGED
from .tags import tags_of, write_tags
from .writing import upsert

COLUMNS = {*MERGED.values(), "campaign", "custom_fields", "state", "last_error"}


def take_back(pks: Sequence[int]) -> None:
    """Undo the edits of these contacts, as far as GetResponse has them; one that leaves stays then. What was
    never there is left as it is.
    """
    with transaction.atomic():
        linked = Contact.plain.filter(pk__in=pks, contact_id__isnull=False)
        rows = list(linked.exclude(state=ContactState.LEFT).select_for_update().order_by("pk"))
        accounts = {row.account_id for row in rows}
        campaigns = Campaign.plain.filter(account__in=accounts, campaign_id__isnull=False)
        lists = {(each.account_id, each.campaign_id): each for each in campaigns}
        for row in rows:
            row.campaign = lists.get((row.account_id, row.base.get("campaign")), row.campaign)
            restore(row)
        upsert(Contact, rows, ["id"], COLUMNS)
        take_back_tags([row for row in rows if "tags" in row.base])


def restore(row: Contact) -> None:
    """Write the values of ``base`` on a contact that GetResponse has."""
    for member, column in MERGED.items():
        if member in row.base:
            setattr(row, column, row.base[member])
    row.custom_fields = row.base.get("customFieldValues", row.custom_fields)
    row.state = ContactState.ACTIVE if row.state == ContactState.LEAVING else row.state
    row.last_error = ""


def take_back_tags(rows: Sequence[Contact]) -> None:
    """Bring the tags of contacts to those of ``base``; those that GetResponse does not know yet go too."""
    have = tags_of(rows)
    for account in Account.objects.filter(pk__in={row.account_id for row in rows}):
        mine = [row for row in rows if row.account_id == account.pk]
        write_tags(account, [(row, have[row.pk], row.base["tags"]) for row in mine])
    fresh = [(pk, tag_pk) for pk, tags in have.items() for tag_pk, tag_id in tags.items() if not tag_id]
    for pk, tag_pk in fresh:
        Contact.tags.through.objects.filter(contact_id=pk, tag_id=tag_pk).delete()
