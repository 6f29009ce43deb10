"""python -m benchmarks.pushing WHAT: what ``benchmarks.push`` measures, each in a process of its own.

Prints one line of JSON. The peers are a loop over ``requests``, as plug-ins for other sites do it, and the
package ``getresponse`` of the package index with its limiter on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.sites import set_up_django

TIMEOUT = 60


def drain_all(limited: bool = True) -> dict[str, float]:
    """Drain until nothing waits: the seconds, those of the processor (of the start of the process too), and
    the KiB of memory more than before.
    """
    set_up_django()
    from getresponse_django import Client
    from getresponse_django.models import Account, Change
    from getresponse_django.push import drain

    account = Account.objects.for_alias("default")
    client = None if limited else Client(os.environ["GETRESPONSE_BASE_URL"], credentials())
    if client:
        client.get("/accounts")
    idle, started = peak_memory(), time.monotonic()
    while due := Change.objects.next_due():
        time.sleep(max(0.0, due.timestamp() - time.time()))
        drain(account, client=client)
    if client:
        client.close()
    spent = time.process_time()
    return {"seconds": time.monotonic() - started, "cpu": spent, "memory": peak_memory() - idle}


def peak_memory() -> float:
    """The most memory this process had so far, in KiB (Linux). Not ``getrusage``: that begins with what the
    process had that started this one.
    """
    status = Path("/proc/self/status").read_text()
    return float(status.partition("VmHWM:")[2].split()[0])


def loop(campaign_id: str, count: int) -> dict[str, float]:
    """Create contacts one after another, each by a plain request."""
    import requests

    url, started = os.environ["GETRESPONSE_BASE_URL"] + "/contacts", time.monotonic()
    for number in range(count):
        body = {"email": f"loop{number}@example.com", "campaign": {"campaignId": campaign_id}}
        requests.post(url, json=body, headers=credentials(), timeout=TIMEOUT).raise_for_status()
    return {"seconds": time.monotonic() - started}


def credentials() -> dict[str, str]:
    """The header that authenticates."""
    return {"X-Auth-Token": f"api-key {os.environ['GETRESPONSE_API_KEY']}"}


def package_creates(campaign_id: str, count: int) -> dict[str, float]:
    """Create contacts with the package, all side by side: its limiter is to hold them back."""
    from getresponse.models import CampaignReference, NewContact

    campaign = CampaignReference(campaignId=campaign_id)

    def create(client: Any, number: int) -> Awaitable[object]:
        # Its model asks for an id and a link that a new contact cannot have, so it is not validated.
        body = NewContact.model_construct(email=f"package{number}@example.com", campaign=campaign)
        created: Awaitable[object] = client.contacts.create_contact(body)
        return created

    return asyncio.run(side_by_side(create, range(count)))


def package_updates(contact_ids: Sequence[str]) -> dict[str, float]:
    """Rename contacts with the package, all side by side."""
    from getresponse.models import UpdateContact

    def rename(client: Any, contact_id: str) -> Awaitable[object]:
        updated: Awaitable[object] = client.contacts.update_contact(contact_id, UpdateContact(name="Package"))
        return updated

    return asyncio.run(side_by_side(rename, contact_ids))


async def side_by_side(
    send: Callable[[Any, Any], Awaitable[object]], keys: Sequence[Any]
) -> dict[str, float]:
    """The seconds until all are answered, and how many of them failed."""
    from getresponse import GetResponseClient, RateLimitOptions

    client = GetResponseClient(
        os.environ["GETRESPONSE_API_KEY"],
        base_url=os.environ["GETRESPONSE_BASE_URL"],
        timeout=TIMEOUT,
        rate_limit=RateLimitOptions(),
    )
    async with client:
        started = time.monotonic()
        results = await asyncio.gather(*(send(client, key) for key in keys), return_exceptions=True)
    failed = sum(isinstance(result, Exception) for result in results)
    return {"seconds": time.monotonic() - started, "failed": failed}


def main(argv: Sequence[str]) -> None:
    """Do one thing and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("drain", "drain-unlimited", "loop", "creates", "updates"))
    parser.add_argument("--campaign", default="")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--contacts", default="")
    options = parser.parse_args(argv)
    match options.what:
        case "loop":
            outcome = loop(options.campaign, options.count)
        case "creates":
            outcome = package_creates(options.campaign, options.count)
        case "updates":
            outcome = package_updates(options.contacts.split(","))
        case _:
            outcome = drain_all(limited=options.what == "drain")
    print(json.dumps(outcome))


if __name__ == "__main__":
    main(sys.argv[1:])
