"""The clock of the machine is put forward or back while contacts are pushed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Self

import pytest
from django.core.management import call_command
from django.utils import timezone

from getresponse_django.models import Change, Contact

from .conftest import ADDRESS, World


def put_clock(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """From now on the machine's clock differs by so many hours from that of GetResponse."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(hours=hours)

    # Fields hold on to timezone.now as their default, so what it calls is replaced.
    monkeypatch.setattr(timezone, "datetime", Shifted)


def subscribe(world: World) -> None:
    world.subscribe(name="Ann", tags=["vip"])


def land(world: World) -> None:
    world.sandbox.land()


def edit(world: World) -> None:
    contact = Contact.objects.get()
    contact.name = "Bea"
    contact.save()


def leave(world: World) -> None:
    Contact.objects.unsubscribe(ADDRESS)


STORY: tuple[Callable[[World], object], ...] = (
    subscribe,
    World.push,
    World.push,
    land,
    World.push,
    edit,
    World.push,
)


@pytest.mark.parametrize("hours", [-26, -1, 1, 26])
@pytest.mark.parametrize("step", range(len(STORY)))
def test_a_clock_that_jumps_loses_and_doubles_nothing(
    slow_world: World, monkeypatch: pytest.MonkeyPatch, step: int, hours: int
) -> None:
    for number, happens in enumerate(STORY):
        if number == step:
            put_clock(monkeypatch, hours)
        happens(slow_world)
    land(slow_world)
    slow_world.push_all()
    slow_world.age(Contact.objects.get())
    slow_world.push_all()
    if Change.objects.gave_up().exists():  # an hour seemed to have passed since the creation
        assert "dropped it" in Contact.objects.get().last_error
        call_command("getresponse_pull", only="contacts", verbosity=0)
        slow_world.push_all()
    assert slow_world.remote()["name"] == "Bea"
    assert [tag["name"] for tag in slow_world.remote()["tags"]] == ["vip"]
    assert Contact.objects.get().state == "active"
    assert not Change.objects.exists()
    assert len(slow_world.sandbox.creates()) == 1

    leave(slow_world)
    slow_world.push_all()
    assert slow_world.emails() == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_signup_after_the_jump_is_pushed_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    world.active()
    put_clock(monkeypatch, hours)
    world.subscribe("bea@example.com")
    world.push()
    assert world.emails() == [ADDRESS, "bea@example.com"]
