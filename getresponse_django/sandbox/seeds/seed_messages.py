"""Seeded newsletters, autoresponders and RSS newsletters with hourly counters: opens and clicks that fade
over days.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TypeVar

from ..messages.message_bodies import DAYS
from ..state.dates import DAY, HOUR, day_of
from ..state.records import Autoresponder, Message, Newsletter, RssNewsletter
from ..state.store import Store
from .seed_people import campaign_id
from .seed_reactions import broadcast, one_by_one

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
RSS_NEWSLETTERS = (
    # campaign, name, subject, weekday, weeks ago, share of opens, share of clicks
    ("newsletter", "Blog of the week", "Co nowego na blogu", "Tuesday", range(15), 0.27, 0.08),
    ("customers", "Release notes", "What is new in our product", "Thursday", range(6, 14), 0.33, 0.12),
)
WEEKLY = {"frequency": "weekly", "filter": "recent", "maxArticles": 5, "sendAtHour": 9}
M = TypeVar("M", bound=Message)
LINKS = [("Read more", "https://www.example.com/read"), ("Our shop", "https://www.example.com/shop")]
SENT_AT = 9 * HOUR


def seed_messages(store: Store, rng: random.Random, today: int) -> None:
    """Make the newsletters, a draft, the autoresponders and the RSS newsletters."""
    for days_ago, campaign, name, subject, opens, clicks in NEWSLETTERS:
        moment = today - days_ago * DAY + SENT_AT
        newsletter = message(store, Newsletter, campaign, name, subject, moment - 2 * HOUR)
        newsletter.status, newsletter.send_at = "finished", moment
        newsletter.send_settings = {"selectedCampaigns": [newsletter.campaign_id]}
        audience = list(members_at(store, newsletter.campaign_id, moment))
        broadcast(rng, newsletter, moment, audience, (opens, clicks), today)
        store.newsletters[newsletter.message_id] = newsletter
    draft = message(store, Newsletter, "customers", "Next month", "Co nowego?", today - 2 * DAY + SENT_AT)
    draft.send_settings = {"selectedCampaigns": [draft.campaign_id]}
    store.newsletters[draft.message_id] = draft
    for name, subject, day, opens, clicks in AUTORESPONDERS:
        autoresponder = message(store, Autoresponder, "customers", name, subject, today - 170 * DAY)
        autoresponder.day_of_cycle, autoresponder.send_settings = (
            day,
            {"type": "signup", "timeTravel": "false"},
        )
        one_by_one(rng, autoresponder, deliveries(store, autoresponder, today), (opens, clicks), today)
        store.autoresponders[autoresponder.message_id] = autoresponder
    seed_rss(store, rng, today)


def seed_rss(store: Store, rng: random.Random, today: int) -> None:
    """Make the RSS newsletters; the one that has not been sent this week is switched off."""
    for campaign, name, subject, weekday, weeks, opens, clicks in RSS_NEWSLETTERS:
        rss = message(store, RssNewsletter, campaign, name, subject, today - 120 * DAY)
        rss.feed_url = f"https://www.example.com/{campaign}.rss"
        rss.send_settings = {**WEEKLY, "sendAtWeekDay": weekday, "selectedCampaigns": [rss.campaign_id]}
        rss.status = "enabled" if 0 in weeks else "disabled"
        for week in reversed(weeks):
            moment = weekday_before(today, weekday) - week * 7 * DAY + SENT_AT
            broadcast(
                rng, rss, moment, list(members_at(store, rss.campaign_id, moment)), (opens, clicks), today
            )
        store.rss_newsletters[rss.message_id] = rss


def weekday_before(today: int, day: str) -> int:
    """The first second of the last such day of the week before today."""
    back = (day_of(today).weekday() - DAYS.index(day) - 1) % 7 + 1
    return today - back * DAY


def message(store: Store, kind: type[M], campaign: str, name: str, subject: str, created_at: int) -> M:
    """A message with a text and links."""
    links = "".join(f'<p><a href="{url}">{text}</a></p>' for text, url in LINKS)
    return kind(
        store.ids.new("message"),
        name,
        subject,
        campaign_id(store, campaign),
        created_at,
        next(iter(store.from_fields)),
        content={"html": f"<h1>{subject}</h1><p>Hello [[firstname]]</p>{links}", "plain": subject},
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


def deliveries(store: Store, sent: Autoresponder, today: int) -> list[tuple[int, str]]:
    """(moment, contact id) of an autoresponder: members get it on its day of the cycle, if still there."""
    found = []
    for index in (store.active, store.removed):
        for contact in index.of_campaign(sent.campaign_id):
            moment = contact.created_at + sent.day_of_cycle * DAY
            last = min(today - DAY, contact.removed_at or today)
            if sent.created_at <= moment < last:
                found.append((moment, contact.contact_id))
    return sorted(found)
