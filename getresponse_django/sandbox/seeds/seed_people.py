"""Seeded people: the active contacts asked for, some who have left, some who have not confirmed yet."""

from __future__ import annotations

import random
from itertools import accumulate, count
from typing import NamedTuple

from ..state.dates import DAY, HOUR
from ..state.records import Contact, Import
from ..state.store import Store, by_name
from .seed_names import CITIES, ENGLISH, POLISH, ascii_name

FEWEST_FORMER = 240
"""People who came and left again, even in a sandbox without contacts: statistics need a history."""


class Weighted(NamedTuple):
    """Names, and the weight of each added to those before it."""

    names: tuple[str, ...]
    bounds: tuple[int, ...]


def weighted(**weights: int) -> Weighted:
    """Names to pick from."""
    return Weighted(tuple(weights), tuple(accumulate(weights.values())))


ORIGINS = weighted(www=45, api=25, **{"import": 15}, panel=8, landing_page=7)
REASONS = weighted(unsubscribe=62, bounce=20, user=8, api=7, complaint=3)
CAMPAIGNS = weighted(customers=60, newsletter=32, partners=8)
PLANS = weighted(free=60, pro=28, team=12)
DOMAINS = ("example.com", "example.org", "example.net")
BUSY_HOURS = (7, 8, 9, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 21, 22)
IMPORT_DAYS = (21, 96)
"""Imports happen at once: on these days of the history."""

PLACES: dict[str, list[dict[str, str | None]]] = {
    language: [
        {
            "latitude": latitude,
            "longitude": longitude,
            "continentCode": "NA" if country == "US" else "EU",
            "countryCode": country,
            "city": city,
        }
        for city, country, latitude, longitude in cities
    ]
    for language, cities in CITIES.items()
}
"""Where people are; one dict serves all of a city, for nothing ever changes it."""


class Known(NamedTuple):
    """The ids of what seeded people have, by name."""

    campaigns: dict[str, str]
    fields: dict[str, str]
    tags: dict[str, str]


def pick(rng: random.Random, choices: Weighted) -> str:
    """One of the names, by weight."""
    return rng.choices(choices.names, cum_weights=choices.bounds)[0]


def seed_people(store: Store, rng: random.Random, contacts: int, start: int, today: int) -> None:
    """Make the people, oldest first, and their entries in the ledger."""
    former = max(FEWEST_FORMER, contacts // 6)
    kinds = ["active"] * contacts + ["former"] * former + ["unconfirmed"] * (contacts // 60)
    rng.shuffle(kinds)
    arrivals = sorted(arrival(rng, start, today) for _ in kinds)
    numbers, known = count(1), known_names(store)
    for kind, (moment, origin) in zip(kinds, arrivals, strict=True):
        contact = person(store, known, rng, moment, origin, next(numbers))
        if kind == "active":
            join(store, rng, contact)
        elif kind == "former":
            join_and_leave(store, rng, contact, today)
        else:
            contact.campaign_id = known.campaigns["partners"]
            store.unconfirmed.add(contact)


def known_names(store: Store) -> Known:
    """The campaigns, custom fields and tags that were seeded before."""
    return Known(
        {campaign.name: campaign.campaign_id for campaign in store.campaigns.values()},
        {field.name: field.custom_field_id for field in store.custom_fields.values()},
        {tag.name: tag.tag_id for tag in store.tags.values()},
    )


def arrival(rng: random.Random, start: int, today: int) -> tuple[int, str]:
    """(moment, origin): more come lately than at first, fewer at weekends, imported ones all at once."""
    origin = pick(rng, ORIGINS)
    days = (today - start) // DAY
    day = rng.choice(IMPORT_DAYS) if origin == "import" else int(days * rng.random() ** 0.8)
    moment = start + day * DAY
    if origin != "import" and (moment // DAY + 3) % 7 >= 5 and rng.random() < 0.5:
        moment = max(start, moment - 2 * DAY)
    hour = 10 if origin == "import" else rng.choice(BUSY_HOURS)
    return moment + hour * HOUR + rng.randrange(HOUR), origin


def campaign_id(store: Store, name: str) -> str:
    """The id of a seeded campaign."""
    campaign = by_name(store.campaigns.values(), name)
    assert campaign is not None
    return campaign.campaign_id


def person(store: Store, known: Known, rng: random.Random, moment: int, origin: str, number: int) -> Contact:
    """Someone with a name, a place, and an address that no one else has."""
    polish = rng.random() < 0.6
    first, last = name_of(rng, polish)
    place = rng.choice(PLACES["PL" if polish else "EN"])
    email = f"{ascii_name(first)}.{ascii_name(last)}.{number}@{rng.choice(DOMAINS)}"
    contact = Contact(
        store.ids.new("contact"),
        email,
        known.campaigns[pick(rng, CAMPAIGNS)],
        moment,
        moment,
        origin=origin,
        name=f"{first} {last}" if rng.random() > 0.06 else None,
        day_of_cycle=str(rng.randrange(30)) if rng.random() < 0.7 else None,
        scoring=rng.randrange(0, 200, 5) if rng.random() < 0.4 else None,
        engagement_score=rng.choice((None, 1, 2, 3, 3, 4, 4, 5)),
        ip_address=f"203.0.113.{rng.randrange(1, 255)}" if origin in ("www", "landing_page") else None,
        time_zone="Europe/Warsaw" if polish else "Europe/London",
    )
    if rng.random() < 0.85:
        contact.geolocation = place
    dress(known, rng, contact, str(place["city"]))
    return contact


def name_of(rng: random.Random, polish: bool) -> tuple[str, str]:
    """(first, last), agreeing in gender where the language asks for it."""
    if not polish:
        return rng.choice(ENGLISH["first"]), rng.choice(ENGLISH["last"])
    if rng.random() < 0.55:
        return rng.choice(POLISH["women"]), rng.choice(POLISH["last"]).replace("ski", "ska").replace(
            "cki", "cka"
        )
    return rng.choice(POLISH["men"]), rng.choice(POLISH["last"])


def dress(known: Known, rng: random.Random, contact: Contact, city: str) -> None:
    """Custom field values, and tags."""
    fields, tags = known.fields, known.tags
    plan = pick(rng, PLANS)
    if rng.random() < 0.8:
        contact.values[fields["plan"]] = [plan]
    if rng.random() < 0.7:
        contact.values[fields["city"]] = [city]
    if rng.random() < 0.3:
        contact.values[fields["birthday"]] = [
            f"{rng.randrange(1955, 2005)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        ]
    wearing = {
        "site": contact.origin in ("www", "api"),
        "customer": plan != "free",
        "vip": plan == "team" and rng.random() < 0.5,
        "trial": plan == "free" and rng.random() < 0.3,
        "webinar_guest": rng.random() < 0.08,
    }
    contact.tags = {tags[name]: contact.created_at for name, worn in wearing.items() if worn}


def seed_imports(store: Store, start: int) -> None:
    """The finished imports by which the imported people came, one for each campaign and day."""
    for day in IMPORT_DAYS:
        first, last = start + day * DAY, start + (day + 1) * DAY
        for campaign in store.campaigns.values():
            contacts = (
                *store.active.of_campaign(campaign.campaign_id),
                *store.removed.of_campaign(campaign.campaign_id),
            )
            came = [c for c in contacts if c.origin == "import" and first <= c.created_at < last]
            if came:
                moment = min(contact.created_at for contact in came)
                done = Import(store.ids.new("import"), campaign, moment, ["email"], [], 0.0, "finished")
                done.finished_at, done.settled = max(contact.created_at for contact in came), True
                done.outcome = {
                    "uploaded": len(came) + 3,
                    "addedToList": len(came),
                    "syntaxErrors": 2,
                    "blacklist": 1,
                }
                store.imports[done.import_id] = done
                for contact in came:
                    contact.import_id = done.import_id


def join(store: Store, rng: random.Random, contact: Contact) -> None:
    """An active contact."""
    store.active.add(contact)
    store.ledger.subscribed(contact.campaign_id, contact.created_at, contact.origin)


def join_and_leave(store: Store, rng: random.Random, contact: Contact, today: int) -> None:
    """Someone who came and left before today."""
    stay = rng.randrange(HOUR, max(2 * HOUR, today - contact.created_at))
    contact.reason, contact.removed_at = pick(rng, REASONS), min(contact.created_at + stay, today - 1)
    store.removed.add(contact)
    store.ledger.subscribed(contact.campaign_id, contact.created_at, contact.origin)
    store.ledger.removed(contact.campaign_id, contact.removed_at, contact.reason)
