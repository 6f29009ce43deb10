"""Blocklists, which are read whole."""

from __future__ import annotations

from ..models import Account, Blocklist


def mirror_blocklist(account: Account, campaign_pk: int | None, masks: list[str]) -> int:
    """Write the masks of the account, or of one list of it; returns how many rows were new or differed."""
    known = Blocklist.objects.filter(account=account, campaign=campaign_pk)
    if known.filter(masks=masks).exists():
        return 0
    known.update_or_create(
        defaults={"masks": masks},
        create_defaults={"account": account, "campaign_id": campaign_pk, "masks": masks},
    )
    return 1
