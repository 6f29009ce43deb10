"""The doctor for monitoring: the JSON, its numbers, and that it can do without GetResponse."""

from __future__ import annotations

import ast
import json
import re
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from getresponse_django import doctor
from getresponse_django.doctor import examine, findings, problems_of
from getresponse_django.doctor.findings import LEVELS, Finding, worst
from getresponse_django.doctor.numbers import NAMES, UNKNOWN
from getresponse_django.models import Account, Change, WebhookEvent
from getresponse_django.models.outbox import Key
from getresponse_django.sandbox import Sandbox

pytestmark = pytest.mark.django_db
PACKAGE = Path(doctor.__file__).parent
PAGE = (PACKAGE.parents[1] / "docs" / "howto" / "monitor.md").read_text()


def report(*options: str) -> tuple[dict[str, Any], int]:
    """What the command prints, and its exit code."""
    out = StringIO()
    try:
        call_command("getresponse_doctor", "--json", *options, stdout=out)
    except SystemExit as ended:
        return json.loads(out.getvalue()), int(str(ended.code))
    return json.loads(out.getvalue()), 0


def test_the_form_of_the_report_stays(healthy: Account) -> None:
    found, code = report()
    assert list(found) == ["version", "checked_at", "level", "asked_getresponse", "findings", "accounts"]
    assert (found["version"], found["level"], found["findings"], code) == (1, "ok", [], 0)
    assert timezone.now() - datetime.fromisoformat(found["checked_at"]) < timedelta(minutes=1)
    account = found["accounts"]["default"]
    assert list(account) == ["level", "numbers", "findings"]
    assert tuple(account["numbers"]) == NAMES
    for finding in account["findings"]:
        assert list(finding) == ["id", "level", "what", "what_to_do", "values"]
        assert finding["level"] == LEVELS[finding["id"]]


def test_the_numbers_are_counts_and_ages(healthy: Account) -> None:
    Change.objects.record([Key(healthy.pk, "tag", 1), Key(healthy.pk, "tag", 2), Key(healthy.pk, "tag", 3)])
    Change.objects.update(recorded_at=timezone.now() - timedelta(hours=3))
    Change.objects.filter(object_pk=1).update(gave_up_at=timezone.now())
    WebhookEvent.objects.create(account=healthy, source="webhook", type="contact_added")
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(seconds=90))
    healthy.write(beat_seen_at=timezone.now() - timedelta(seconds=200), worker_seen_at=None)
    numbers = examine("default", ask=False).numbers
    counts = {name: numbers[name] for name in ("changes_waiting", "changes_gave_up", "webhooks_waiting")}
    assert counts == {"changes_waiting": 2, "changes_gave_up": 1, "webhooks_waiting": 1}
    ages = {"change_oldest_seconds": 3 * 3600, "webhook_last_seconds": 90, "beat_seen_seconds": 200}
    assert {name: numbers[name] // 10 * 10 for name in ages} == ages
    assert numbers["worker_seen_seconds"] is None
    assert numbers["contacts_pulled_seconds"] is None
    assert numbers["tags_pulled_seconds"] is not None and numbers["tags_pulled_seconds"] < 60
    assert numbers["calls_left"] is not None and 29_900 < numbers["calls_left"] < 30_000


def test_the_exit_code_is_1_with_any_problem_and_the_level_says_how_bad_it_is(healthy: Account) -> None:
    healthy.write(paused=True)
    found, code = report()
    assert (found["level"], code) == ("warning", 1)
    healthy.write(beat_seen_at=None)
    found, code = report()
    assert (found["level"], found["accounts"]["default"]["level"], code) == ("error", "error", 1)


def test_offline_nothing_is_asked_and_nothing_written(healthy: Account, sandbox: Sandbox) -> None:
    seen, before = len(sandbox.requests), Account.objects.values().get()
    sandbox.fail(401, count=None)
    found, code = report("--offline")
    assert (len(sandbox.requests), Account.objects.values().get()) == (seen, before)
    assert (found["asked_getresponse"], found["level"], code) == (False, "ok", 0)

    found, code = report()
    assert (found["asked_getresponse"], found["level"], code) == (True, "error", 1)
    found, code = report("--offline")  # what is known since then
    assert "connection.refused" in {one["id"] for one in found["accounts"]["default"]["findings"]}
    assert code == 1


def test_offline_takes_a_fixed_number_of_queries(
    healthy: Account, django_assert_max_num_queries: Any
) -> None:
    Change.objects.record([Key(healthy.pk, "tag", number) for number in range(200)])
    with django_assert_max_num_queries(12):
        examine("default", ask=False)


def test_an_account_without_rows_has_all_the_numbers_unknown(
    healthy: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account._meta, "db_table", "no_such_table")
    found = examine("default", ask=False)
    assert [finding.id for finding in problems_of(found.findings)] == ["database.fails"]
    assert found.numbers == UNKNOWN == dict.fromkeys(NAMES)


@pytest.mark.parametrize(
    ("ids", "level"),
    [
        ([], "ok"),
        (["key.used"], "ok"),
        (["key.used", "outbox.gave_up"], "warning"),
        (["worker.missing", "outbox.gave_up"], "error"),
    ],
)
def test_the_worst_counts(ids: list[str], level: str) -> None:
    assert worst([Finding(one, "") for one in ids]) == level


def test_every_finding_that_is_listed_is_made_somewhere() -> None:
    sources = [*PACKAGE.glob("*.py"), PACKAGE.parent / "management" / "commands" / "getresponse_doctor.py"]
    trees = [ast.parse(path.read_text()) for path in sources if path.name != "findings.py"]
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    seen = {f"{topic}.{state}" for topic in ("worker", "beat") for state in ("seen", "missing")}
    assert set(LEVELS) - seen <= texts
    assert {str(text) for text in texts if re.fullmatch(r"[a-z]+\.[a-z_]+", str(text))} <= set(LEVELS)


def test_the_page_lists_every_finding_and_every_number() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| (\w+) \|", PAGE, re.MULTILINE))
    assert rows == {name: level for name, level in LEVELS.items() if level != findings.OK}
    assert {name for name in re.findall(r"`(\w+)`", PAGE) if name in NAMES} == set(NAMES)
