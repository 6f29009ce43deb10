"""Who has left a list in GetResponse before this site knew them: a pull lists only who is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..calls import SEARCH
from ..client import Call, Client
from ..errors import GetResponseError
from ..models import Campaign
from ..plan import address_searches
from ..resources import Json, is_contact, timestamp

STATUSES = ("removed", "undelivered")
PER_PAGE = 1000
"""A search for 64 addresses finds more only if GetResponse keeps each leaving of somebody who came back. The
contract does not say whether it does.
"""


def leavers(client: Client, campaign: Campaign, emails: Sequence[str]) -> list[Json]:
    """Of these addresses, the record of the last leaving of those who left the list, 64 addresses per
    request and status. Raises the GetResponseError that ended the search.
    """
    return last_leavings(found(client, calls(campaign, emails)))


def last_leavings(items: Iterable[Json]) -> list[Json]:
    """The last record of each address. Pure."""
    last: dict[str, Json] = {}
    for item in items:
        email = item["email"].lower()
        if email not in last or is_later(item, last[email]):
            last[email] = item
    return list(last.values())


def calls(campaign: Campaign, emails: Sequence[str]) -> Iterator[Call]:
    """The searches."""
    for status in STATUSES:
        for body in address_searches(emails, [str(campaign.campaign_id)], status):
            yield Call("POST", SEARCH, body, params={"perPage": PER_PAGE})


def found(client: Client, searches: Iterator[Call]) -> Iterator[Json]:
    """What they find. An answer that was lost is no harm: the search is a read, though sent by POST."""
    longer = []
    for call, result in client.send_many(searches):
        if isinstance(result, GetResponseError):
            raise result
        if (result.total_pages or 1) > 1:
            longer.append(call)
        else:
            yield from filter(is_contact, result)
    for call in longer:
        for page in client.pages(call.path, method="POST", json=call.json, per_page=PER_PAGE):
            yield from filter(is_contact, page)


def is_later(item: Json, other: Json) -> bool:
    """Whether the one left after the other; without a time (undelivered) it is taken to be earlier."""
    one, two = timestamp(item.get("deletedOn")), timestamp(other.get("deletedOn"))
    return one is not None and (two is None or one > two)
