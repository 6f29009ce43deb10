"""``python -m tests.contract``: the operations of the API, and which of them the sandbox implements."""

from __future__ import annotations

from .implemented import table

print("\n".join(table()))
