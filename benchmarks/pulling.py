"""python -m benchmarks.pulling WHAT: what ``benchmarks.pull`` measures, each in a process of its own.

Prints one line of JSON. The peers write the same columns of the same table with ``update_or_create`` for each
contact, as reusable apps for other services do it: from pages read by ``requests``, and from those of the
package ``getresponse`` of the package index.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.pushing import TIMEOUT, credentials, peak_memory
from benchmarks.sites import set_up_django

PER_PAGE = 1000
BOOKS = ("account", "pullrun")
"""The tables that every pull writes: limits, cursors, progress."""


def named() -> dict[str, float]:
    """Mirror lists, fields and tags."""
    from getresponse_django.models import Account
    from getresponse_django.pull import pull

    pull(Account.objects.for_alias("default"), ("campaigns", "fields", "tags"))
    return {}


def forget() -> dict[str, float]:
    """Make the next pull the first one."""
    from getresponse_django.models import Account, Contact, Tag

    Contact.tags.through.objects.all()._raw_delete("default")
    Contact.plain.all()._raw_delete("default")
    Tag.plain.all()._raw_delete("default")
    Account.objects.update(cursors={})
    return {}


def pull_parts(parts: Sequence[str]) -> dict[str, float]:
    """Pull: the seconds, those of the processor, the statements, those that wrote something but the books of
    the pull itself, and the MiB of memory more than before.
    """
    from django.db import connection

    from getresponse_django.models import Account
    from getresponse_django.pull import pull

    account = Account.objects.for_alias("default")
    statements: list[bool] = []

    def count(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        mine = any(f'"getresponse_django_{name}"' in sql[:60] for name in BOOKS)
        statements.append(sql.startswith(("INSERT", "UPDATE", "DELETE")) and not mine)
        return execute(sql, *arguments)

    idle, started, spent = peak_memory(), time.monotonic(), time.process_time()
    with connection.execute_wrapper(count):
        runs = pull(account, parts)
    return {
        "seconds": time.monotonic() - started,
        "seconds of the processor": time.process_time() - spent,
        "contacts written": runs[-1].written,
        "statements": len(statements),
        "statements that wrote": sum(statements),
        "MiB more at most": (peak_memory() - idle) / 1024,
    }


def loop(count: int) -> dict[str, float]:
    """Read pages by plain requests and write each contact."""
    return written(pages_of_requests(), count)


def package(count: int) -> dict[str, float]:
    """Read pages with the package and write each contact."""
    return written(pages_of_package(), count)


def written(pages: Iterator[list[dict[str, Any]]], count: int) -> dict[str, float]:
    """Write so many contacts, which are forgotten afterwards."""
    from getresponse_django.models import Account, Campaign, Contact

    account = Account.objects.for_alias("default")
    campaigns = {campaign.campaign_id: campaign for campaign in Campaign.objects.all()}
    started, done = time.monotonic(), 0
    for page in pages:
        for item in page:
            key = {"account": account, "contact_id": item["contactId"]}
            place = {"campaign": campaigns[item["campaign"]["campaignId"]], "state": "active"}
            fields = {column: given(item, member) for column, member in COLUMNS.items()}
            Contact.plain.update_or_create(**key, defaults=place | fields)
            done += 1
        if done >= count:
            break
    seconds = time.monotonic() - started
    Contact.plain.all()._raw_delete("default")
    return {"seconds": seconds, "contacts": done}


COLUMNS = {
    "email": "email",
    "name": "name",
    "note": "note",
    "origin": "origin",
    "ip_address": "ipAddress",
    "time_zone": "timeZone",
    "scoring": "scoring",
    "day_of_cycle": "dayOfCycle",
    "engagement_score": "engagementScore",
    "created_on": "createdOn",
    "changed_on": "changedOn",
}


def given(item: dict[str, Any], member: str) -> Any:
    """A member, as the columns of texts want it."""
    texts = ("name", "note", "ipAddress", "timeZone")
    return item[member] or "" if member in texts else item[member]


def pages_of_requests() -> Iterator[list[dict[str, Any]]]:
    """One page after another."""
    import requests

    with requests.Session() as session:
        page = 1
        while True:
            params = {"page": page, "perPage": PER_PAGE}
            url = os.environ["GETRESPONSE_BASE_URL"] + "/contacts"
            yield session.get(url, params=params, headers=credentials(), timeout=TIMEOUT).json()
            page += 1


def pages_of_package() -> Iterator[list[dict[str, Any]]]:
    """One page after another."""
    from getresponse import GetResponseClient

    async def read(page: int) -> Any:
        key, url = os.environ["GETRESPONSE_API_KEY"], os.environ["GETRESPONSE_BASE_URL"]
        async with GetResponseClient(key, base_url=url, timeout=TIMEOUT) as client:
            return await client.contacts.get_contact_list(page=page, per_page=PER_PAGE)

    page = 1
    while True:
        yield [contact.model_dump(by_alias=True) for contact in asyncio.run(read(page))]
        page += 1


def main(argv: Sequence[str]) -> None:
    """Do one thing and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("named", "forget", "pull", "loop", "package"))
    parser.add_argument("--parts", default="contacts")
    parser.add_argument("--count", type=int, default=0)
    options = parser.parse_args(argv)
    set_up_django()
    match options.what:
        case "pull":
            outcome = pull_parts(options.parts.split(","))
        case "loop" | "package":
            outcome = {"loop": loop, "package": package}[options.what](options.count)
        case _:
            outcome = {"named": named, "forget": forget}[options.what]()
    print(json.dumps(outcome))


if __name__ == "__main__":
    main(sys.argv[1:])
