"""A member from the registration to the erasure, by HTTP alone; then the whole database is searched."""

from __future__ import annotations

from contextlib import closing

import pytest
from django.utils.crypto import salted_hmac

from example_project.demo.browser import Browser
from tests.journey.conftest import SECRET_KEY, Site, Variant
from tests.journey.searching import connected

OLD, NEW, BERT = "anna@example.com", "anna.nowak@example.com", "bert@example.com"

pytestmark = pytest.mark.xdist_group("example")

LEDGER = {"getresponse_django_consentrecord.email"}
OF_A_MEMBER = {
    "account_emailaddress.email",
    *LEDGER,
    "getresponse_django_contact.base",
    "getresponse_django_contact.email",
    "members_member.email",
}
"""Where the address of a member is, at least."""


@pytest.mark.parametrize(
    "site", [Variant(True, "postgresql"), Variant(False, "sqlite")], ids=["webhooks", "pull"], indirect=True
)
def test_a_member_registers_moves_leaves_and_is_forgotten(site: Site) -> None:
    anna = site.visitor()
    registers_and_confirms(site, anna)
    changes_the_address(site, anna)
    contact_id = leaves_a_list(site, anna)
    deletes_the_account(site, anna)
    is_forgotten(site)
    stays_forgotten(site, contact_id)


def registers_and_confirms(site: Site, anna: Browser) -> None:
    bert = site.visitor()
    for visitor, address in ((bert, BERT), (anna, OLD)):
        site.register(visitor, address)
    site.confirm(bert, BERT)
    site.pushed(site.subscribed, on_both_lists(BERT))
    site.confirm(anna, OLD)
    site.pushed(site.subscribed, on_both_lists(BERT, OLD))
    site.becomes(lambda: site.lists(anna), {"customers": ["active", ""], "newsletter": ["active", ""]})


def changes_the_address(site: Site, anna: Browser) -> None:
    anna.submit("/accounts/email/", {"email": NEW, "action_add": ""})
    site.pushed(site.subscribed, on_both_lists(BERT, OLD))
    site.confirm(anna, NEW)
    site.pushed(site.subscribed, on_both_lists(BERT, NEW))


def leaves_a_list(site: Site, anna: Browser) -> str:
    contact_id = site.click_unsubscribe(NEW, "customers")
    site.learnt(
        lambda: site.lists(anna), {"customers": ["left", "unsubscribe"], "newsletter": ["active", ""]}
    )
    assert site.subscribed() == {"customers": [BERT], "newsletter": [NEW, BERT]}
    assert site.where(NEW) >= OF_A_MEMBER - LEDGER
    assert site.where(OLD) >= LEDGER, "the consent was given under the old address"
    if site.variant.webhooks:
        assert "getresponse_django_webhookevent.body" in site.where(NEW) & site.where(OLD)
    return contact_id


def deletes_the_account(site: Site, anna: Browser) -> None:
    anna.submit("/delete/", {})
    if not site.variant.webhooks:  # there the rules say that who is deleted is erased
        assert "contacts: 1 erased" in site.manage("getresponse_person", NEW, "--erase", "--no-input")
    site.pushed(site.subscribed, on_both_lists(BERT))


def is_forgotten(site: Site) -> None:
    """Nothing of either address is anywhere, but the keyed hash; and the other member is still there."""
    site.becomes(lambda: site.where(NEW) | site.where(OLD), set())
    assert digests(site) == [digest(NEW)]
    assert site.where(BERT) >= OF_A_MEMBER


def stays_forgotten(site: Site, contact_id: str) -> None:
    """Not even a late event, a full pull and all the rules bring anything back."""
    if site.variant.webhooks:
        site.sandbox.send_webhook("contact_opened_message", contact_id)
        assert site.sandbox.wait_for_deliveries()
    site.manage("getresponse_reconcile")
    site.pushed(site.subscribed, on_both_lists(BERT))
    is_forgotten(site)
    logs = "".join(path.read_text() for path in site.processes.folder.glob("*.log"))
    assert "getresponse" in logs
    assert [address for address in (OLD, NEW, BERT) if address in logs] == []


def on_both_lists(*addresses: str) -> dict[str, list[str]]:
    return {name: sorted(addresses) for name in ("customers", "newsletter")}


def digests(site: Site) -> list[str]:
    """The keyed hashes of who was erased."""
    with closing(connected(site.processes.environment["DATABASE_URL"])) as connection:
        rows = connection.execute("SELECT digest FROM getresponse_django_erasedaddress").fetchall()
    return sorted(digest for (digest,) in rows)


def digest(address: str) -> str:
    return salted_hmac(
        "getresponse_django.erased", address, secret=SECRET_KEY, algorithm="sha256"
    ).hexdigest()
