"""The example of docs/howto/testing.md, word for word, in a site of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "howto" / "testing.md"
SETTINGS = """
from pathlib import Path

BASE_DIR = Path(__file__).parent
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["shop", "getresponse_django", "django.contrib.auth", "django.contrib.contenttypes"]
SECRET_KEY = "tests"
USE_TZ = True
GETRESPONSE = {"ENABLED": False}
"""
INI = "[pytest]\nDJANGO_SETTINGS_MODULE = site_settings\npythonpath = .\naddopts = --no-migrations\n"


def blocks() -> list[str]:
    """The Python examples of the page."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with the files of the page; each says in its first line where it belongs."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "pytest.ini").write_text(INI)
    unnamed = [block for block in blocks() if not block.startswith("# ")]
    (tmp_path / "site_settings.py").write_text("".join([SETTINGS, *unnamed]))
    for block in blocks():
        if block.startswith("# "):
            (tmp_path / block.splitlines()[0].removeprefix("# ")).write_text(block)
    return tmp_path


def run_tests(site: Path, *options: str) -> tuple[int, str]:
    """The exit code of pytest in the site, and what it prints."""
    ours = ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=site,
        env=environment | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def replace(path: Path, old: str, new: str) -> None:
    """Break a file of the site."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_example_of_the_page_passes(site: Path) -> None:
    code, said = run_tests(site)
    assert (code, "6 passed" in said) == (0, True), said


def test_a_broken_site_fails_with_the_message_of_the_page(site: Path) -> None:
    replace(site / "shop" / "getresponse.py", 'campaign = "customers"', 'campaign = "newsletter"')
    code, said = run_tests(site, "-k", "signup")
    shown = re.search(r"```\nAssertionError: (.*?)\n```", PAGE.read_text(), re.S)
    assert shown
    told = "\n".join(line.removeprefix("E").strip() for line in said.splitlines())
    assert code == 1
    for line in shown[1].splitlines():
        assert line.strip() in told, said
    assert "assertions.py" not in said, "the traceback ends in the test"


def test_without_pytest_django_the_error_says_what_to_install(site: Path) -> None:
    (site / "pytest.ini").write_text("[pytest]\n")
    code, said = run_tests(site, "-p", "no:django")
    assert code == 4
    assert "pip install 'getresponse-django[testing]'" in said
