"""The rows that ``benchmarks.push`` pushes: what the sandbox has is mirrored, contacts are made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from getresponse_django.sandbox import Sandbox

if TYPE_CHECKING:
    from getresponse_django.models import Contact

CAMPAIGN = "benchmark"
CUSTOM_FIELD = "benchmark"


def mirror_sandbox(sandbox: Sandbox) -> None:
    """Give the sandbox a list and a custom field, and mirror them."""
    from getresponse_django import mirror
    from getresponse_django.models import Account
    from getresponse_django.resources import RESOURCES

    account = Account.objects.for_alias("default")
    sandbox.add_campaign(CAMPAIGN)
    sandbox.add_contact("first@example.com", "customers", custom_fields={CUSTOM_FIELD: "old"})
    mirror.mirror_named(account, RESOURCES["campaign"], sandbox.campaigns())
    mirror.mirror_named(account, RESOURCES["custom_field"], sandbox.custom_fields())


def new_contacts(count: int) -> str:
    """Record new contacts; returns the id of their list."""
    from getresponse_django.models import Campaign, Contact

    campaign = Campaign.objects.get(name=CAMPAIGN)
    for start in range(0, count, 10_000):
        numbers = range(start, min(count, start + 10_000))
        Contact.objects.bulk_create(
            [
                Contact(
                    account=campaign.account,
                    campaign=campaign,
                    email=f"person{number}@example.com",
                    name=f"Person {number}",
                    custom_fields={CUSTOM_FIELD: ["old"]},
                )
                for number in numbers
            ],
            batch_size=1000,
        )
    return str(campaign.campaign_id)


def linked_contacts(sandbox: Sandbox, count: int) -> list[Contact]:
    """Contacts that both sides have, with nothing to push."""
    from getresponse_django import mirror
    from getresponse_django.models import Account, Contact

    details = [
        sandbox.add_contact(
            f"person{number}@example.com", CAMPAIGN, name="Old", custom_fields={CUSTOM_FIELD: "old"}
        )
        for number in range(count)
    ]
    mirror.mirror_contacts(Account.objects.get(), details)
    return list(Contact.objects.order_by("pk"))
