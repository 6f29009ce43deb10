"""Both sides, as the tests of the push have them."""

from __future__ import annotations

from tests.push.conftest import world

__all__ = ["world"]
