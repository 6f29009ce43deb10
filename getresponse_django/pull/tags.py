"""Who carries which tag: found by searches where these take fewer calls than the details of all contacts.

Lists of contacts show no tags (contract/behaviour-contacts.md section 4), and nothing promises that a tag
moves ``changedOn``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil

from django.db.models import Count

from .. import mirror
from ..calls import SEARCH
from ..client import Call, Client
from ..errors import GetResponseError
from ..models import Account, Campaign, Change, Contact, PullRun, Tag
from ..models.contact_states import HERE
from ..plan import search_of, section, tag_exists
from ..queries import MAX_PER_PAGE
from ..resources import Json, contact_ids
from .details import read_details
from .fingerprints import Carriers, carriers, fingerprints, place_of
from .removals import contacts_here
from .running import each_page, in_chunks


def searching_pays(contacts: int, counts: Iterable[int]) -> bool:
    """Whether the pages of a search per tag, which so many contacts carry, are fewer than all contacts."""
    return sum(map(pages_for, counts)) < contacts


def pages_for(count: int) -> int:
    """The pages of so many contacts."""
    return ceil(count / MAX_PER_PAGE)


def linked_tags(account: Account) -> list[Tag]:
    """The tags that GetResponse has."""
    return list(Tag.plain.filter(account=account, tag_id__isnull=False).order_by("pk"))


def searches_of(account: Account, tags: Sequence[Tag]) -> list[tuple[Tag, Json]]:
    """Each tag with the search for those who are on a list and carry it."""
    linked = Campaign.plain.filter(account=account, campaign_id__isnull=False)
    campaign_ids = list(linked.values_list("campaign_id", flat=True))
    return [
        (tag, search_of(section([tag_exists(str(tag.tag_id))], campaign_ids), status="subscribed"))
        for tag in tags
        if campaign_ids
    ]


def counts_there(client: Client, searches: Iterable[tuple[Tag, Json]]) -> dict[str, int]:
    """Tag id -> how many carry it in GetResponse, for the price of one contact each."""
    calls = (Call("POST", SEARCH, body, {"perPage": 1}, key=tag.tag_id) for tag, body in searches)
    counts = {}
    for call, result in client.send_many(calls):
        if isinstance(result, GetResponseError):
            raise result
        counts[call.key] = result.total_count
    return counts


def searched_ids(client: Client, run: PullRun, body: Json) -> Iterator[list[str]]:
    """The ids of the contacts that a search finds, page by page."""
    for page in each_page(client, run, SEARCH, method="POST", json=body):
        yield contact_ids(page)


# --- the first load -------------------------------------------------------------------------------------


def all_carriers(client: Client, account: Account, run: PullRun) -> Carriers | None:
    """Who carries which tag, by searches; None where the details of all contacts take fewer calls."""
    contacts, tags = client.count("/contacts"), linked_tags(account)
    if len(tags) >= contacts:
        return None
    searches = searches_of(account, tags)
    counts = counts_there(client, searches)
    if not searching_pays(contacts, counts.values()):
        return None
    found = carrying(client, run, searches, counts)
    return carriers(found, [{"tagId": tag.tag_id, "name": tag.name} for tag in tags])


def carrying(
    client: Client, run: PullRun, searches: Sequence[tuple[Tag, Json]], counts: Mapping[str, int]
) -> Iterator[tuple[int, list[str]]]:
    """The number of a tag and the ids of a page of its carriers: the pages of all tags side by side."""
    calls = (
        Call("POST", SEARCH, body, {"page": page + 1, "perPage": MAX_PER_PAGE}, key=number)
        for number, (tag, body) in enumerate(searches)
        for page in range(pages_for(counts[str(tag.tag_id)]))
    )
    for call, result in client.send_many(calls):
        if isinstance(result, GetResponseError):
            raise result
        run.advance()
        yield call.key, contact_ids(result)


# --- drift ----------------------------------------------------------------------------------------------


def mend_tags(client: Client, account: Account, run: PullRun, *, every: bool) -> None:
    """Search for the carriers of the tags that GetResponse counts otherwise than they were mirrored, or of
    every tag.
    """
    searches = searches_of(account, linked_tags(account))
    there, here = counts_there(client, searches), mirrored_counts(account)
    for tag, body in searches:
        if every or there[str(tag.tag_id)] != here[str(tag.tag_id)]:
            rescan(client, account, run, tag, body)


def mirrored_counts(account: Account) -> Counter[str]:
    """Tag id -> how many carried it when they were mirrored last: as here, but for what is to be pushed."""
    through = Contact.tags.through.objects.filter(tag__tag_id__isnull=False)
    carried = through.filter(
        contact__account=account, contact__state__in=HERE, contact__contact_id__isnull=False
    )
    counts = Counter(dict(carried.values_list("tag__tag_id").annotate(Count("pk"))))
    waiting = Change.objects.filter(account=account, resource=Contact.RESOURCE).values("object_pk")
    edited = contacts_here(account).filter(pk__in=waiting)
    for chunk in in_chunks(edited.values_list("pk", "base")):
        mine = through.filter(contact__in=[pk for pk, _base in chunk])
        counts.subtract(mine.values_list("tag__tag_id", flat=True))
        for _pk, base in chunk:
            counts.update(base.get("tags", []))
    return counts


def rescan(client: Client, account: Account, run: PullRun, tag: Tag, body: Json) -> None:
    """Bring the carriers of a tag up to date. Who is not found has lost it, or was only overlooked: their
    details tell.
    """
    found = fingerprints(mirrored_pages(client, run, tag, body))
    here = contacts_here(account).filter(tags=tag)
    lost = (
        contact_id
        for chunk in in_chunks(here.values_list("pk", "contact_id", "base"))
        for _pk, contact_id, base in chunk
        if tag.tag_id in base.get("tags", []) and place_of(found, contact_id) is None
    )
    read_details(client, account, run, lost)


def mirrored_pages(client: Client, run: PullRun, tag: Tag, body: Json) -> Iterator[list[str]]:
    """The ids of those who carry the tag, mirrored as they come."""
    for ids in searched_ids(client, run, body):
        run.advance(written=mirror.mirror_tagged(tag, ids))
        yield ids
