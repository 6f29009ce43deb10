"""Who of the seeded people opened and clicked a seeded message, and when: counters and contacts together, so
that statistics, activities and conditions agree.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from ..state.dates import DAY, HOUR
from ..state.records import Message

BOTS = 0.18
"""For each human open, so many opens by mail scanners; they come in the first hour."""

Shares = tuple[float, float]
"""Of those who got a message, how many open it and how many click."""


def broadcast(
    rng: random.Random, sent: Message, moment: int, audience: list[str], shares: Shares, today: int
) -> None:
    """One sending to many contacts, with what they did up to the end of yesterday. What is sent again is told
    of the latest time for each contact; sendings come in their order.

    Unique counters count a person once, in the hour of the first open or click, so that they add up.
    """
    size = len(audience)
    if not size:
        return
    for reactions in (sent.opens, sent.clicks, sent.clicked_links):
        for contact_id in reactions.keys() & audience:
            del reactions[contact_id]
    sent.recipients |= dict.fromkeys(audience, moment)
    sent.count(moment, "sent", size)
    bounced = round(size * rng.uniform(0.005, 0.02))
    add(sent, moment, "bounced", bounced)
    opens = round((size - bounced) * shares[0] * rng.uniform(0.9, 1.1))
    clicks = min(opens, round((size - bounced) * shares[1] * rng.uniform(0.9, 1.1)))
    scanners = min(round(opens * BOTS), size - bounced - opens)
    ranked = rng.sample(audience, opens + scanners)
    for number, opened in enumerate(fading(rng, moment, today, opens)):
        person_opens(rng, sent, ranked[number], opened, again=0.35)
        if number < clicks:
            person_clicks(rng, sent, ranked[number], after(rng, opened, today), again=0.2)
    scanned(sent, moment, ranked[opens:], min(scanners, round(clicks * BOTS)))
    for when in fading(rng, moment, today, round(size * rng.uniform(0.001, 0.006))):
        sent.count(when, "unsubscribed")
    for when in fading(rng, moment, today, round(size * rng.uniform(0, 0.001))):
        sent.count(when, "complaints")


def one_by_one(
    rng: random.Random, sent: Message, deliveries: Iterable[tuple[int, str]], shares: Shares, today: int
) -> None:
    """Sendings to single contacts, (moment, contact id) each."""
    for moment, contact_id in deliveries:
        sent.recipients[contact_id] = moment
        sent.count(moment, "sent")
        if rng.random() >= shares[0]:
            continue
        opened = next(fading(rng, moment, today, 1))
        person_opens(rng, sent, contact_id, opened, again=0.3)
        if rng.random() < shares[1] / shares[0]:
            person_clicks(rng, sent, contact_id, after(rng, opened, today), again=0.15)


def add(sent: Message, moment: int, metric: str, amount: int) -> None:
    """Add to a counter, unless it is nothing: an hour without activity must not appear."""
    if amount > 0:
        sent.count(moment, metric, amount)


def person_opens(rng: random.Random, sent: Message, contact_id: str, moment: int, again: float) -> None:
    """Someone opens a message, perhaps twice."""
    sent.opens[contact_id] = moment
    count_reaction(rng, sent, "Opened", moment, again)


def person_clicks(rng: random.Random, sent: Message, contact_id: str, moment: int, again: float) -> None:
    """Someone clicks a link, perhaps twice: two of three the first one, as the click tracks say."""
    sent.clicked_links[contact_id] = link_of(sent)
    sent.clicks[contact_id] = moment
    count_reaction(rng, sent, "Clicked", moment, again)


def link_of(sent: Message) -> int:
    """The number of the link for the next one who clicks."""
    return min(len(sent.links) - 1, 1 if len(sent.clicks) % 3 == 2 else 0)


def count_reaction(rng: random.Random, sent: Message, what: str, moment: int, again: float) -> None:
    """Count an open or a click by a person."""
    times = 1 + (rng.random() < again)
    for metric in ("total", "totalHuman"):
        sent.count(moment, f"{metric}{what}", times)
    for metric in ("unique", "uniqueHuman"):
        sent.count(moment, f"{metric}{what}")


def scanned(sent: Message, moment: int, contact_ids: list[str], clicks: int) -> None:
    """Mail scanners open for these contacts, and click for the first of them."""
    for contact_id in contact_ids:
        sent.opens[contact_id] = moment
    for contact_id in contact_ids[:clicks]:
        sent.clicked_links[contact_id] = link_of(sent)
        sent.clicks[contact_id] = moment
    for metric in ("totalOpened", "uniqueOpened"):
        add(sent, moment, metric, len(contact_ids))
    for metric in ("totalClicked", "uniqueClicked"):
        add(sent, moment, metric, clicks)


def fading(rng: random.Random, moment: int, today: int, amount: int) -> Iterator[int]:
    """So many moments after a sending: half of them within the first day, fewer every day, none today or
    later.
    """
    last = today - moment - 1
    for _ in range(amount):
        delay = int(rng.expovariate(1 / (1.4 * DAY)))
        yield moment + (delay if delay < last else rng.randrange(HOUR, max(2 * HOUR, last)))


def after(rng: random.Random, opened: int, today: int) -> int:
    """A click soon after an open, and not today."""
    return min(opened + int(rng.expovariate(1 / HOUR)), today - 1)
