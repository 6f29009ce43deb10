"""schemathesis finds nothing wrong with the sandbox; ``python -m tests.contract.fuzz`` looks for longer."""

from __future__ import annotations

import pytest

from getresponse_django.sandbox.application import Application
from getresponse_django.sandbox.routes import ROUTER

from .fuzz import fuzz, implemented

CASES = 450
"""Test cases altogether, some 15 seconds of them; the more operations, the fewer for each."""


def test_no_answer_is_against_the_contract_whatever_is_sent() -> None:
    operations = sum(len(set(item) - {"parameters"}) for item in implemented()["paths"].values())
    done = fuzz("--phases=fuzzing", f"--max-examples={max(3, CASES // operations)}", "--no-shrink")
    assert done.returncode == 0, done.stdout
    assert f"Tested: {operations}" in done.stdout
    assert operations > len(ROUTER.routes) - 38  # which have no schema


def test_what_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Application._handle
    monkeypatch.setattr(Application, "observers", [])
    monkeypatch.setattr(Application, "_handle", lambda *arguments: ({"tagId": 7}, honest(*arguments)[1]))
    done = fuzz("--phases=fuzzing", "--max-examples=2", "--include-path=/accounts/sending-limits")
    assert done.returncode == 1
    assert "as_the_contract_says" in done.stdout
