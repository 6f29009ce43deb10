"""Transactional e-mails and their templates. Moments are seconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Recipient:
    """One who gets a transactional e-mail, and what became of it; a moment is None until it happens."""

    email: str
    name: str | None = None
    sent_at: int | None = None
    rejected_at: int | None = None
    opened_at: int | None = None
    bounced_at: int | None = None
    complained_at: int | None = None
    clicks: list[tuple[str, int]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The last that happened, in the words of the API."""
        happened = {
            "reported_spam": self.complained_at,
            "bounced": self.bounced_at,
            "opened": self.opened_at,
            "rejected": self.rejected_at,
            "sent": self.sent_at,
        }
        return next((word for word, moment in happened.items() if moment is not None), "unknown")


@dataclass(slots=True)
class TransactionalEmail:
    """An e-mail to one person, with copies perhaps."""

    transactional_email_id: str
    created_at: int
    from_field_id: str
    reply_to_id: str
    subject: str
    tag_id: str | None
    to: Recipient
    cc: list[Recipient] = field(default_factory=list)
    bcc: list[Recipient] = field(default_factory=list)

    @property
    def sent_at(self) -> int | None:
        """When it left for its main recipient."""
        return self.to.sent_at

    @property
    def recipients(self) -> list[Recipient]:
        """Everyone."""
        return [self.to, *self.cc, *self.bcc]


@dataclass(slots=True)
class TransactionalTemplate:
    """A text for transactional e-mails."""

    template_id: str
    subject: str
    created_at: int
    updated_at: int
    content: dict[str, str]
