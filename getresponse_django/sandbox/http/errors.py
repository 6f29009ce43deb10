"""The API's errors: one exception that knows its envelope, and a constructor for each common refusal.

Source of codes, statuses and texts: contract/behaviour-core.md section 6, contract/behaviour-contacts.md
section 11.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

GENERAL = "General error of validation process, more details should be in context section"
INVALID = "Validation error, see context section for more information"

CODES: dict[int, tuple[int, str, str]] = {
    1: (500, "Internal error", "Internal error, please try again later"),
    1000: (400, GENERAL, INVALID),
    1001: (400, "Related resource is missing or invalid", "Related resource not found"),
    1002: (400, "The current state of the resource forbids this action", "Action is forbidden in this state"),
    1003: (400, "Wrong format of a parameter", "Parameter has wrong format"),
    1008: (
        409,
        "There is another resource with the same value of unique property",
        "Property value is already taken",
    ),
    1009: (400, "The resource is in use elsewhere", "Resource is in use and cannot be changed"),
    1011: (400, "The message is being sent", "Message is already being sent"),
    1013: (404, "The requested resource was not found", "Resource not found"),
    1014: (
        401,
        "Problem during authentication process, check headers!",
        "Unable to authenticate request. Check credentials or authentication method details",
    ),
    1015: (
        429,
        "Too many request to API, quota reached, please wait till next quota window",
        "You have reached your requests limit for this time window, please wait...",
    ),
    1016: (403, "Access to the API is temporarily blocked", "API access is temporarily blocked"),
    1019: (503, "The API is under maintenance", "API is temporarily unavailable, please try again later"),
    1021: (400, "Problem with the request headers", "Request headers are invalid"),
    1023: (403, "No permission for this account or campaign", "Access denied"),
    1024: (404, "The domain was not found", "Domain not found"),
    1027: (400, "The contact limit of the plan is reached", "Contact limit is reached"),
    100002: (400, "The HTTP method is not allowed for this resource", "Method not allowed"),
}
"""Code -> (HTTP status, codeDescription, message)."""


class ApiError(Exception):
    """A refusal of the API; ``envelope()`` is the JSON the client gets."""

    def __init__(
        self,
        code: int,
        message: str = "",
        *,
        context: Mapping[str, Any] | Sequence[Any] = (),
        status: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        default_status, self.description, default_message = CODES[code]
        self.code = code
        self.status = status or default_status
        self.message = message or default_message
        self.context = context if isinstance(context, Mapping) else list(context)
        self.headers = dict(headers or {})
        super().__init__(self.message)

    def envelope(self) -> dict[str, Any]:
        """The error body, with a new uuid (contract/behaviour-core.md section 6)."""
        return {
            "httpStatus": self.status,
            "code": self.code,
            "codeDescription": self.description,
            "message": self.message,
            "moreInfo": f"https://apidocs.getresponse.com/v3/errors#{self.code}",
            "context": self.context,
            "uuid": str(uuid.uuid4()),
        }


def not_found(**ids: str) -> ApiError:
    """404: there is no such resource; ``ids`` names it."""
    return ApiError(1013, context=ids)


def taken(value: str, message: str = "") -> ApiError:
    """409: a unique property has this value elsewhere."""
    return ApiError(1008, message, context={"value": value})


def unknown_reference(field: str, value: Any) -> ApiError:
    """400: the body names a related resource that does not exist."""
    return ApiError(1001, context={"fieldName": field, "originalValue": value})


def forbidden_state(message: str, **context: str) -> ApiError:
    """400, code 1002: the state of a resource forbids the action."""
    return ApiError(1002, message, context=context)


def bad_query(kind: str, name: str, original: str, description: str) -> ApiError:
    """400: a query parameter is not allowed or has an unusable value."""
    return ApiError(
        1000,
        context={
            "validationType": kind,
            "fieldName": name,
            "originalName": original,
            "errorDescription": description,
        },
    )
