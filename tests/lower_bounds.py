"""python -m tests.lower_bounds: whether the oldest versions that setup.cfg allows are the ones installed.

What the tests of ``tox -e oldest`` have shown holds for those versions only. A bound that the installer
cannot go down to (another package needs a newer one) promises something that nobody has tried.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

SETUP = ConfigParser()
SETUP.read(Path(__file__).resolve().parent.parent / "setup.cfg")


def requirements() -> Iterator[Requirement]:
    """All of the core and of the extra ``test``."""
    lines = SETUP["options"]["install_requires"] + SETUP["options.extras_require"]["test"]
    return (Requirement(line) for line in lines.splitlines() if line)


def problems() -> Iterator[str]:
    """Each requirement whose installed version is not the first of what its bound names."""
    for requirement in requirements():
        (bound,) = requirement.specifier
        installed = Version(version(requirement.name))
        named = Version(bound.version).release
        if installed.release[: len(named)] != named:
            yield f"{requirement.name} is {installed} here, and setup.cfg says {bound}"


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or 0)
