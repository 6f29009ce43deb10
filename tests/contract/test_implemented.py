"""What the sandbox implements of the API: whole groups, nothing beside the contract, and a table of it."""

from __future__ import annotations

import subprocess
import sys

from getresponse_django.sandbox.routes import ROUTER

from .document import CONTRACT
from .implemented import complete_tags, operations

COMPLETE = {
    "A/B tests",
    "A/B tests - subject",
    "Accounts",
    "Addresses",
    "Autoresponders",
    "Campaigns (Lists)",
    "Carts",
    "Categories",
    "Click Tracks",
    "Contacts",
    "Custom Fields",
    "From Fields",
    "GDPR Fields",
    "Imports",
    "Meta Fields",
    "Newsletters",
    "Orders",
    "Predefined Fields",
    "Product Variants",
    "Products",
    "RSS Newsletters",
    "Search Contacts",
    "Shops",
    "Subscription Confirmations",
    "Suppressions",
    "Tags",
    "Taxes",
    "Transactional Emails",
    "Transactional Emails Templates",
    "Workflows",
}
"""The tags that the sandbox implements whole. Who completes another one adds it here."""


def test_the_groups_that_are_meant_to_be_complete_are() -> None:
    missing = [one for one in operations() if one.tag in COMPLETE and not one.sandbox]
    assert missing == []
    assert complete_tags() == COMPLETE


def test_the_sandbox_has_nothing_that_the_api_has_not() -> None:
    known = {(one.method, one.path) for one in operations()}
    assert {(route.method, route.path) for route in ROUTER.routes} <= known
    assert len(ROUTER.routes) == len({(route.method, route.path) for route in ROUTER.routes})


def test_the_table_has_a_line_for_each_operation_and_the_totals() -> None:
    command = [sys.executable, "-m", "tests.contract"]
    done = subprocess.run(command, cwd=CONTRACT.parents[2], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 223
    assert [line.split() for line in lines if " GET    /contacts " in line] == [
        ["Contacts", "GET", "/contacts", "schema", "yes"]
    ]
    assert [line.split()[-4:] for line in lines if " POST   /multimedia " in line] == [
        ["request", "line", "only", "no"]
    ]
    assert lines[-2] == f"220 operations, 182 with a schema, {len(ROUTER.routes)} in the sandbox"
