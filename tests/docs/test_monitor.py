"""docs/howto/monitor.md: its commands run, its script speaks Prometheus, its example is a report."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import RequestFactory
from django.utils import timezone

from getresponse_django.doctor.findings import LEVELS
from getresponse_django.doctor.numbers import NAMES
from getresponse_django.events import EVENTS
from getresponse_django.models import Account

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "howto" / "monitor.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", TEXT)


COMMAND, FOR_CRON, FOR_PROMETHEUS = blocks("sh")
HEALTH, SCRIPT, TRACING = blocks("python")
(EXAMPLE,), (CRONTAB,), (ALERTS,), (SERVICE, TIMER) = map(blocks, ("json", "text", "yaml", "ini"))
Sh = Callable[[str], "subprocess.CompletedProcess[str]"]

SETTINGS = """
SECRET_KEY = "monitor"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "getresponse_django"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
GETRESPONSE = {"ACCOUNTS": {
    name: {"API_KEY": "k", "BASE_URL": "http://127.0.0.1:9/v3"} for name in ("default", "shop")
}}
"""


@pytest.fixture(scope="module")
def sh(tmp_path_factory: pytest.TempPathFactory) -> Sh:
    """Runs lines of the page in the folder of a site without worker or beat."""
    folder = tmp_path_factory.mktemp("monitored")
    (folder / "site_settings.py").write_text(SETTINGS)
    (folder / "getresponse_metrics.py").write_text(SCRIPT)
    (folder / "manage.py").write_text(
        "import sys\nfrom django.core.management import execute_from_command_line as run\nrun(sys.argv)\n"
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {"DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}

    def run(lines: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", lines],
            cwd=folder,
            env=os.environ | variables | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert run("python manage.py migrate --verbosity=0").returncode == 0
    return run


def test_the_page_has_no_other_examples() -> None:
    assert len(re.findall(r"(?m)^```\w", TEXT)) == 3 + 3 + 5


def test_the_example_has_the_form_of_a_real_report(sh: Sh) -> None:
    done = sh(COMMAND)
    assert (done.returncode, done.stderr) == (1, "")
    real, shown = json.loads(done.stdout), json.loads(EXAMPLE)
    account, example = real["accounts"]["default"], shown["accounts"]["default"]
    assert list(real) == list(shown)
    assert list(account) == list(example)
    assert set(example["numbers"]) < set(account["numbers"])
    assert list(account["findings"][0]) == list(example["findings"][0])
    assert "worker.missing" in {finding["id"] for finding in account["findings"]}
    assert all(LEVELS[finding["id"]] == finding["level"] for finding in example["findings"])


def test_what_cron_runs_prints_problems_for_people(sh: Sh) -> None:
    done = sh(FOR_CRON)
    assert "problem worker: No worker has been seen." in done.stdout
    assert CRONTAB.rstrip().endswith(') || echo "$report"')
    assert sh("true && report=$(echo all is well) || echo $report").stdout == ""


METRIC = re.compile(r'(getresponse_\w+)\{account="(\w*)"((?:,\w+="[\w.]+")*)\} \d+')


@pytest.mark.django_db
def test_the_address_tells_errors_to_who_has_the_token(settings: Any, no_rules: None) -> None:
    names: dict[str, Any] = {}
    exec(HEALTH, names)
    settings.HEALTH_TOKEN = "t0ken"
    account = Account.objects.for_alias("default")

    def asked(token: str) -> tuple[int, Any]:
        answer = names["getresponse_health"](
            RequestFactory().get("/health/", headers={"X-Health-Token": token})
        )
        return answer.status_code, json.loads(answer.content or "null")

    assert [asked(token)[0] for token in ("", "wrong")] == [403, 403]
    assert asked("t0ken") == (503, {"errors": {"default": ["worker.missing", "beat.missing"]}})
    account.write(worker_seen_at=timezone.now(), beat_seen_at=timezone.now(), paused=True)
    assert asked("t0ken") == (200, {"errors": {"default": []}})
    settings.HEALTH_TOKEN = ""
    assert asked("")[0] == 403


def test_the_script_writes_the_text_format_of_prometheus(sh: Sh) -> None:
    done = sh(f"{FOR_PROMETHEUS}\ncat getresponse.prom")
    assert done.stderr == ""
    families: list[str] = []
    seen: dict[str, list[tuple[str, str]]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("# TYPE "):
            families.append(line.split()[2])
            continue
        match = METRIC.fullmatch(line)
        assert match, line
        assert match[1] == families[-1], "a family must be one group"
        seen.setdefault(match[1], []).append((match[2], match[3]))
    assert families == [*(f"getresponse_{name}" for name in sorted(NAMES)), "getresponse_finding"]
    assert all(len(set(labels)) == len(labels) for labels in seen.values())
    assert seen["getresponse_changes_waiting"] == [("default", ""), ("shop", "")]
    assert ("shop", ',id="beat.missing",level="error"') in seen["getresponse_finding"]
    assert "getresponse_beat_seen_seconds" not in seen


def test_the_alerts_name_what_there_is() -> None:
    (group,) = yaml.safe_load(ALERTS)["groups"]
    metrics = {name for rule in group["rules"] for name in re.findall(r"getresponse_\w+", rule["expr"])}
    assert metrics == {"getresponse_finding", "getresponse_change_oldest_seconds"}
    assert all(event in EVENTS for event in re.findall(r"`(getresponse\.[a-z_]+\.[a-z_]+)`", TEXT))


@pytest.mark.parametrize("unit", [SERVICE, TIMER])
def test_the_units_are_units(unit: str) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(unit)
    for section in parser.sections():
        assert section in {"Unit", "Service", "Timer", "Install"}


def test_the_hook_of_the_tracing_takes_the_query_away() -> None:
    """The rest of that example needs OpenTelemetry, which is no dependency."""
    (hook,) = re.findall(r"(?ms)^def without_query.*?^$", TRACING)
    names: dict[str, Any] = {}
    exec(hook, names)
    told: dict[str, str] = {}

    class Span:
        set_attributes = told.update

    class Request:
        url = "https://api.getresponse.com/v3/contacts?query%5Bemail%5D=anna%40example.com"

    names["without_query"](Span, Request)
    assert told == dict.fromkeys(["http.url", "url.full"], "https://api.getresponse.com/v3/contacts")
