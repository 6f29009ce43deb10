"""/ab-tests: tests of subjects (contract/behaviour-newsletters.md section 5).

Decided where the contract is open: nothing is sent, so a stage changes by a call only. A test to be sent now
begins as ``testing``, a scheduled one as ``preparing``. A winner can be chosen while ``testing``, which ends
it as ``completed``; a cancellation works at once, and is a 409 unless the test is in one of these stages. Any
other call in a wrong stage is a 400 with code 1002, an unknown variant one with 1001, unknown references of a
new test are a 404.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..audience.from_fields import from_field_reference
from ..http.errors import ApiError, forbidden_state, not_found, unknown_reference
from ..http.exchange import Request
from ..http.filters import among, choice, contains
from ..http.validation import identifier, shape
from ..operations.routing import route
from ..state.dates import optional_stamp, stamp
from ..state.experiment_records import AbTest, Variant
from ..state.store import Store
from .ab_test_bodies import NEW_AB_TEST, SELECTIONS, missing
from .sending import send_moment

STAGES = ("preparing", "testing", "finished", "sending-winner", "cancelled", "draft", "completed")
RUNNING = ("preparing", "testing")
DELETABLE = ("draft", "cancelled", "finished", "completed")
UTC_ZONE = 1


def ab_test_brief(store: Store, test: AbTest) -> dict[str, Any]:
    """AbtestsSubjectListItem."""
    delivery = test.delivery
    zone = delivery["sendOn"].get("timeZone", {"timeZoneId": UTC_ZONE})["timeZoneId"]
    return {
        "abTestId": test.ab_test_id,
        "href": store.href("ab-tests", "subject", test.ab_test_id),
        "name": test.name,
        "campaign": {
            "campaignId": test.campaign_id,
            "href": store.href("campaigns", test.campaign_id),
        },
        "fromField": from_field_reference(store, test.from_field_id),
        "replyTo": from_field_reference(store, test.reply_to_id),
        "status": "active" if test.stage in RUNNING else "inactive",
        "stage": test.stage,
        "deliverySettings": {
            "sendOn": {
                "date": stamp(test.send_at),
                "timeZone": {"timeZoneId": zone, "timeZoneName": None, "timeZoneOffset": None},
            },
            "winnerMode": delivery["winnerMode"],
            "winningCriteria": delivery["winningCriteria"],
            "samplingPercentage": delivery.get("samplingPercentage", 20),
            "samplingTime": delivery["samplingTime"],
        },
        "flags": list(test.flags),
        "createdOn": stamp(test.created_at),
        "updatedOn": stamp(test.updated_at),
    }


def ab_test_detail(store: Store, test: AbTest) -> dict[str, Any]:
    """AbtestsSubjectDetails: with variants, statistics and content."""
    winners = [variant for variant in test.variants if variant.is_winner]
    return ab_test_brief(store, test) | {
        "winnerSendingStart": optional_stamp(test.winner_at),
        "statistics": {"total": counted(test.variants), "winner": counted(winners)},
        "variants": [
            {
                "variantId": variant.variant_id,
                "index": "ABCDE"[number],
                "subject": variant.subject,
                "isWinner": variant.is_winner,
                "statistics": counted([variant]),
            }
            for number, variant in enumerate(test.variants)
        ],
        "sendSettings": dict(test.send_settings),
        "editor": "custom",
        "content": dict(test.content),
    }


def counted(variants: list[Variant]) -> dict[str, Any]:
    """AbtestsSubjectStatistics of some variants."""
    delivered = sum(variant.delivered for variant in variants)
    opened = sum(variant.opened for variant in variants)
    clicked = sum(variant.clicked for variant in variants)
    return {
        "delivered": delivered,
        "openRate": round(opened / delivered, 4) if delivered else 0.0,
        "clickRate": round(clicked / delivered, 4) if delivered else 0.0,
    }


def find_ab_test(store: Store, request: Request) -> AbTest:
    """The test of the path, or 404."""
    return request.find("abTestId", store.ab_tests)


def new_ab_test(store: Store, body: dict[str, Any]) -> AbTest:
    """Make a test of a body without a problem. Unknown references are a 404."""
    for name, value in missing(store, body):
        raise not_found(**{name: value})
    delivery, moment = body["deliverySettings"], store.now()
    scheduled = delivery["sendOn"]["sendingType"] == "scheduled"
    at = send_moment(delivery, "deliverySettings") if scheduled else None
    sender = body["fromField"]["fromFieldId"]
    test = AbTest(
        store.ids.new("ab-test"),
        body["name"],
        body["campaign"]["campaignId"],
        sender,
        body.get("replyTo", {}).get("fromFieldId", sender),
        "preparing" if scheduled else "testing",
        moment if at is None else at,
        moment,
        moment,
        [Variant(store.ids.new("variant"), subject) for subject in body["variants"]],
        delivery if scheduled else {**delivery, "sendOn": {}},
        {name: body["sendSettings"][name] for name in SELECTIONS if name in body["sendSettings"]},
        {name: body["content"][name] for name in ("html", "plain") if name in body["content"]},
        list(body.get("flags", [])),
    )
    store.ab_tests[test.ab_test_id] = test
    store.version += 1
    return test


@route(
    "GET",
    "/ab-tests/subject",
    key="abTestId",
    each=ab_test_brief,
    filters={
        "name": contains("name"),
        "stage": choice("stage_asked", *STAGES),
        "abTestId": among("ab_test_id"),
        "campaignId": among("campaign_id"),
    },
    sorts={"name": "name", "stage": "stage", "sendOn": "send_at", "totalDelivered": "delivered"},
)
def list_ab_tests(store: Store, request: Request) -> Collection[AbTest]:
    """All tests; the filter spells ``sending-winner``, the answer ``sending_winner``."""
    return store.ab_tests.values()


@route("POST", "/ab-tests/subject", status=201, body=NEW_AB_TEST)
def create_ab_test(store: Store, request: Request) -> Any:
    """Two to five subjects."""
    return ab_test_detail(store, new_ab_test(store, request.body))


@route("GET", "/ab-tests/subject/{abTestId}", key="abTestId")
def get_ab_test(store: Store, request: Request) -> Any:
    """One test in full."""
    return ab_test_detail(store, find_ab_test(store, request))


@route("POST", "/ab-tests/subject/{abTestId}/winner", status=204, body=shape({"variantId": identifier}))
def choose_winner(store: Store, request: Request) -> None:
    """Ends the test."""
    test, wanted = find_ab_test(store, request), request.body["variantId"]
    winner = next((variant for variant in test.variants if variant.variant_id == wanted), None)
    if winner is None:
        raise unknown_reference("variantId", wanted)
    if test.stage != "testing":
        raise forbidden_state("The test is not waiting for a winner", stage=test.stage)
    winner.is_winner, test.stage = True, "completed"
    test.winner_at = test.updated_at = store.now()
    store.version += 1


@route("POST", "/ab-tests/{abTestId}/cancel", status=202)
def cancel_ab_test(store: Store, request: Request) -> None:
    """Takes no body."""
    test = find_ab_test(store, request)
    if test.stage not in RUNNING:
        raise ApiError(1002, "The test is not running", context={"stage": test.stage}, status=409)
    test.stage, test.updated_at = "cancelled", store.now()
    store.version += 1


@route("DELETE", "/ab-tests/{abTestId}", status=204)
def delete_ab_test(store: Store, request: Request) -> None:
    """Only a draft, or a test that is over."""
    test = find_ab_test(store, request)
    if test.stage not in DELETABLE:
        raise forbidden_state("The test is running", stage=test.stage)
    del store.ab_tests[test.ab_test_id]
    store.version += 1
