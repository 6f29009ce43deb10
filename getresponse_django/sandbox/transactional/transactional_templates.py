"""/transactional-emails/templates (contract: TransactionalEmailsTemplateDetails).

Decided where the contract is open: a template may begin without content, but content that is given has HTML
or plain text or both, and an update replaces it whole; subjects need not be unique.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ..http.exchange import Request
from ..http.filters import contains
from ..http.validation import Path, Problem, problem, shape, text
from ..operations.routing import route
from ..state.dates import stamp
from ..state.store import Store
from ..state.transactional_records import TransactionalTemplate

LONGEST = 16 * 1024 * 1024


def content(value: Any, path: Path) -> Iterator[Problem]:
    """An object with ``html``, ``plain`` or both, together at most 16 MB."""
    problems = list(shape({}, {"html": text(0, LONGEST), "plain": text(0, LONGEST)})(value, path))
    yield from problems
    if problems:
        return
    if not parts_of(value):
        yield problem(path, value, "At least one of html and plain is required")
    if sum(len(part.encode(errors="replace")) for part in parts_of(value).values()) > LONGEST:
        yield problem(path, None, "The content is larger than 16 MB")


def parts_of(given: dict[str, Any]) -> dict[str, str]:
    """The parts of a content that are there."""
    return {name: given[name] for name in ("html", "plain") if name in given}


SUBJECT = {"subject": text(1, 512)}
CONTENT = {"content": content}


def template_brief(store: Store, template: TransactionalTemplate) -> dict[str, Any]:
    """TransactionalEmailsTemplateListElement."""
    return {
        "templateId": template.template_id,
        "href": store.href("transactional-emails", "templates", template.template_id),
        "subject": template.subject,
        "createdOn": stamp(template.created_at),
        "updatedOn": stamp(template.updated_at),
        "editor": "html",
    }


def template_detail(store: Store, template: TransactionalTemplate) -> dict[str, Any]:
    """TransactionalEmailsTemplateDetails: with the content."""
    return template_brief(store, template) | {"content": dict(template.content)}


def new_template(store: Store, subject: str, given: dict[str, Any]) -> TransactionalTemplate:
    """Make a template."""
    now = store.now()
    template = TransactionalTemplate(store.ids.new("template"), subject, now, now, parts_of(given))
    store.transactional_templates[template.template_id] = template
    store.version += 1
    return template


def find_template(store: Store, request: Request) -> TransactionalTemplate:
    """The template of the path, or 404."""
    return request.find("transactionalEmailTemplateId", store.transactional_templates)


@route(
    "GET",
    "/transactional-emails/templates",
    key="templateId",
    each=template_brief,
    filters={"subject": contains("subject")},
    sorts={"subject": "subject", "createdOn": "created_at"},
)
def list_templates(store: Store, request: Request) -> Collection[TransactionalTemplate]:
    """All templates."""
    return store.transactional_templates.values()


@route("POST", "/transactional-emails/templates", status=201, body=shape(SUBJECT, CONTENT))
def create_template(store: Store, request: Request) -> Any:
    """Only the subject is needed."""
    return template_detail(
        store, new_template(store, request.body["subject"], request.body.get("content", {}))
    )


@route("GET", "/transactional-emails/templates/{transactionalEmailTemplateId}", key="templateId")
def get_template(store: Store, request: Request) -> Any:
    """One template."""
    return template_detail(store, find_template(store, request))


@route(
    "POST",
    "/transactional-emails/templates/{transactionalEmailTemplateId}",
    body=shape({}, {**SUBJECT, **CONTENT}),
)
def update_template(store: Store, request: Request) -> Any:
    """What is left out stays."""
    template, body = find_template(store, request), request.body
    template.subject = body.get("subject", template.subject)
    if "content" in body:
        template.content = parts_of(body["content"])
    template.updated_at = store.now()
    store.version += 1
    return template_detail(store, template)


@route("DELETE", "/transactional-emails/templates/{transactionalEmailTemplateId}", status=204)
def delete_template(store: Store, request: Request) -> None:
    """What was sent with it stays."""
    del store.transactional_templates[find_template(store, request).template_id]
    store.version += 1
