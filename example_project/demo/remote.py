"""What the sandbox has, asked from outside over HTTP, through its door for demos and tests."""

from __future__ import annotations

from typing import Any

import requests

Found = dict[str, Any]


class Remote:
    """The contacts of one list in the sandbox at ``address``."""

    def __init__(self, address: str, campaign: str) -> None:
        self.address, self.campaign = address, campaign
        self.session = requests.Session()
        self.session.trust_env = False  # a proxy of the environment is not for 127.0.0.1

    def contacts(self) -> list[Found] | None:
        """All of them, in detail; None while the sandbox does not listen yet."""
        try:
            answer = self.session.get(
                f"{self.address}/_sandbox/contacts", params={"campaign": self.campaign}, timeout=10
            )
        except requests.ConnectionError:
            return None
        answer.raise_for_status()
        found: list[Found] = answer.json()
        return found

    def contact(self, email: str) -> Found | None:
        """The one with this address."""
        return next((contact for contact in self.contacts() or [] if contact["email"] == email), None)

    def tell(self, url: str) -> None:
        """From now on tell this URL what happens, as the webhooks of the panel do."""
        self.session.post(
            f"{self.address}/_sandbox/webhook", json={"url": url}, timeout=10
        ).raise_for_status()

    def unsubscribe(self, contact: Found) -> None:
        """Follow the link at the end of a newsletter."""
        link = f"{self.address}/_sandbox/unsubscribe"
        self.session.get(link, params={"contact": contact["contactId"]}, timeout=10).raise_for_status()


def values_of(contact: Found, field: str) -> list[str]:
    """The values of a custom field, by its name; empty when the contact has none."""
    fields = {one.get("name"): one["value"] for one in contact["customFieldValues"]}
    values: list[str] = fields.get(field, [])
    return values


def tags_of(contact: Found) -> list[str]:
    """The names of the tags."""
    return [tag["name"] for tag in contact["tags"]]
