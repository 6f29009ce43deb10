"""Seeded newsletters and autoresponders with hourly counters: opens and clicks that fade over days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TypeVar

from .dates import DAY, HOUR
from .records import Autoresponder, Message, Newsletter
from .seed_people import campaign_id
from .store import Store

NEWSLETTERS = (
    # days ago, campaign, name, subject, share of opens, share of clicks
    (168, "newsletter", "Welcome to our new look", "Nowa odsłona naszego sklepu", 0.41, 0.09),
    (139, "customers", "Product news 1", "Three things you asked for", 0.36, 0.07),
    (111, "newsletter", "Spring guide", "Wiosenny poradnik, część pierwsza", 0.33, 0.06),
    (83, "customers", "Product news 2", "Faster, and easier to share", 0.38, 0.08),
    (55, "newsletter", "Reader survey", "Zapytamy tylko o jedno", 0.29, 0.11),
    (27, "customers", "Product news 3", "Your summary of the season", 0.35, 0.07),
    (9, "newsletter", "Weekend reading", "Na weekend: pięć dobrych tekstów", 0.31, 0.05),
    (3, "customers", "Product news 4", "Teams are here", 0.37, 0.10),
)
AUTORESPONDERS = (
    ("Welcome", "Witaj! Zacznijmy od podstaw", 0, 0.52, 0.18),
    ("Day three", "Three tips for your first week", 3, 0.44, 0.11),
)
M = TypeVar("M", bound=Message)
LINKS = [("Read more", "https://www.example.com/read"), ("Our shop", "https://www.example.com/shop")]
SENT_AT = 9 * HOUR
BOTS = 0.18
"""For each human open, so many opens by mail scanners; they come in the first hour."""


def seed_messages(store: Store, rng: random.Random, today: int) -> None:
    """Make the newsletters, a draft and the autoresponders."""
    for days_ago, campaign, name, subject, opens, clicks in NEWSLETTERS:
        moment = today - days_ago * DAY + SENT_AT
        newsletter = message(store, Newsletter, "newsletter", campaign, name, subject, moment - 2 * HOUR)
        newsletter.status, newsletter.send_at = "finished", moment
        newsletter.send_settings = {"selectedCampaigns": [newsletter.campaign_id]}
        newsletter.audience = tuple(members_at(store, newsletter.campaign_id, moment))
        count_sending(rng, newsletter, moment, len(newsletter.audience), (opens, clicks), today)
        store.newsletters[newsletter.message_id] = newsletter
    draft = message(
        store, Newsletter, "newsletter", "customers", "Next month", "Co nowego?", today - 2 * DAY + SENT_AT
    )
    draft.send_settings = {"selectedCampaigns": [draft.campaign_id]}
    store.newsletters[draft.message_id] = draft
    for name, subject, day, opens, clicks in AUTORESPONDERS:
        autoresponder = message(
            store, Autoresponder, "autoresponder", "customers", name, subject, today - 170 * DAY
        )
        autoresponder.day_of_cycle, autoresponder.send_settings = (
            day,
            {"type": "signup", "timeTravel": "false"},
        )
        count_cycle(store, rng, autoresponder, (opens, clicks), today)
        store.autoresponders[autoresponder.message_id] = autoresponder


def message(
    store: Store, kind: type[M], id_kind: str, campaign: str, name: str, subject: str, created_at: int
) -> M:
    """A message with a text and links."""
    return kind(
        store.ids.new(id_kind),
        name,
        subject,
        campaign_id(store, campaign),
        created_at,
        next(iter(store.from_fields)),
        content={"html": f"<h1>{subject}</h1><p>Hello [[firstname]]</p>", "plain": subject},
        flags=["clicktrack"],
        links=list(LINKS),
    )


def members_at(store: Store, campaign: str, moment: int) -> Iterator[str]:
    """Who was on a list at a moment: members of now and former ones."""
    for contact in store.active.of_campaign(campaign):
        if contact.created_at <= moment:
            yield contact.contact_id
    for contact in store.removed.of_campaign(campaign):
        if contact.created_at <= moment < (contact.removed_at or 0):
            yield contact.contact_id


def count_sending(
    rng: random.Random, sent: Message, moment: int, size: int, shares: tuple[float, float], today: int
) -> None:
    """The counters of one sending to ``size`` people, up to the end of yesterday.

    Unique counters count a person once, in the hour of the first open or click, so that they add up.
    """
    if not size:
        return
    sent.count(moment, "sent", size)
    bounced = round(size * rng.uniform(0.005, 0.02))
    add(sent, moment, "bounced", bounced)
    opens = round((size - bounced) * shares[0] * rng.uniform(0.9, 1.1))
    clicks = min(opens, round((size - bounced) * shares[1] * rng.uniform(0.9, 1.1)))
    scanners = min(round(opens * BOTS), size - bounced - opens)
    count_reactions(rng, sent, "Opened", fading(rng, moment, today, opens), again=0.35)
    count_reactions(rng, sent, "Clicked", fading(rng, moment, today, clicks), again=0.2)
    for metric in ("totalOpened", "uniqueOpened"):
        add(sent, moment, metric, scanners)
    for metric in ("totalClicked", "uniqueClicked"):
        add(sent, moment, metric, min(scanners, round(clicks * BOTS)))
    for when in fading(rng, moment, today, round(size * rng.uniform(0.001, 0.006))):
        sent.count(when, "unsubscribed")
    for when in fading(rng, moment, today, round(size * rng.uniform(0, 0.001))):
        sent.count(when, "complaints")


def add(sent: Message, moment: int, metric: str, amount: int) -> None:
    """Add to a counter, unless it is nothing: an hour without activity must not appear."""
    if amount > 0:
        sent.count(moment, metric, amount)


def count_reactions(
    rng: random.Random, sent: Message, what: str, moments: Iterator[int], again: float
) -> None:
    """Opens or clicks by people, some of them repeated."""
    every = f"total{what}", f"totalHuman{what}"
    first = f"unique{what}", f"uniqueHuman{what}"
    for moment in moments:
        times = 1 + (rng.random() < again)
        for metric in every:
            sent.count(moment, metric, times)
        for metric in first:
            sent.count(moment, metric)


def fading(rng: random.Random, moment: int, today: int, amount: int) -> Iterator[int]:
    """So many moments after a sending: half of them within the first day, fewer every day, none today or
    later.
    """
    last = today - moment - 1
    for _ in range(amount):
        delay = int(rng.expovariate(1 / (1.4 * DAY)))
        yield moment + (delay if delay < last else rng.randrange(HOUR, max(2 * HOUR, last)))


def count_cycle(
    store: Store, rng: random.Random, sent: Autoresponder, shares: tuple[float, float], today: int
) -> None:
    """An autoresponder goes to each new member on its day of the cycle."""
    newcomers: dict[int, int] = {}
    for hour, counts in store.ledger.subscriptions[sent.campaign_id].items():
        moment = hour * HOUR + sent.day_of_cycle * DAY
        if sent.created_at <= moment < today - DAY:
            newcomers[moment] = sum(counts.values())
    for moment, size in sorted(newcomers.items()):
        count_one_by_one(rng, sent, moment, size, shares, today)


def count_one_by_one(
    rng: random.Random, sent: Message, moment: int, size: int, shares: tuple[float, float], today: int
) -> None:
    """As ``count_sending``, for groups too small for shares of them."""
    sent.count(moment, "sent", size)
    opens = sum(rng.random() < shares[0] for _ in range(size))
    clicks = sum(rng.random() < shares[1] / shares[0] for _ in range(opens))
    count_reactions(rng, sent, "Opened", fading(rng, moment, today, opens), again=0.3)
    count_reactions(rng, sent, "Clicked", fading(rng, moment, today, clicks), again=0.15)
