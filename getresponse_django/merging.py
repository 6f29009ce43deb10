"""Three-way merging of what is here and what GetResponse has, against what both had last. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .resources import Json

FIELDS, TAGS = "customFieldValues", "tags"

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Clash(NamedTuple):
    """A member that both sides changed to different values; a custom field has a path of two."""

    path: tuple[str, ...]
    here: Any
    there: Any


def merge(local: Json, remote: Json, base: Json, conflict: str, doubt: Mapping[str, Any] = NOTHING) -> Json:
    """Three-way by member: a change on one side only stands; where both changed, ``conflict`` names the
    winner.

    ``customFieldValues`` is merged field by field and ``tags`` tag by tag. Only what the remote tells is
    merged. What is in doubt (``contact_requests.difference``) may be there what an update of ours made of it:
    so the local side stands, which is still to be pushed.
    """
    return {
        key: merge_member(key, local.get(key), remote[key], base.get(key), conflict, doubt) for key in remote
    }


def merge_member(
    key: str, local: Any, remote: Any, base: Any, conflict: str, doubt: Mapping[str, Any]
) -> Any:
    """One member of ``merge``."""
    if key == TAGS:
        here, doubted = set(local or []), set(doubt.get("tags", ()))
        merged = set(merge_tags(here, set(remote), set(base or [])))
        return sorted(merged - doubted | doubted & here)
    if key == FIELDS:
        own = {name: (local or {}).get(name, []) for name in doubt.get("fields", ())}
        fields = merge_fields(local or {}, remote, base or {}, conflict) | own
        return {name: values for name, values in fields.items() if values}
    return local if key in doubt.get("members", ()) else merge_value(local, remote, base, conflict)


def merge_tags(local: set[str], remote: set[str], base: set[str]) -> list[str]:
    """What GetResponse has, with what was added and without what was removed here."""
    return sorted((remote | (local - base)) - (base - local))


def merge_fields(local: Json, remote: Json, base: Json, conflict: str) -> Json:
    """Custom fields, each by itself; without those that are empty then."""
    merged = {
        name: merge_value(local.get(name, []), remote.get(name, []), base.get(name, []), conflict)
        for name in sorted({*local, *remote})
    }
    return {name: values for name, values in merged.items() if values}


def merge_value(local: Any, remote: Any, base: Any, conflict: str) -> Any:
    """One value that can only be replaced."""
    if both_changed(local, remote, base):
        return local if conflict == "local" else remote
    return local if remote == base and not said_nothing(local, base) else remote


def both_changed(local: Any, remote: Any, base: Any) -> bool:
    """Whether it is for the setting CONFLICT to decide."""
    return not said_nothing(local, base) and local not in (base, remote) and remote != base


def said_nothing(local: Any, base: Any) -> bool:
    """Nothing was said here, and nothing is known of before."""
    return base is None and local in ("", None)


def clashes(local: Json, remote: Json, base: Json, doubt: Mapping[str, Any] = NOTHING) -> Iterator[Clash]:
    """The members of which CONFLICT decides in ``merge``. Tags are none: each is there or not."""
    for key, there in remote.items():
        if key == FIELDS:
            here, before = local.get(key) or {}, base.get(key) or {}
            for name in sorted({*here, *there}):
                values = here.get(name, []), there.get(name, []), before.get(name, [])
                if name not in doubt.get("fields", ()) and both_changed(*values):
                    yield Clash((key, name), *values[:2])
        elif key in doubt.get("members", ()):
            continue
        elif key != TAGS and both_changed(local.get(key), there, base.get(key)):
            yield Clash((key,), local.get(key), there)
