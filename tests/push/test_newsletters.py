"""Newsletters: made, made anew, sent, cancelled and deleted; nothing that may go out goes out twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from getresponse_django import mirror
from getresponse_django.admin.outbox.retrying import retry
from getresponse_django.client import Client
from getresponse_django.models import Account, Campaign, Change, FromField, Newsletter, Segment
from getresponse_django.push.newsletters import send_on
from getresponse_django.resources import RESOURCES
from getresponse_django.sandbox.messages.sending import send_due
from getresponse_django.sandbox.state.records import Newsletter as Remote

from .conftest import World, meanwhile
from .test_named import definition


def newsletter(world: World, **values: Any) -> Newsletter:
    """A draft to the list, waiting to be pushed."""
    with Client.for_account("default") as client:
        mirror.mirror_named(world.account, RESOURCES["from_field"], client.get("/from-fields"))
    world.sandbox._application.log.clear()
    sender = FromField.plain.filter(is_active=True).first()
    audience = {"selectedCampaigns": [world.campaign.campaign_id]}
    given = {"name": "March", "subject": "Spring is here", "html": "<p>Hello</p>", "send_settings": audience}
    given |= {"campaign": world.campaign, "from_field": sender} | values
    return Newsletter.objects.create(account=world.account, **given)


def pushed(world: World, **values: Any) -> Newsletter:
    """One that GetResponse has, with nothing left to push; the log of requests begins after it."""
    row = newsletter(world, **values)
    world.push_all()
    assert not Change.objects.exists()
    world.sandbox._application.log.clear()
    return fresh(row)


def fresh(row: Newsletter) -> Newsletter:
    return Newsletter.objects.get(pk=row.pk)


def remotes(world: World) -> list[Remote]:
    """The newsletters there, but the seeded ones."""
    return [n for n in world.sandbox._store.newsletters.values() if n.name == "March"]


def remote(world: World) -> Remote:
    (found,) = remotes(world)
    return found


def drafts(world: World) -> int:
    return len(remotes(world))


def posts(world: World) -> list[str]:
    """The paths of the writes, with the id as a star."""
    ids = {str(row.newsletter_id) for row in Newsletter.objects.all()}
    paths = [(r.method, r.path.split("/")) for r in world.writes()]
    return [f"{method} " + "/".join("*" if part in ids else part for part in path) for method, path in paths]


def sent(world: World, row: Newsletter) -> int:
    """How often it went out."""
    send_due(world.sandbox._store, everything=True)
    return sum(bool(n.status == "finished") for n in remotes(world))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "html", "garbage"])
def test_a_newsletter_of_unknown_fate_is_left_to_a_person(world: World, kind: str, when: str) -> None:
    row = newsletter(world)
    world.sandbox.fail(method="POST", kind=kind, when=when)
    world.push_all()
    assert Change.objects.get().reason == "unknown"
    row = fresh(row)
    assert "nobody knows" in row.last_error
    row.subject = "An edit is no knowledge either"
    row.save()
    world.push_all()
    assert Change.objects.get().reason == "unknown"
    assert len(world.writes()) == 1


@pytest.mark.parametrize(("status", "code"), [(503, 1019), (429, 1015), (401, 1014)])
def test_a_newsletter_that_surely_was_not_processed_is_sent_later(
    world: World, status: int, code: int
) -> None:
    row = newsletter(world)
    world.sandbox.fail(status=status, code=code, method="POST")
    world.push()
    Account.objects.update(limits={}, resume_at=None, circuit_opened_at=None)
    world.push_all()
    assert (drafts(world), fresh(row).newsletter_id is not None) == (1, True)


def test_a_refused_newsletter_is_sent_after_it_was_mended(world: World) -> None:
    row = newsletter(world)
    world.sandbox.fail(status=400, code=1000, method="POST")
    world.push_all()
    assert Change.objects.get().reason == "rejected"
    assert fresh(row).last_error
    row = fresh(row)
    row.html = "<p>Now with content</p>"
    row.save()
    world.push_all()
    assert drafts(world) == 1
    assert fresh(row).last_error == ""


def test_a_newsletter_waits_for_its_list_and_sender(world: World) -> None:
    row = newsletter(world, campaign=Campaign.objects.named(world.account, "not there yet"))
    world.push()
    assert Change.objects.get().gave_up_at is None
    assert world.writes() == []
    world.sandbox.add_campaign("not there yet")
    world.pull_named()
    world.push_all()
    assert (drafts(world), fresh(row).newsletter_id is not None) == (1, True)


def test_a_newsletter_is_deleted(world: World) -> None:
    row = newsletter(world)
    world.push_all()
    fresh(row).delete()
    world.push_all()
    assert drafts(world) == 0


@pytest.mark.parametrize("edited_before", [False, True])
def test_what_is_deleted_while_it_is_made_is_removed_there(world: World, edited_before: bool) -> None:
    row = edited(world) if edited_before else newsletter(world)
    with meanwhile(world, "POST", lambda: Newsletter.objects.filter(pk=row.pk).delete()):
        world.push()
    world.push_all()
    assert drafts(world) == 0
    assert not Newsletter.objects.filter(name=row.name).exists()
    assert not Change.objects.exists()


def test_an_answer_may_say_more_than_was_sent(world: World) -> None:
    row = pushed(world)
    row.save()
    Newsletter.objects.filter(pk=row.pk).update(name=row.name)
    world.push_all()
    assert (posts(world), drafts(world)) == ([], 1)


# --- edited drafts --------------------------------------------------------------------------------


def edited(world: World) -> Newsletter:
    row = pushed(world)
    row.html = "<p>Better</p>"
    row.save()
    return row


def test_an_edited_draft_is_made_anew_before_the_old_one_is_removed(world: World) -> None:
    row = edited(world)
    old = row.newsletter_id
    world.push_all()
    row = fresh(row)
    assert [(r.method, r.path) for r in world.writes()] == [
        ("POST", "/newsletters"),
        ("DELETE", f"/newsletters/{old}"),
    ]
    there = remote(world)
    assert (there.message_id, there.content, there.status) == (row.newsletter_id, {"html": row.html}, "draft")
    assert (row.replaced_id, row.under_way, Change.objects.count()) == (None, "", 0)


def test_a_draft_keeps_what_was_made_of_it_elsewhere_when_it_is_made_anew(world: World) -> None:
    row = edited(world)
    there = remote(world)
    there.flags, there.attachments = ["clicktrack"], [{"fileName": "a", "content": "YQ==", "mimeType": "b/c"}]
    there.subject = "Edited in the panel"
    world.push_all()
    anew = remote(world)
    assert (anew.flags, anew.subject) == (["clicktrack"], "Edited in the panel")
    assert anew.attachments[0]["content"] == "YQ=="
    assert anew.content == {"html": "<p>Better</p>"}
    assert fresh(row).subject == "Edited in the panel"


@pytest.mark.parametrize(("status", "when"), [(500, "before"), (503, "before"), (500, "after")])
def test_the_removal_of_the_old_draft_is_resumed(world: World, status: int, when: str) -> None:
    row = edited(world)
    old = row.newsletter_id
    world.sandbox.fail(status=status, code=1, method="DELETE", when=when)
    world.push()
    assert fresh(row).replaced_id == old
    with Client.for_account("default") as client:  # a pull in between must not bring the old one back
        mirror.mirror_named(world.account, RESOURCES["newsletter"], client.get("/newsletters"))
    assert Newsletter.objects.filter(name="March").count() == 1
    Account.objects.update(resume_at=None)
    world.push_all()
    assert (drafts(world), fresh(row).replaced_id, Change.objects.count()) == (1, None, 0)


def test_an_old_draft_that_was_sent_before_its_removal_stays(world: World) -> None:
    row = edited(world)
    world.sandbox.fail(status=500, code=1, method="DELETE")
    world.push()
    old = fresh(row).replaced_id
    body = {"messageId": old, "sendSettings": row.send_settings}
    world.as_others("POST", "/newsletters/send-draft", body)
    world.push_all()
    assert old in world.sandbox._store.newsletters
    assert (fresh(row).replaced_id, Change.objects.count()) == (None, 0)


def test_deleting_a_draft_made_anew_removes_what_is_left_of_the_old_one(world: World) -> None:
    row = edited(world)
    world.sandbox.fail(status=500, code=1, method="DELETE")
    world.push()
    fresh(row).delete()
    world.push_all()
    assert (drafts(world), Change.objects.count()) == (0, 0)


def test_a_draft_of_unknown_replacement_waits_for_a_person_and_nothing_is_lost(world: World) -> None:
    row = edited(world)
    world.sandbox.fail(kind="reset", method="POST", path="/newsletters$")
    world.push_all()
    assert (Change.objects.get().reason, drafts(world)) == ("unknown", 1)
    assert "delete it there. Then use Retry" in fresh(row).last_error
    retry(Change.objects.all())
    world.push_all()
    assert (remote(world).content, Change.objects.count()) == ({"html": "<p>Better</p>"}, 0)


def test_an_edit_of_what_was_sent_in_the_panel_changes_nothing_there(world: World) -> None:
    row = edited(world)
    world.as_others(
        "POST",
        "/newsletters/send-draft",
        {"messageId": row.newsletter_id, "sendSettings": row.send_settings},
    )
    world.push_all()
    assert (posts(world), drafts(world)) == ([], 1)
    assert Change.objects.get().reason == "rejected"
    assert "no draft in GetResponse any more" in fresh(row).last_error


def test_the_type_of_a_draft_is_not_changed_by_hand(world: World) -> None:
    row = pushed(world)
    row.type = "broadcast"
    row.save()
    world.push_all()
    assert (posts(world), remote(world).status) == ([], "draft")
    assert "use send()" in Change.objects.get().detail


# --- sending --------------------------------------------------------------------------------------


def test_a_draft_is_sent_once(world: World) -> None:
    row = pushed(world)
    row.send()
    world.push_all()
    fresh(row).save()
    world.push_all()
    assert posts(world) == ["POST /newsletters/send-draft"]
    row = fresh(row)
    assert (row.type, row.sending, row.under_way, row.send_on is not None) == ("broadcast", "", "", True)
    assert sent(world, row) == 1


def test_a_new_newsletter_is_made_and_sent(world: World) -> None:
    row = newsletter(world)
    row.send()
    world.push_all()
    assert posts(world) == ["POST /newsletters", "POST /newsletters/send-draft"]
    assert (fresh(row).type, fresh(row).sending, sent(world, row)) == ("broadcast", "", 1)


def test_a_broadcast_is_made_in_one_request(world: World) -> None:
    row = newsletter(world, type="broadcast")
    world.push_all()
    assert (posts(world), sent(world, row)) == (["POST /newsletters"], 1)
    assert fresh(row).send_on is not None


def test_an_edited_draft_is_sent_as_it_is_here(world: World) -> None:
    row = edited(world)
    row.send()
    world.push_all()
    there = remote(world)
    assert (there.content, there.status) == ({"html": "<p>Better</p>"}, "in_progress")
    assert not Change.objects.exists()


@pytest.mark.parametrize("type_", ["draft", "broadcast"])
def test_it_is_sent_at_its_moment(world: World, type_: str) -> None:
    moment = timezone.now().replace(microsecond=0) + timedelta(days=2)
    row = newsletter(world, type=type_)
    row.send(at=moment)
    world.push_all()
    there = remote(world)
    assert (there.status, there.send_at) == ("scheduled", int(moment.timestamp()))
    row = fresh(row)
    assert (row.send_on, row.send_metrics["status"], row.sending) == (moment, "scheduled", "")


def test_a_moment_that_is_over_means_at_once(world: World) -> None:
    row = pushed(world)
    row.send(at=timezone.now() - timedelta(minutes=1))
    world.push_all()
    assert "sendOn" not in world.writes()[0].body["sendSettings"]
    assert sent(world, row) == 1


@pytest.mark.parametrize(
    ("zones", "account_zone", "expected"),
    [
        ({"Europe/Warsaw": 282, "UTC": 1}, "Europe/Warsaw", ("2026-07-01T10:00:00", 1)),
        ({"Europe/London": 283, "Europe/Warsaw": "282"}, "Europe/Warsaw", ("2026-07-01T12:00:00", 282)),
        ({"Mars/Base": 5, "Europe/London": 283}, "", ("2026-07-01T11:00:00", 283)),
    ],
)
def test_the_zone_of_a_moment(zones: dict[str, Any], account_zone: str, expected: tuple[str, int]) -> None:
    said = send_on(datetime.fromisoformat("2026-07-01T10:00:00+00:00"), zones, account_zone)
    assert (said["date"], said["timeZone"]["timeZoneId"]) == expected


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "html", "garbage"])
def test_a_sending_of_unknown_outcome_waits_for_a_person(world: World, kind: str, when: str) -> None:
    row = pushed(world)
    row.send()
    world.sandbox.fail(method="POST", kind=kind, when=when)
    world.push_all()
    row = fresh(row)
    row.name = "An edit is no knowledge either"
    row.save()
    world.push_all()
    assert len(world.writes()) == 1
    assert Change.objects.get().reason == "unknown"
    for word in ("March", str(row.newsletter_id), "do not use Retry", "Else use Retry"):
        assert word in Change.objects.get().detail or word == "March"
    row = fresh(row)
    row.name = "March"
    row.save()
    Change.objects.update(gave_up_at=timezone.now())
    retry(Change.objects.all())
    world.push_all()
    assert (sent(world, row), len(remotes(world)), Change.objects.count()) == (1, 1, 0)
    assert len(world.writes()) == (1 if when == "after" else 2)


@pytest.mark.parametrize(("status", "code"), [(503, 1019), (429, 1015), (401, 1014)])
def test_a_sending_that_surely_was_not_processed_is_sent_later(world: World, status: int, code: int) -> None:
    row = pushed(world)
    row.send()
    world.sandbox.fail(status=status, code=code, method="POST")
    world.push()
    Account.objects.update(limits={}, resume_at=None, circuit_opened_at=None)
    world.push_all()
    assert (sent(world, row), fresh(row).sending) == (1, "")


def test_what_was_sent_elsewhere_is_not_sent_again(world: World) -> None:
    row = pushed(world)
    row.send()
    body = {"messageId": row.newsletter_id, "sendSettings": row.send_settings}
    world.as_others("POST", "/newsletters/send-draft", body)
    world.push_all()
    assert (posts(world), fresh(row).sending, fresh(row).type) == ([], "", "broadcast")


def test_a_newsletter_waits_for_the_change_of_a_segment_that_it_names(world: World) -> None:
    segment = Segment.objects.create(
        account=world.account, name="buyers", definition=definition(world.account)
    )
    world.push_all()
    segment.refresh_from_db()
    row = pushed(world, send_settings={"selectedSegments": [segment.search_contact_id]})
    segment.definition = definition(world.account, "or")
    segment.save()
    row.send()
    world.sandbox.fail(status=500, code=1, path=f"/search-contacts/{segment.search_contact_id}")
    world.push()
    assert remote(world).status == "draft"
    assert "Waiting for the segment buyers" in Change.objects.get(resource="newsletter").detail
    world.push_all()
    assert remote(world).status == "in_progress"


def test_the_daily_quota_holds_up_newsletters_alone(world: World) -> None:
    world.sandbox.limits_on = True
    world.sandbox._application.limits.quotas["newsletters"][0].taken.extend([10**9] * 256)
    newsletter(world)
    contact = world.subscribe()
    world.push()
    change = Change.objects.get(resource="newsletter")
    assert change.not_before > timezone.now() + timedelta(minutes=10)
    assert (change.attempts, change.gave_up_at, drafts(world)) == (0, None, 0)
    Change.objects.filter(resource="contact").update(not_before=timezone.now())
    world.push()
    assert world.fresh(contact).state == "active"


# --- cancelling -----------------------------------------------------------------------------------


def scheduled(world: World) -> Newsletter:
    row = pushed(world)
    row.send(at=timezone.now() + timedelta(days=1))
    world.push_all()
    world.sandbox._application.log.clear()
    return fresh(row)


def test_a_scheduled_newsletter_is_a_draft_again_after_its_cancellation(world: World) -> None:
    row = scheduled(world)
    row.cancel()
    world.push_all()
    row = fresh(row)
    assert (remote(world).status, row.type, row.sending, row.send_on) == ("draft", "draft", "cancelled", None)
    row.send()
    world.push_all()
    assert sent(world, row) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_cancellation_is_repeated(world: World, when: str) -> None:
    row = scheduled(world)
    row.cancel()
    world.sandbox.fail(kind="reset", method="POST", when=when)
    world.push_all()
    assert (remote(world).status, fresh(row).sending, Change.objects.count()) == ("draft", "cancelled", 0)


@pytest.mark.parametrize("linked", [True, False])
def test_what_has_not_left_is_cancelled_here(world: World, linked: bool) -> None:
    row = pushed(world) if linked else newsletter(world)
    row.send()
    row.cancel()
    world.push_all()
    assert (remote(world).status, fresh(row).sending, Change.objects.count()) == ("draft", "cancelled", 0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cancellation_stops_a_sending_of_unknown_outcome(world: World, when: str) -> None:
    row = pushed(world)
    row.send(at=timezone.now() + timedelta(days=1))
    world.sandbox.fail(method="POST", kind="reset", when=when)
    world.push_all()
    fresh(row).cancel()
    world.push_all()
    row = fresh(row)
    assert (remote(world).status, row.sending, row.under_way) == ("draft", "cancelled", "")
    assert not Change.objects.exists()


def test_a_broadcast_of_unknown_fate_that_is_cancelled_becomes_a_draft(world: World) -> None:
    row = newsletter(world, type="broadcast")
    world.sandbox.fail(method="POST", kind="reset")
    world.push_all()
    assert "Only if it is not there, use Retry" in Change.objects.get().detail
    fresh(row).cancel()
    world.push_all()
    assert (Change.objects.get().reason, drafts(world)) == ("unknown", 0)
    retry(Change.objects.all())
    world.push_all()
    row = fresh(row)
    assert (remote(world).status, row.type, row.sending) == ("draft", "draft", "cancelled")


def test_what_has_gone_out_cannot_be_cancelled(world: World) -> None:
    row = pushed(world)
    row.send()
    world.push_all()
    assert sent(world, row) == 1
    row = fresh(row)
    row.cancel()
    world.push_all()
    assert Change.objects.get().reason == "rejected"
    assert "not being sent" in fresh(row).last_error


@pytest.mark.parametrize(
    ("columns", "at", "field"),
    [
        ({"type": "broadcast"}, None, "__all__"),
        ({"send_settings": {"excludedCampaigns": ["C"]}}, None, "send_settings"),
        ({}, datetime(2030, 1, 1), "send_at"),
    ],
)
def test_what_cannot_be_sent_says_why(world: World, columns: dict[str, Any], at: Any, field: str) -> None:
    row = pushed(world)
    Newsletter.plain.filter(pk=row.pk).update(**columns)
    with pytest.raises(ValidationError) as refused:
        fresh(row).send(at=at)
    assert field in getattr(refused.value, "error_dict", {"__all__": None})
    assert not Change.objects.exists()


def test_a_finished_newsletter_is_not_cancelled(world: World) -> None:
    row = pushed(world)
    Newsletter.plain.filter(pk=row.pk).update(type="broadcast", send_metrics={"status": "finished"})
    with pytest.raises(ValidationError, match="called back"):
        fresh(row).cancel()


def test_a_pull_that_found_it_first_makes_no_twin(world: World) -> None:
    row = newsletter(world)
    there = {"newsletterId": "N", "subject": row.subject, "name": row.name, "type": "draft"}
    mirror.mirror_named(world.account, RESOURCES["newsletter"], [there])
    mirror.mark_made(row, RESOURCES["newsletter"].values(row), there)
    assert Newsletter.objects.get(newsletter_id="N").pk == row.pk
