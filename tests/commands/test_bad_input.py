"""Bad input ends every command with one clear message and exit code 1, and never with a traceback."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.wire import Reply, running_wire

Run = Callable[..., CompletedProcess[str]]

KEY, URL = "a-wrong-key", "http://127.0.0.1:9/v3"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command", ["getresponse_pull", "getresponse_push", "getresponse_reconcile", "getresponse_doctor"]
)
@pytest.mark.parametrize(
    ("accounts", "says"),
    [
        ({}, 'GETRESPONSE["ACCOUNTS"] is empty'),
        ({"default": {"BASE_URL": URL}}, "No API_KEY."),
        ({"default": {"API_KEY": "k", "PLATFORM": "max-us"}}, "A MAX account needs DOMAIN."),
    ],
    ids=["no account", "no key", "MAX without domain"],
)
def test_settings_that_cannot_work(
    settings: Any, capsys: pytest.CaptureFixture[str], command: str, accounts: dict[str, Any], says: str
) -> None:
    settings.GETRESPONSE = settings.GETRESPONSE | {"ACCOUNTS": accounts}
    with pytest.raises((CommandError, SystemExit)) as raised:
        call_command(command)
    assert says in f"{raised.value}{capsys.readouterr().out}"
    assert getattr(raised.value, "returncode", raised.value.args[0]) == 1


def test_a_max_account_without_a_domain_is_found_by_the_system_check(run: Run) -> None:
    done = run("getresponse_pull", accounts={"default": {"API_KEY": "k", "PLATFORM": "max-us"}})
    told(done, "GETRESPONSE_DOMAIN")


def told(done: CompletedProcess[str], says: str) -> None:
    """One clear message, exit code 1, no traceback."""
    output = done.stdout + done.stderr
    assert "Traceback" not in output
    assert says in output
    assert done.returncode == 1, output


@pytest.mark.parametrize("command", ["getresponse_pull", "getresponse_doctor"])
def test_a_host_that_does_not_answer(run: Run, command: str) -> None:
    told(run(command, accounts={"default": {"API_KEY": "k", "BASE_URL": URL}}), "127.0.0.1")


@pytest.mark.parametrize("command", ["getresponse_pull", "getresponse_doctor"])
def test_a_wrong_key(run: Run, sandbox: Any, command: str) -> None:
    done = run(command, accounts={"default": {"API_KEY": KEY, "BASE_URL": sandbox.url}})
    told(done, "code 1014")
    assert KEY not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["getresponse_pull", "getresponse_push"])
def test_an_account_that_the_settings_do_not_have(run: Run, command: str) -> None:
    told(run(command, "--account", "shop"), 'There is no account "shop"')


def test_a_part_that_cannot_be_pulled(run: Run) -> None:
    told(run("getresponse_pull", "--only", "tags,people"), "Unknown part people. Choose from: campaigns")


def test_a_list_that_getresponse_does_not_have(run: Run) -> None:
    pulled = run("getresponse_pull", "--only", "campaigns", campaign="students")
    assert pulled.returncode == 0
    assert "names the list “students”, which is not in GetResponse" in pulled.stderr
    told(run("getresponse_doctor", campaign="students"), "names the list “students”")


def test_nothing_is_reconciled_while_sending_is_switched_off(run: Run) -> None:
    told(run("getresponse_reconcile", ENABLED=False), 'GETRESPONSE["ENABLED"] is False')


def test_nothing_is_pushed_while_sending_is_switched_off(run: Run) -> None:
    told(run("getresponse_push", ENABLED=False), 'GETRESPONSE["ENABLED"] is False')


def test_a_rule_without_a_list_is_found_by_the_system_check(run: Run) -> None:
    told(run("check", campaign=""), "getresponse_django.E101")


def test_doctor_speaks_json(run: Run, sandbox: Any) -> None:
    done = run(
        "getresponse_doctor", "--json", accounts={"default": {"API_KEY": KEY, "BASE_URL": sandbox.url}}
    )
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["level"] == report["accounts"]["default"]["level"] == "error"
    assert "connection.refused" in {finding["id"] for finding in report["accounts"]["default"]["findings"]}
    nowhere = json.loads(run("getresponse_doctor", "--json", accounts={}).stdout)
    assert [finding["id"] for finding in nowhere["findings"]] == ["settings.no_account"]
    assert (nowhere["level"], nowhere["accounts"]) == ("error", {})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (None, "GETRESPONSE must be a dict."),
        ({"ACCOUNTS": ["default"]}, 'GETRESPONSE["ACCOUNTS"] must be a dict.'),
        ({"ACCOUNTS": {"default": "key"}}, "must be a dict of texts."),
        ({"ACCOUNTS": {"default": {"API_KEY": "k", "WEBHOOK_SECRET": 5}}}, "must be a dict of texts."),
        ({"ACCOUNTS": {"default": {"API_KEY": "k", "BASE_URL": URL}}, "TIMEOUT": 5}, "TIMEOUT"),
        ({"ACCOUNTS": {"default": {"API_KEY": "k", "BASE_URL": URL}}, "BACKOFF": 5}, "BACKOFF"),
    ],
)
def test_doctor_speaks_of_settings_that_cannot_be_read(
    settings: Any, capsys: pytest.CaptureFixture[str], wrong: Any, says: str
) -> None:
    settings.GETRESPONSE = wrong
    with pytest.raises(SystemExit):
        call_command("getresponse_doctor", "--json")
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["id"] == "settings.wrong"
    assert says in finding["what"]
    assert finding["what_to_do"]


def test_doctor_ends_in_time_and_tells_what_it_knows(run: Run) -> None:
    with running_wire() as wire:
        wire.route(lambda _request: Reply(delay=20))
        accounts = {"default": {"API_KEY": KEY, "BASE_URL": wire.base_url}}
        began = time.monotonic()
        done = run("getresponse_doctor", "--json", "--timeout", "4", accounts=accounts)
        took = time.monotonic() - began
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert [finding["id"] for finding in report["findings"]] == ["doctor.too_slow"]
    assert "worker.missing" in {finding["id"] for finding in report["accounts"]["default"]["findings"]}
    assert took < 15  # one answer takes 20 s, and reads are repeated


@pytest.mark.parametrize("seconds", ["0", "-1", "4000", "soon"])
def test_doctor_needs_a_timeout_that_makes_sense(run: Run, seconds: str) -> None:
    done = run("getresponse_doctor", "--timeout", seconds)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
