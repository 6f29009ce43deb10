"""What several objects say of one contact becomes one thing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..models import Consent


@dataclass(frozen=True)
class Said:
    """What an object says of its contact; ``user_pk`` is its key where it is a user of the site."""

    name: str = ""
    custom_fields: Mapping[str, list[str]] = field(default_factory=dict)
    tags: Sequence[str] = ()
    consent: Consent | None = None
    user_pk: Any = None


def merged(several: Iterable[Said]) -> Said:
    """One for all: the first name and the first value of each custom field that are not empty, every tag, the
    newest consent, the first user.
    """
    several = list(several)
    fields: dict[str, list[str]] = {}
    for said in several:
        for name, values in said.custom_fields.items():
            fields[name] = fields.get(name) or values
    return Said(
        name=next((said.name for said in several if said.name), ""),
        custom_fields=fields,
        tags=list(dict.fromkeys(tag for said in several for tag in said.tags)),
        consent=max((said.consent for said in several if said.consent), key=lambda one: one.on, default=None),
        user_pk=next((said.user_pk for said in several if said.user_pk is not None), None),
    )
