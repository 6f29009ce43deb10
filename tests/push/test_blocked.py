"""Addresses on a blocklist: sent once, shown, and not again and again."""

from __future__ import annotations

from getresponse_django import mirror
from getresponse_django.models import Blocklist, Change
from tests.push.conftest import ADDRESS, World


def warned(world: World) -> None:
    """The mirror knows that the domain is blocked."""
    mirror.mirror_blocklist(world.account, None, ["@example.com"])


def test_the_same_signup_again_and_again_is_sent_once(world: World) -> None:
    world.sandbox.block("@example.com")
    for _time in range(3):
        contact = world.subscribe()
        world.push_all(rounds=2)
    assert len(world.creates()) == 1
    assert world.fresh(contact).state == "rejected"
    assert "blacklisted" in world.fresh(contact).last_error
    change = Change.objects.get()
    assert change.reason == "rejected"
    assert "code 1002" in change.detail


def test_the_warning_gives_way_to_what_getresponse_says(world: World) -> None:
    warned(world)
    world.sandbox.block("@example.com")
    assert "may refuse" in world.subscribe().last_error
    world.push()
    assert "blacklisted" in world.fresh(world.subscribe()).last_error


def test_a_warned_signup_that_is_taken_nevertheless_is_like_any_other(world: World) -> None:
    warned(world)
    contact = world.subscribe()
    world.push_all()
    assert (world.fresh(contact).state, world.fresh(contact).last_error) == ("active", "")
    assert world.emails() == [ADDRESS]


def test_a_mirrored_blocklist_is_written_only_where_it_differs(world: World) -> None:
    assert mirror.mirror_blocklist(world.account, None, ["a@example.com"]) == 1
    assert mirror.mirror_blocklist(world.account, None, ["a@example.com"]) == 0
    assert mirror.mirror_blocklist(world.account, None, []) == 1
    assert mirror.mirror_blocklist(world.account, world.campaign.pk, []) == 1
    assert Blocklist.objects.count() == 2
