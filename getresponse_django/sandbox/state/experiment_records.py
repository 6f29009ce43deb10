"""Workflows and A/B tests of both kinds. Moments are seconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Workflow:
    """An automation, made in the panel; the counts are of contacts."""

    workflow_id: str
    name: str
    status: str
    started_at: int
    stopped_at: int | None
    completed: int
    in_progress: int


@dataclass(slots=True)
class Splittest:
    """A legacy A/B test of newsletters (their ids); the first one won."""

    splittest_id: str
    name: str
    campaign_id: str
    status: str
    type: str
    created_at: int
    newsletter_ids: list[str]


@dataclass(slots=True)
class Variant:
    """One of the subjects of an A/B test, with its counters."""

    variant_id: str
    subject: str
    is_winner: bool = False
    delivered: int = 0
    opened: int = 0
    clicked: int = 0


@dataclass(slots=True)
class AbTest:
    """An A/B test of subjects. ``delivery`` and ``send_settings`` are kept as they came."""

    ab_test_id: str
    name: str
    campaign_id: str
    from_field_id: str
    reply_to_id: str
    stage: str
    send_at: int
    created_at: int
    updated_at: int
    variants: list[Variant]
    delivery: dict[str, Any]
    send_settings: dict[str, Any]
    content: dict[str, str]
    flags: list[str] = field(default_factory=list)
    winner_at: int | None = None

    @property
    def stage_asked(self) -> str:
        """The stage as the filter spells it."""
        return self.stage.replace("_", "-")

    @property
    def delivered(self) -> int:
        """How many got one of the subjects."""
        return sum(variant.delivered for variant in self.variants)
