"""``python -m tests.contract.fuzz --minutes 5``: schemathesis against a sandbox, with the specification.

It tries all operations that ``sandbox.routes.ROUTER`` has and the specification has schemas for, with good
and with bad data. What it complains of is a fault of the sandbox: an answer that is not as the contract says,
or a 5xx. Test cases and what to repeat them with are printed by schemathesis.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import yaml

from getresponse_django.sandbox import Sandbox
from getresponse_django.sandbox.routes import ROUTER

from .document import CONTRACT

CHECKS = "not_a_server_error,as_the_contract_says"
SEED = 1


def implemented() -> dict[str, Any]:
    """The specification without the operations that the sandbox has not."""
    have = {(route.path, route.method.lower()) for route in ROUTER.routes}
    document: dict[str, Any] = yaml.load(CONTRACT.read_text(), Loader=yaml.CSafeLoader)
    for path, item in document["paths"].items():
        for method in [name for name in item if name != "parameters" and (path, name) not in have]:
            del item[method]
    document["paths"] = {path: item for path, item in document["paths"].items() if set(item) - {"parameters"}}
    return document


def identifiers(sandbox: Sandbox) -> dict[str, list[str]]:
    """``{"campaignId": [...], ...}``: what exists, from every list that can be read."""
    found: dict[str, list[str]] = {}
    for route in sorted(ROUTER.routes, key=lambda route: route.path.count("{")):
        names = re.findall(r"{(\w+)}", route.path)
        if route.method == "GET" and route.each and all(name in found for name in names):
            path = re.sub(r"{(\w+)}", lambda match: found[match[1]][0], route.path)
            headers = {"X-Auth-Token": f"api-key {sandbox.key}"}
            answer = requests.get(sandbox.url + path, headers=headers, timeout=10)
            for name, value in named_ids(answer.json() if answer.ok else []):
                found[name] = [*dict.fromkeys([*found.get(name, []), value])][:20]
    return found


def named_ids(value: Any) -> Iterator[tuple[str, str]]:
    """Every identifier in an answer, with its name."""
    for item in value if isinstance(value, list) else []:
        yield from named_ids(item)
    for name, item in value.items() if isinstance(value, dict) else []:
        if name.endswith("Id") and isinstance(item, str):
            yield name, item
        yield from named_ids(item)


def fuzz(*options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis with further options; its output is in ``stdout``, ``returncode`` 0 is all well."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(contacts=60, landing_delay=0, limits=False) as sandbox,
    ):
        document = Path(folder, "implemented.json")
        document.write_text(json.dumps(implemented(), default=str))
        hooks = {"SCHEMATHESIS_HOOKS": "tests.contract.fuzz_hooks", "PYTHONPATH": str(CONTRACT.parents[2])}
        environment = {**os.environ, **hooks, "FUZZ_IDENTIFIERS": json.dumps(identifiers(sandbox))}
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(document), f"--url={sandbox.url}"]
        command += [f"--header=X-Auth-Token: api-key {sandbox.key}", f"--checks={CHECKS}", f"--seed={SEED}"]
        return subprocess.run(
            [*command, "--no-color", "--suppress-health-check=all", *options],
            cwd=folder,  # where it leaves files
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.contract.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="how long (default 5)")
    seconds = max(1, round(60 * parser.parse_args().minutes))
    done = fuzz(f"--max-time={seconds}", "--max-examples=200", "--phases=examples,coverage,fuzzing,stateful")
    print(done.stdout)
    sys.exit(done.returncode)
