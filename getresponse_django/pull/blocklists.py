"""Pull of blocklists: those of the account and of each of its lists."""

from __future__ import annotations

from collections.abc import Iterator

from .. import mirror
from ..client import Call, Client
from ..errors import GetResponseError, NotFound
from ..mirror.named import GONE
from ..models import Account, Campaign, PullRun
from ..resources import as_list, as_object


def blocklists(client: Client, account: Account, run: PullRun) -> None:
    """The masks of the account and of each of its lists, side by side: a request for each."""
    for call, result in client.send_many(blocklist_calls(account)):
        if isinstance(result, NotFound):
            continue  # the list went since it was read
        if isinstance(result, GetResponseError):
            raise result
        masks = as_list(as_object(result).get("masks"))
        run.advance(done=1, written=mirror.mirror_blocklist(account, call.key, masks))


def blocklist_calls(account: Account) -> Iterator[Call]:
    """A request for each blocklist, by the key of its list; None is the account."""
    yield Call("GET", "/accounts/blocklists")
    campaigns = Campaign.plain.filter(account=account, campaign_id__isnull=False).exclude(last_error=GONE)
    for pk, campaign_id in campaigns.values_list("pk", "campaign_id"):
        yield Call("GET", f"/campaigns/{campaign_id}/blocklists", key=pk)
