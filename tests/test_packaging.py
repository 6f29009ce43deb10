"""What a user installs: the wheel and the sdist, built for real and looked into."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("packaging")  # one build serves all tests

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE = CHECKOUT / "getresponse_django"
NOT_SOURCE = (
    ".*",
    "__pycache__",
    "build",
    "dist",
    "*.egg-info",
    "getresponse_django-*",
    "*.sqlite3*",
    "htmlcov",
)
NOT_SHIPPED = {"__pycache__"}


def build(folder: Path) -> Path:
    """``folder`` with a wheel and an sdist of the checkout, built without the network."""
    source = folder / "source" / "checkout"
    # A copy: a build writes into the folder it builds, where others may build at the same time.
    shutil.copytree(
        CHECKOUT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE), copy_function=shutil.copyfile
    )
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(source)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1767225600"}
    built = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and an sdist."""
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(dist: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(dist.glob("*.whl")))


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the wheel's package comes before the checkout's."""
    target = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(next(dist.glob("*.whl"))).extractall(target)
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return kept | {"PYTHONPATH": str(target)}


def files_of_the_package() -> set[str]:
    """Every file of the package, as it lies in the checkout."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and not NOT_SHIPPED & set(path.parts))
    return {path.relative_to(CHECKOUT).as_posix() for path in files if path.suffix != ".pyc"}


def test_the_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    assert files_of_the_package() <= set(wheel.namelist())


def test_the_wheel_is_typed(wheel: zipfile.ZipFile) -> None:
    assert "getresponse_django/py.typed" in wheel.namelist()


def test_the_wheel_holds_templates_and_translations(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert any(name.startswith("getresponse_django/templates/") and name.endswith(".html") for name in names)
    assert any(name.startswith("getresponse_django/locale/") for name in names)


def test_the_wheel_holds_nothing_but_the_package(wheel: zipfile.ZipFile) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel.namelist()} == {"getresponse_django"}


def test_the_sdist_holds_the_package_the_tests_and_the_docs(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "Makefile",
        "SECURITY.md",
        "build_backend.py",
        "manage.py",
        "requirements-dev.lock",
        "tox.ini",
        "docs/index.md",
        "tests/conftest.py",
        "example_project/settings.py",
    }
    assert files_of_the_package() | wanted <= names


def test_the_same_files_make_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    built = sorted(path.name for path in dist.iterdir() if path.is_file())
    assert len(built) == 2
    assert [name for name in built if (dist / name).read_bytes() != (again / name).read_bytes()] == []


def test_the_metadata_says_what_the_user_must_know(metadata: Message) -> None:
    assert metadata["Name"] == "getresponse-django"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "BSD-3-Clause" in (metadata["License-Expression"], metadata["License"])
    needed = {line.split(">")[0] for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line}
    assert needed == {"Django", "celery", "django-environ", "requests"}


def test_the_description_leads_nowhere_that_a_package_index_does_not_have(metadata: Message) -> None:
    said, readme = str(metadata.get_payload()), (CHECKOUT / "README.md").read_text()
    assert said.startswith("# getresponse-django") and settings_of_the_readme() in said
    assert len(said) > 0.8 * len(readme)
    targets = re.findall(r"\]\(([^)]*)\)|\b(?:src|href)=\"?([^\s\">]*)", said)
    assert [one for one in targets if not "".join(one).startswith("https://")] == []
    assert "![" not in said


def test_the_wheel_installs_the_sandbox_command(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    assert "getresponse_sandbox = getresponse_django.sandbox.__main__:main" in wheel.read(name).decode()


def test_a_new_project_with_the_settings_of_the_readme_passes_the_checks(
    installed: dict[str, str], tmp_path: Path
) -> None:
    def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=installed | environment, capture_output=True, text=True
        )

    assert python("-m", "django", "startproject", "fresh", ".").returncode == 0
    with (tmp_path / "fresh" / "settings.py").open("a") as settings:
        settings.write(settings_of_the_readme())
    checked = python("manage.py", "check", GETRESPONSE_API_KEY="a-key")
    assert checked.returncode == 0, checked.stderr
    home = python("-c", "import getresponse_django; print(getresponse_django.__file__)")
    assert home.stdout.startswith(installed["PYTHONPATH"])


def settings_of_the_readme() -> str:
    """The block of settings, word for word."""
    blocks = re.findall(r"```python\n(.*?)```", (CHECKOUT / "README.md").read_text(), re.DOTALL)
    return next(block for block in blocks if "INSTALLED_APPS" in block)
