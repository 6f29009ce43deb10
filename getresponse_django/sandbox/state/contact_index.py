"""Contacts, found by id, campaign, address, e-mail and tag without a scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from .records import Contact


class ContactIndex:
    """A set of contacts with its indexes. Change an indexed field of a contact only between ``remove`` and
    ``add``, and its tags by ``retag``.
    """

    def __init__(self) -> None:
        self.by_id: dict[str, Contact] = {}
        self.by_campaign: defaultdict[str, dict[str, Contact]] = defaultdict(dict)
        self.by_email: defaultdict[str, dict[str, Contact]] = defaultdict(dict)
        self.by_tag: defaultdict[str, dict[str, Contact]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[Contact]:
        return iter(self.by_id.values())

    def add(self, contact: Contact) -> None:
        """Take a contact in."""
        self.by_id[contact.contact_id] = contact
        for group in self._groups(contact):
            group[contact.contact_id] = contact

    def remove(self, contact: Contact) -> None:
        """Let a contact go; KeyError when it is not here."""
        del self.by_id[contact.contact_id]
        for group in self._groups(contact):
            del group[contact.contact_id]
        if not self.by_email[contact.email.lower()]:
            del self.by_email[contact.email.lower()]

    def retag(self, contact: Contact, tags: dict[str, int]) -> None:
        """Replace the tags of a contact, which keeps its place among the others."""
        for tag_id in contact.tags.keys() - tags.keys():
            del self.by_tag[tag_id][contact.contact_id]
        for tag_id in tags.keys() - contact.tags.keys():
            self.by_tag[tag_id][contact.contact_id] = contact
        contact.tags = tags

    def _groups(self, contact: Contact) -> Iterator[dict[str, Contact]]:
        yield self.by_campaign[contact.campaign_id]
        yield self.by_email[contact.email.lower()]
        for tag_id in contact.tags:
            yield self.by_tag[tag_id]

    def of_campaign(self, campaign_id: str) -> Collection[Contact]:
        """The members of a campaign, oldest first."""
        return self.by_campaign[campaign_id].values() if campaign_id in self.by_campaign else ()

    def with_email(self, email: str) -> Collection[Contact]:
        """All contacts of an address, whatever its case."""
        return self.by_email[email.lower()].values() if email.lower() in self.by_email else ()

    def with_tag(self, tag_id: str) -> Collection[Contact]:
        """All contacts that carry a tag."""
        return self.by_tag[tag_id].values() if tag_id in self.by_tag else ()

    def at(self, campaign_id: str, email: str) -> Contact | None:
        """The contact of an address in a campaign; of several (removed ones) the latest."""
        found = [contact for contact in self.with_email(email) if contact.campaign_id == campaign_id]
        return found[-1] if found else None
