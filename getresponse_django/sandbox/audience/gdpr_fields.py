"""/gdpr-fields: the consents that forms ask for; read-only (contract/behaviour-contacts.md section 10)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..http.exchange import Request
from ..operations.routing import route
from ..state.dates import stamp
from ..state.records import GdprField
from ..state.store import Store


def gdpr_field_brief(store: Store, field: GdprField) -> dict[str, Any]:
    """GDPRField: without the text."""
    return {
        "gdprFieldId": field.gdpr_field_id,
        "name": field.name,
        "createdOn": stamp(field.created_at),
        "href": store.href("gdpr-fields", field.gdpr_field_id),
    }


def gdpr_field_detail(store: Store, field: GdprField) -> dict[str, Any]:
    """GDPRFieldDetails: with the text of the latest version."""
    version = {
        "gdprFieldVersionId": f"{field.gdpr_field_id}{field.version}",
        "content": field.content,
        "createdOn": stamp(field.changed_at),
    }
    return gdpr_field_brief(store, field) | {"latestVersion": version}


@route(
    "GET",
    "/gdpr-fields",
    key="gdprFieldId",
    each=gdpr_field_brief,
    sorts={"name": "name", "createdOn": "created_at"},
)
def list_gdpr_fields(store: Store, request: Request) -> Collection[GdprField]:
    """All consents."""
    return store.gdpr_fields.values()


@route("GET", "/gdpr-fields/{gdprFieldId}", key="gdprFieldId")
def get_gdpr_field(store: Store, request: Request) -> Any:
    """One consent."""
    return gdpr_field_detail(store, request.find("gdprFieldId", store.gdpr_fields))
