"""/transactional-emails: sent at once, listed, and counted (contract: CreateTransactionalEmail,
TransactionalEmailDetails).

Decided where the contract is open: unknown senders, tags and templates are a 400 with code 1001; an e-mail
without a subject is answered with "(no subject)"; it is sent in the moment of its creation, except to blocked
addresses, which reject it. Nobody opens what the sandbox sends: only seeded e-mails have opens and clicks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..audience.from_fields import from_field_reference
from ..http.errors import unknown_reference
from ..http.exchange import Request
from ..http.filters import among, boolean, period
from ..http.validation import (
    Path,
    Problem,
    email,
    identifier,
    list_of,
    problem,
    shape,
    text,
    that,
    variant,
)
from ..messages.message_bodies import SENDER, missing_senders
from ..operations.routing import route
from ..state.blocklist import matches
from ..state.dates import optional_stamp, parse, stamp
from ..state.store import Store
from ..state.transactional_records import Recipient, TransactionalEmail
from .transactional_templates import content

MOST_RECIPIENTS = 8
NO_SUBJECT = "(no subject)"
MOMENT = that(lambda value: parse(value) is not None, "Value must be a date-time")
PERSON = {"name": text(1, 128)}
RECIPIENT = shape({"email": email}, PERSON)
RECIPIENTS = shape(
    {"to": shape({"email": email}, {**PERSON, "validSince": MOMENT})},
    {"cc": list_of(RECIPIENT), "bcc": list_of(RECIPIENT)},
)
FILE = text(3, 128)
ATTACHMENTS = list_of(shape({"fileName": FILE, "mimeType": FILE, "content": text()}))
TAG = shape({"tagId": identifier})
TEMPLATE = shape({"templateId": identifier}, {"lexpad": shape()})


def recipients(value: Any, path: Path) -> Iterator[Problem]:
    """TransactionalEmailRecipients: at most 8 in all."""
    problems = list(RECIPIENTS(value, path))
    yield from problems
    if not problems:
        number = 1 + len(value.get("cc", [])) + len(value.get("bcc", []))
        if number > MOST_RECIPIENTS:
            yield problem(path, number, f"There may be {MOST_RECIPIENTS} recipients in all")


NEEDED = {"fromField": SENDER, "recipients": recipients}
OTHERS = {"replyTo": SENDER, "tag": TAG, "attachments": ATTACHMENTS}
DIRECT = shape({**NEEDED, "content": content}, {**OTHERS, "subject": text(1, 512)})
NEW_EMAIL = variant(
    "contentType",
    {"direct": DIRECT, "template": shape({**NEEDED, "template": TEMPLATE}, OTHERS)},
    otherwise=DIRECT,
)


def email_brief(store: Store, found: TransactionalEmail) -> dict[str, Any]:
    """TransactionalEmailListElement."""
    return email_base(store, found) | {
        "recipients": {"to": person(found.to) | {"statuses": {"sentOn": optional_stamp(found.to.sent_at)}}}
    }


def email_base(store: Store, found: TransactionalEmail) -> dict[str, Any]:
    """What the list and the detail share."""
    return {
        "transactionalEmailId": found.transactional_email_id,
        "href": store.href("transactional-emails", found.transactional_email_id),
        "fromField": from_field_reference(store, found.from_field_id),
        "subject": found.subject,
        **({"tag": {"tagId": found.tag_id}} if found.tag_id else {}),
    }


def person(one: Recipient) -> dict[str, Any]:
    """TransactionalEmailRecipient."""
    return {"email": one.email, **({"name": one.name} if one.name else {}), "status": one.status}


def recipient_detail(one: Recipient) -> dict[str, Any]:
    """TransactionalEmailRecipientDetails."""
    return person(one) | {
        "statuses": {
            "sentOn": optional_stamp(one.sent_at),
            "rejectedOn": optional_stamp(one.rejected_at),
            "openedOn": optional_stamp(one.opened_at),
            "bouncedOn": optional_stamp(one.bounced_at),
            "complainedOn": optional_stamp(one.complained_at),
        },
        "clickedLinks": [{"url": url, "clickedOn": stamp(at)} for url, at in one.clicks],
    }


def email_detail(store: Store, found: TransactionalEmail) -> dict[str, Any]:
    """TransactionalEmailDetails."""
    return email_base(store, found) | {
        "replyTo": from_field_reference(store, found.reply_to_id),
        "recipients": {
            "to": recipient_detail(found.to),
            "cc": [recipient_detail(one) for one in found.cc],
            "bcc": [recipient_detail(one) for one in found.bcc],
        },
    }


@route(
    "GET",
    "/transactional-emails",
    key="transactionalEmailId",
    each=email_brief,
    filters={
        **period("sentOn", "sent_at"),
        "tagged": boolean("tag_id"),
        "tagId": among("tag_id"),
    },
)
def list_emails(store: Store, request: Request) -> Collection[TransactionalEmail]:
    """All transactional e-mails; there are no sorts."""
    return store.transactional_emails.values()


@route("POST", "/transactional-emails", status=201, body=NEW_EMAIL)
def create_email(store: Store, request: Request) -> Any:
    """Answers the id only."""
    body = request.body
    for name, value in missing(store, body):
        raise unknown_reference(name, value)
    if body["contentType"] == "template":
        subject = store.transactional_templates[body["template"]["templateId"]].subject
    else:
        subject = body.get("subject", NO_SUBJECT)
    given, sender = body["recipients"], body["fromField"]["fromFieldId"]
    made = TransactionalEmail(
        store.ids.new("transactional-email"),
        store.now(),
        sender,
        body.get("replyTo", {}).get("fromFieldId", sender),
        subject,
        body.get("tag", {}).get("tagId"),
        sent_to(store, given["to"]),
        [sent_to(store, one) for one in given.get("cc", [])],
        [sent_to(store, one) for one in given.get("bcc", [])],
    )
    store.transactional_emails[made.transactional_email_id] = made
    store.version += 1
    return {"transactionalEmailId": made.transactional_email_id}


def missing(store: Store, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, id) of everything a body refers to that does not exist."""
    yield from missing_senders(store, body)
    if "tag" in body and body["tag"]["tagId"] not in store.tags:
        yield "tagId", body["tag"]["tagId"]
    if body["contentType"] == "template":
        template_id = body["template"]["templateId"]
        if template_id not in store.transactional_templates:
            yield "templateId", template_id


def sent_to(store: Store, given: dict[str, Any]) -> Recipient:
    """A recipient to whom an e-mail was sent now, or who rejected it."""
    one = Recipient(given["email"], given.get("name"))
    if any(matches(mask, one.email) for mask in store.masks):
        one.rejected_at = store.now()
    else:
        one.sent_at = store.now()
    return one


@route("GET", "/transactional-emails/{transactionalEmailId}", key="transactionalEmailId")
def get_email(store: Store, request: Request) -> Any:
    """One e-mail with everyone who got it."""
    return email_detail(store, request.find("transactionalEmailId", store.transactional_emails))
