"""Count of the recipients of a newsletter by GetResponse, before it is sent."""

from __future__ import annotations

from django.utils import timezone

from .. import mirror
from ..calls import SEARCH
from ..client import Client
from ..models import Newsletter, Segment
from ..models.recipients import Audience, Counts, Estimate, Precision, estimate, selections
from ..plan import search_of, section
from .named import learn_sending_limits
from .running import client_for
from .searches import count


def count_recipients(newsletter: Newsletter, *, client: Client | None = None) -> Estimate:
    """Let GetResponse count the lists and each segment of the audience, at the price of one contact each, and
    keep the result on the newsletter, with the account's sending limits.

    Raises the GetResponseError of a request, but for segments that cannot be counted.
    """
    account, now = newsletter.account, timezone.now()
    audience = Audience.of(newsletter.send_settings)
    with client_for(account, client, interactive=True) as own:
        found = estimate(audience, counted_lists(own, audience), counted_segments(own, newsletter, audience))
        learn_sending_limits(own, account)
    if found.precision != Precision.UNKNOWN:
        mirror.mirror_audience(newsletter, found.count, now, selections(newsletter.send_settings))
    return found


def counted_lists(client: Client, audience: Audience) -> int | None:
    """How many contacts all lists together have."""
    if not audience.lists:
        return 0
    search = search_of(section([], audience.lists), status="subscribed")
    found = client.pages(SEARCH, method="POST", json=search, per_page=1)
    page = next(found, None)  # an empty page is none
    return page.total_count if page else 0


def counted_segments(client: Client, newsletter: Newsletter, audience: Audience) -> Counts:
    """How many contacts each segment finds now; what is learnt stands on the segments too."""
    mine = {"account": newsletter.account_id, "search_contact_id__in": audience.segments}
    for segment in Segment.plain.filter(**mine):
        count(client, segment)
    return dict(Segment.plain.filter(**mine).values_list("search_contact_id", "count"))
