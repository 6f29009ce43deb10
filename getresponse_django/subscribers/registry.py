"""Which rules there are, and of which models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from .rule import Subscriber

registry: list[Subscriber] = []
"""Every registered rule, in the order of registration."""


def rules_for(model: type[models.Model]) -> list[Subscriber]:
    """The rules of a model."""
    return [rule for rule in registry if issubclass(model, rule.model)]


def rules_watching(model: type[models.Model]) -> list[Subscriber]:
    """The rules that read from objects of this model."""
    return [rule for rule in registry if issubclass(model, tuple(rule.watched_models()))]


def ranks() -> dict[tuple[str, str], tuple[int, Subscriber]]:
    """(rule, model) as wishes name them -> how early it was registered, and the rule."""
    return {rule.key: (rank, rule) for rank, rule in enumerate(registry)}


def with_children(model: type[models.Model]) -> Iterator[type[models.Model]]:
    """The model and its proxies and children, which send their signals under their own name."""
    yield model
    for child in model.__subclasses__():
        yield from with_children(child)
