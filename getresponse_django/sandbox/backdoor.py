"""/_sandbox/...: what the API does not offer, for a demo or test in another process. No authentication.

GET contacts?campaign=NAME, GET requests?last=N, GET unsubscribe?contact=ID (the link in a message),
POST webhook, POST fail, POST chaos, POST heal, POST remove, POST reset.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from .audience.contacts import contact_detail
from .audience.import_work import import_due
from .audience.memberships import REASONS, land_due, remove
from .http.exchange import Request, Response, json_response
from .http.faults import Fault, chaos
from .state.deliveries import Webhook
from .state.store import Store, by_name


class Refused(ValueError):
    """The request makes no sense; the text says why."""


def backdoor_answer(application: Any, request: Request) -> Response:
    """The answer to a request outside the API; a plain ``{"error": ...}`` with 400 when it makes no sense."""
    action = ACTIONS.get((request.method, request.path.removeprefix("/_sandbox/")))
    if action is None:
        known = ", ".join(f"{method} /_sandbox/{name}" for method, name in ACTIONS)
        return json_response(404, {"error": f"There are only: {known}."})
    try:
        return json_response(200, action(application, request))
    except (ValueError, TypeError) as error:
        return json_response(400, {"error": str(error)})


def find_campaign_id(store: Store, name: str) -> str:
    """The id of a campaign given by name or id. Raises Refused."""
    campaign = store.campaigns.get(name) or by_name(store.campaigns.values(), name)
    if campaign is None:
        raise Refused(f"There is no campaign {name!r}.")
    return campaign.campaign_id


def contact_list(store: Store, campaign: str | None) -> list[dict[str, Any]]:
    """The details of the active contacts, of one campaign or of all."""
    land_due(store)
    import_due(store)
    found = store.active.of_campaign(find_campaign_id(store, campaign)) if campaign else store.active
    return [contact_detail(store, contact) for contact in found]


def remove_contact(store: Store, contact_id: str, reason: str) -> None:
    """Make an active contact leave for a reason. Raises Refused."""
    contact = store.active.by_id.get(contact_id)
    if contact is None:
        raise Refused(f"There is no active contact {contact_id!r}.")
    if reason not in REASONS:
        raise Refused(f"Unknown reason {reason!r}; use one of: {', '.join(sorted(REASONS))}.")
    remove(store, contact, reason)


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises ValueError."""
    body = json.loads(request.raw or b"{}")
    if not isinstance(body, dict):
        raise Refused("The body must be a JSON object.")
    return body


def show_contacts(application: Any, request: Request) -> Any:
    """GET contacts."""
    with application.lock:
        return contact_list(application.store, request.query.get("campaign"))


def show_requests(application: Any, request: Request) -> Any:
    """GET requests: the last N of the log, oldest first."""
    last = int(request.query.get("last", "100"))
    return [asdict(logged) for logged in list(application.log)[-last:]] if last > 0 else []


def order_failure(application: Any, request: Request) -> Any:
    """POST fail; the options are those of ``Sandbox.fail``."""
    application.faults.arm(Fault(**body_of(request)))
    return {"armed": len(application.faults.armed)}


def order_chaos(application: Any, request: Request) -> Any:
    """POST chaos; the options are those of ``Sandbox.chaos``."""
    application.faults.arm(*chaos(**body_of(request)))
    return {"armed": len(application.faults.armed)}


def order_healing(application: Any, request: Request) -> Any:
    """POST heal: forget the failures, and nothing else."""
    application.faults.clear()
    return {"armed": 0}


def order_removal(application: Any, request: Request) -> Any:
    """POST remove."""
    body = body_of(request)
    with application.lock:
        remove_contact(application.store, str(body.get("contactId")), str(body.get("reason", "unsubscribe")))
    return {"removed": body.get("contactId")}


def follow_unsubscribe_link(application: Any, request: Request) -> Any:
    """GET unsubscribe."""
    contact_id = request.query.get("contact", "")
    with application.lock:
        remove_contact(application.store, contact_id, "unsubscribe")
    return {"unsubscribed": contact_id}


def add_webhook(application: Any, request: Request) -> Any:
    """POST webhook: ``url``, and perhaps ``types`` and ``batched``."""
    body = body_of(request)
    webhook = Webhook(str(body.get("url", "")), frozenset(body.get("types", ())), bool(body.get("batched")))
    with application.lock:
        application.store.webhooks.append(webhook)
        return {"webhooks": len(application.store.webhooks)}


def order_reset(application: Any, request: Request) -> Any:
    """POST reset."""
    application.reset()
    return {"reset": True}


ACTIONS: dict[tuple[str, str], Callable[[Any, Request], Any]] = {
    ("GET", "contacts"): show_contacts,
    ("GET", "requests"): show_requests,
    ("GET", "unsubscribe"): follow_unsubscribe_link,
    ("POST", "webhook"): add_webhook,
    ("POST", "fail"): order_failure,
    ("POST", "chaos"): order_chaos,
    ("POST", "heal"): order_healing,
    ("POST", "remove"): order_removal,
    ("POST", "reset"): order_reset,
}
