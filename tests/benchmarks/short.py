"""Short runs of the benchmarks, for what they count: never for how long they take."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.services import why_postgres_is_missing


def printed(benchmark: str, *arguments: str, on: str = "", seconds: float = 120) -> dict[str, Any]:
    """The JSON that a benchmark printed. It counts the same on every database: PostgreSQL when it answers."""
    on = on or ("sqlite" if why_postgres_is_missing() else "postgresql")
    command = [sys.executable, "-m", f"benchmarks.{benchmark}", "--on", on, "--json", *arguments]
    output = subprocess.run(command, check=True, capture_output=True, timeout=seconds).stdout
    found: dict[str, Any] = json.loads(output)
    return found
