"""Which site this is, by its settings: so that a copy of a database, on a staging machine or a laptop, sends
nothing to customers. Why it is told by these settings: docs/explanation/decisions/staging.md.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import connections

from . import events

Site = dict[str, Any]
"""``{"database": "db.example.com/shop", "hosts": ["shop.example.com"]}``; empty for the database of tests."""

HERE = ("", "localhost", "127.0.0.1", "::1")


def this_site(using: str) -> Site:
    """The site that these settings describe, with its database ``using``."""
    return site_of(connections[using].settings_dict, settings.ALLOWED_HOSTS)


def site_of(database: Mapping[str, Any], allowed_hosts: Iterable[str]) -> Site:
    """The site with this database (an entry of DATABASES) and these hosts. Pure."""
    if is_for_tests(database):
        return {}
    return {"database": database_name(database), "hosts": sorted(domains(allowed_hosts))}


def database_name(database: Mapping[str, Any]) -> str:
    """Host and name; of SQLite the name of the file, which the folder of the project may be moved with."""
    name, host = str(database["NAME"]), str(database.get("HOST") or "").lower()
    if "sqlite" in str(database["ENGINE"]):
        return PurePath(name).name
    return f"{'localhost' if host in HERE or host.startswith('/') else host}/{name}"


def is_for_tests(database: Mapping[str, Any]) -> bool:
    """Whether it is the database of a test run, by Django's own names for it, or one in memory."""
    name, own = str(database["NAME"]), str((database.get("TEST") or {}).get("NAME") or "")
    stem = PurePath(name).stem
    in_memory = ":memory:" in name or "mode=memory" in name
    return in_memory or stem.startswith("test_") or bool(own and stem.startswith(PurePath(own).stem))


def domains(allowed_hosts: Iterable[str]) -> set[str]:
    """The names among ALLOWED_HOSTS that tell sites apart: no ``*``, no IP address, no machine's name."""
    names = {host.lower().lstrip(".").rstrip(".") for host in allowed_hosts}
    return {name for name in names if "." in name and not is_address(name)}


def is_address(name: str) -> bool:
    """Whether it is an IP address."""
    try:
        return bool(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return False


def is_same(bound: Site, here: Site) -> bool:
    """Whether the site that an account is bound to is the one here: the same database, and a host in common.

    An account that is bound to nothing is anybody's; one bound to no host is known by its database.
    """
    if not bound:
        return True
    hosts = set(bound["hosts"])
    return bound["database"] == here.get("database") and (not hosts or not hosts.isdisjoint(here["hosts"]))


def bound_anew(bound: Site, here: Site) -> Site:
    """What an account that sends from here is bound to from now on: hosts that the site got are added, and
    none is taken away, for a worker may know fewer than the site.
    """
    if bound and bound["hosts"]:
        return bound | {"hosts": sorted({*bound["hosts"], *here["hosts"]})}
    return bound or here


def in_words(site: Site) -> str:
    """The site for people."""
    if not site:
        return "the database of a test run"
    return f"{', '.join(site['hosts']) or 'no domain'} with the database {site['database']}"


@cache
def warn_once(alias: str, reason: str) -> None:
    """Log, once in each process, that this is a copy."""
    events.ACCOUNT_COPIED.log(account=alias, reason=reason)
