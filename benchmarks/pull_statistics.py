"""python -m benchmarks.pull_statistics: the statistics of an account over a year, beside a plain loop.

Fifty lists and two hundred newsletters of a sandbox with the official limits that answers after 50 ms; what
pulls runs in a process of its own. The loop reads a sample of lists and newsletters, one request and one
``update_or_create`` after another, and its time is scaled to all.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.databases import KINDS
from benchmarks.figures import Figures, child, shown
from benchmarks.pushing import TIMEOUT, credentials, peak_memory
from benchmarks.sites import set_up_django, site
from getresponse_django.sandbox import Sandbox

if TYPE_CHECKING:
    from getresponse_django.resources import Value

LATENCY = 0.05
LISTS, NEWSLETTERS, DAYS = 50, 200, 365
DAY = 86_400
REACTIONS = {
    "totalOpened": 40,
    "totalHumanOpened": 30,
    "uniqueOpened": 30,
    "uniqueHumanOpened": 22,
    "totalClicked": 9,
    "uniqueClicked": 7,
    "uniqueHumanClicked": 6,
    "unsubscribed": 1,
}
"""Metric -> about how many there are in the first hours of a newsletter; fewer every day."""

MODULE = "benchmarks.pull_statistics"


def year(sandbox: Sandbox, lists: int, newsletters: int) -> None:
    """Give the sandbox lists with moves every day, and newsletters whose readers reacted for two weeks."""
    rng, store = random.Random(1), sandbox._store
    store.newsletters.clear()
    store.autoresponders.clear()
    store.rss_newsletters.clear()
    today = int(time.time()) // DAY * DAY
    while len(store.campaigns) < lists:
        sandbox.add_campaign(f"list {len(store.campaigns)}")
    for campaign_id, campaign in store.campaigns.items():
        campaign.created_at = today - DAYS * DAY
        for moment in range(campaign.created_at, today, DAY):
            for origin in ("api", "www", "import"):
                store.ledger.subscriptions[campaign_id][moment // 3600][origin] += rng.randrange(1, 9)
            store.ledger.removals[campaign_id][moment // 3600 + 5]["user"] += 1
    sent = [new_newsletter(sandbox, rng.choice(list(store.campaigns)), n) for n in range(newsletters)]
    for number, newsletter_id in enumerate(sent):
        newsletter = store.newsletters[newsletter_id]
        moment = today - (DAYS - 1 - number * (DAYS - 1) // newsletters) * DAY + 9 * 3600
        newsletter.status, newsletter.created_at, newsletter.send_at = "finished", moment, moment
        newsletter.count(moment, "sent", 1000)
        for hour in sorted(rng.sample(range(14 * 24), 90)):
            for metric, most in REACTIONS.items():
                newsletter.count(moment + hour * 3600, metric, 1 + most // (1 + hour // 24))
    store.version += 1


def new_newsletter(sandbox: Sandbox, campaign_id: str, number: int) -> str:
    """A newsletter of the sandbox; returns its id."""
    from getresponse_django.sandbox.state.records import Newsletter

    store = sandbox._store
    newsletter_id = store.ids.new("message")
    name, sender = f"Newsletter {number}", next(iter(store.from_fields))
    store.newsletters[newsletter_id] = Newsletter(newsletter_id, name, name, campaign_id, 0, sender)
    return newsletter_id


def pull_part(part: str) -> Figures:
    """Pull a part, in a process of its own: the seconds, those of the processor, and the KiB more."""
    set_up_django()
    from getresponse_django.models import Account
    from getresponse_django.pull import pull

    account = Account.objects.for_alias("default")
    idle, started = peak_memory(), time.monotonic()
    (run,) = pull(account, [part])
    seconds, cpu = time.monotonic() - started, time.process_time()
    return {"seconds": seconds, "cpu": cpu, "memory": peak_memory() - idle, "written": run.written}


def loop(lists: int, newsletters: int) -> Figures:
    """Read so many lists and newsletters by plain requests, each value written by itself: the seconds of
    both.
    """
    set_up_django()
    from getresponse_django.models import Campaign, Newsletter
    from getresponse_django.resources import list_size_values, message_values

    path, started = "/campaigns/statistics", time.monotonic()
    for (campaign_id,) in Campaign.plain.values_list("campaign_id")[:lists]:
        query = {"query[campaignId]": campaign_id}
        write("campaign", campaign_id, "day", list_size_values(get(f"{path}/list-size", "day", query)))
        for name in ("subscriptions", "removals"):
            write(
                "campaign", campaign_id, "day", keyed(name, get(f"{path}/{name}", "day", query), campaign_id)
            )
        for name in ("locations", "origins", "summary"):
            get(f"{path}/{name}", "", query)  # nothing of it is written
    of_lists, started = time.monotonic() - started, time.monotonic()
    for (newsletter_id,) in Newsletter.plain.values_list("newsletter_id")[:newsletters]:
        for group in ("day", "hour"):
            found = get(f"/newsletters/{newsletter_id}/statistics", group, {"perPage": "1000"})
            write("newsletter", newsletter_id, group, message_values(found))
    return {"lists": of_lists, "newsletters": time.monotonic() - started}


def keyed(name: str, answer: Any, campaign_id: str) -> list[Value]:
    """The values of one campaign."""
    from getresponse_django.resources import by_campaign, keyed_values

    return keyed_values(name, (by_campaign(answer, [campaign_id]) or {}).get(campaign_id, {}))


def get(path: str, group: str, query: dict[str, Any]) -> Any:
    """One plain request."""
    import os

    import requests

    grouped = {"query[groupBy]": group} if group else {}
    address = os.environ["GETRESPONSE_BASE_URL"] + path
    answer = requests.get(address, params=query | grouped, headers=credentials(), timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()


def write(subject: str, remote_id: str | None, granularity: str, values: Iterable[Value]) -> None:
    """One query or two for each value, as loops do it."""
    from getresponse_django.models import Account, Statistic

    account = Account.objects.get()
    for value in values:
        Statistic.objects.update_or_create(
            account=account,
            subject=subject,
            remote_id=remote_id,
            granularity=granularity,
            metric=value.metric,
            starts_at=value.starts_at,
            defaults={"value": value.value},
        )


def measure(options: argparse.Namespace) -> Figures:
    """A first pull of everything, a second one, and the loop."""
    lists, newsletters = (max(3, round(count * options.share)) for count in (LISTS, NEWSLETTERS))
    with (
        Sandbox(latency=LATENCY) as sandbox,
        site(options.on, "getresponse_statistics", sandbox) as processes,
    ):
        from getresponse_django.models import Statistic

        year(sandbox, lists, newsletters)
        for part in ("campaigns", "messages"):
            child(processes, MODULE, "pull", part)
        figures: Figures = {"lists": lists, "newsletters": newsletters}
        for name in ("first", "second"):
            seen = len(sandbox.requests)
            pulled = child(processes, MODULE, "pull", "statistics")
            sent = Counter(request.status for request in sandbox.requests[seen:])
            figures |= {
                f"requests of the {name} pull": sent.total(),
                f"refusals of the {name} pull": sent[429],
                f"rows written by the {name} pull": pulled["written"],
                f"seconds of the {name} pull": pulled["seconds"],
                f"seconds of the processor of the {name} pull": pulled["cpu"],
                f"MiB more of the {name} pull": pulled["memory"] / 1024,
            }
        figures["rows"] = Statistic.objects.count()
        if options.sample:
            Statistic.objects.all().delete()
            sample = min(lists, options.sample), min(newsletters, 4 * options.sample)
            took = child(processes, MODULE, "loop", *map(str, sample))
            scaled = took["lists"] * lists / sample[0] + took["newsletters"] * newsletters / sample[1]
            figures |= {"seconds of the loop": scaled}
            figures |= {"times faster than the loop": scaled / figures["seconds of the first pull"]}
        return figures


PARTS: dict[str, Callable[..., Figures]] = {
    "pull": pull_part,
    "loop": lambda *counts: loop(*map(int, counts)),
}
"""What runs in processes of its own."""


def main(argv: Sequence[str]) -> int:
    """The exit code for the shell. Each database is measured in a process of its own."""
    if argv and argv[0] in PARTS:
        print(json.dumps(PARTS[argv[0]](*argv[1:])))
        return 0
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    parser.add_argument("--on", choices=KINDS, help="only on this kind of database")
    parser.add_argument("--share", type=float, default=1.0, help="do this share of everything (default 1)")
    parser.add_argument(
        "--sample",
        type=int,
        default=1,
        help="lists of the loop, and four times as many newsletters; 0: no loop",
    )
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each")
    options = parser.parse_args(argv)
    if options.on:
        figures = measure(options)
        print(json.dumps(figures) if options.json else shown(options.on, figures), flush=True)
        return 0
    command = [sys.executable, "-m", MODULE, *argv]
    return max(subprocess.call([*command, "--on", kind]) for kind in KINDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
