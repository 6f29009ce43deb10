"""python -m benchmarks.admin: how quick the admin is at a million contacts, beside the same at a thousand.

Each size has a PostgreSQL database and a process of its own; each page is opened in both by turns, so that
other work on the machine slows both. Every statement that reads all contacts is printed with its plan.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.sites import site
from getresponse_django.sandbox import Sandbox

if TYPE_CHECKING:
    from django.test import Client

SMALL = 1000
AT_MOST = 3
"""So many times as long as at 1,000 contacts may a page take."""

SCAN = re.compile(r"Seq Scan on getresponse_django_contact\b")

Figures = dict[str, Any]


def serve(contacts: int) -> None:
    """Tell the names of the pages with so many contacts, then for each name read what it costs, in JSON."""
    with Sandbox() as sandbox, site("postgresql", "getresponse_admin", sandbox):
        from benchmarks.admin_pages import INDEXED, pages
        from benchmarks.admin_rows import fill_account, fill_profiles

        started = time.perf_counter()
        fill_account(contacts, days=90 if contacts <= SMALL else 730)
        fill_profiles()
        vacuum()
        filled = time.perf_counter() - started
        client, found = superuser(), dict(pages())
        say({"seconds": filled, "pages": list(found)})
        for name in sys.stdin:
            if (page := name.strip()) in INDEXED:
                index_users()
            say(cost(client, found[page]))
        assert not sandbox.requests, "no page asks GetResponse anything"


def index_users() -> None:
    """What docs/explanation/performance.md recommends to sites with many users, if it was not done yet."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX IF NOT EXISTS user_email ON auth_user (upper(email))")
        cursor.execute("ANALYZE auth_user")


def vacuum() -> None:
    """What autovacuum does soon after so many rows were written."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def say(figures: Figures) -> None:
    """One line for the process that asked."""
    print(json.dumps(figures), flush=True)


def superuser() -> Client:
    """A browser of somebody who may do everything."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("admin"))
    return client


def cost(client: Client, url: str) -> Figures:
    """The queries of a page, its milliseconds, the plans of what scans the contacts, the slowest query."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:  # which warms up, too
        answer = client.get(url)
    captured = queries.captured_queries  # the next request forgets them
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    started = time.perf_counter()
    client.get(url)
    took = time.perf_counter() - started
    statements = [query["sql"] for query in captured]
    slowest = max(captured, key=lambda query: float(query["time"]), default=None)
    listed = (getattr(answer, "context_data", None) or {}).get("cl")
    rows = len(listed.result_list) if listed else 1
    figures: Figures = {"queries": len(captured), "ms": 1000 * took, "rows": rows}
    return figures | {"scans": [*scans(statements)], "slowest": slowest}


def scans(statements: Sequence[str]) -> Iterator[str]:
    """The statements that read the table of contacts sequentially, each with its plan."""
    for statement in statements:
        if statement.startswith(("SELECT", "(SELECT", "WITH")) and SCAN.search(plan := plan_of(statement)):
            yield f"{statement}\n{plan}"


def plan_of(statement: str) -> str:
    """How PostgreSQL would do it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


@contextmanager
def size(contacts: int) -> Iterator[tuple[Figures, Callable[[str], Figures]]]:
    """What a process of this size says of itself, and what asks it for a page."""
    command = [sys.executable, "-m", "benchmarks.admin", "--serve", "--contacts", str(contacts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        asked, answers = process.stdin, process.stdout

        def ask(page: str) -> Figures:
            asked.write(f"{page}\n")
            asked.flush()
            return read()

        def read() -> Figures:
            if not (line := answers.readline()):
                raise SystemExit(f"The process for {contacts:,} contacts ended; see above.")
            figures: Figures = json.loads(line)
            return figures

        yield read(), ask
        asked.close()


def measure(contacts: int, turns: int, only: str) -> Figures:
    """Each page at both sizes, by turns."""
    with size(contacts) as (about, ask), size(SMALL) as (_, ask_small):
        names = [name for name in about["pages"] if only in name]
        found = {name: one_page([(ask(name), ask_small(name)) for _ in range(turns)]) for name in names}
    return {"contacts": contacts, "seconds to fill": about["seconds"], "pages": found}


def one_page(turns: Sequence[tuple[Figures, Figures]]) -> Figures:
    """The turns of one page in one; the first is a warm-up as far as time is concerned."""
    here, there = turns[-1]
    large, small = (median(turn[which]["ms"] for turn in turns[1:] or turns) for which in (0, 1))
    more = {f"{name} at 1,000": there[name] for name in ("queries", "rows")}
    more |= {"ms at 1,000": small, "ratio": large / small}
    return here | {"ms": large} | more


def table(figures: Figures) -> Iterator[str]:
    """The pages in Markdown, the slowest first."""
    yield f"| page | rows (at 1,000) | queries | median at {figures['contacts']:,} | at 1,000 | ratio |"
    yield "|---|---|---|---|---|---|"
    for what, page in sorted(figures["pages"].items(), key=lambda item: -item[1]["ms"]):
        rows, queries = (f"{page[each]} ({page[f'{each} at 1,000']})" for each in ("rows", "queries"))
        times = f"{page['ms']:.0f} ms | {page['ms at 1,000']:.0f} ms | {page['ratio']:.1f}"
        yield f"| {what} | {rows} | {queries} | {times} |"


def summary(figures: Figures) -> str:
    """How many pages are much slower, and how many compare different numbers of rows."""
    found = figures["pages"].values()
    slower = sum(page["ratio"] >= AT_MOST for page in found)
    unequal = sum(page["rows"] != page["rows at 1,000"] for page in found)
    queries = max(page["queries"] for page in found)
    said = f"{len(found)} pages, {slower} of them at a ratio of {AT_MOST} or more, {unequal} with other rows"
    return f"{said}; at most {queries} queries; highest ratio {max(page['ratio'] for page in found):.1f}"


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code for the shell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.admin", description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=6, help="how often each page is opened (default 6)")
    parser.add_argument("--only", default="", help="only pages whose name has this in it")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of a table")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.serve:
        serve(options.contacts)
        return 0
    figures = measure(options.contacts, options.turns, options.only)
    if options.json:
        say(figures)
        return 0
    filled = f"made in {figures['seconds to fill']:.0f} s"
    print(f"{figures['contacts']:,} contacts and what comes with them: {filled}\n")
    print("\n".join(table(figures)))
    print(f"\n{summary(figures)}")
    for what, page in figures["pages"].items():
        for scan in page["scans"]:
            print(f"\nSequential scan of contacts, {what}:\n{scan}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
