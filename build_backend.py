"""The build backend: setuptools, with a description for package indexes, and an sdist whose bytes depend on
nothing but the files in it.

setuptools makes equal wheels of equal files where SOURCE_DATE_EPOCH is set, but writes the time and the user
of the build into an sdist. Without SOURCE_DATE_EPOCH nothing is changed.
"""

from __future__ import annotations

import gzip
import os
import re
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  all the hooks of PEP 517 and PEP 660

HERE = Path(__file__).resolve().parent
PICTURE = re.compile(r"(?m)^!\[[^]]*\]\((?!https://)[^)]*\)\n+")
LINK = re.compile(r"\[([^]]*)\]\((?!https://)[^)]*\)")


def description(readme: str) -> str:
    """README.md for a package index, where links and pictures of this checkout lead nowhere: without both."""
    return LINK.sub(r"\1", PICTURE.sub("", readme))


def write_description() -> None:
    """Write what ``long_description`` of setup.cfg reads: in every hook, so when they are loaded."""
    path = HERE / "build" / "description.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(description((HERE / "README.md").read_text(encoding="utf-8")), encoding="utf-8")


write_description()


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """The hook of PEP 517: makes the sdist, returns its name."""
    name: str = build_meta.build_sdist(sdist_directory, config_settings)
    if moment := os.environ.get("SOURCE_DATE_EPOCH"):
        normalise(Path(sdist_directory) / name, int(moment))
    return name


def normalise(path: Path, moment: int) -> None:
    """Write the archive again: sorted, nobody's, everything of one moment (seconds since 1970)."""
    with tarfile.open(path) as archive:
        members = [(member, archive.extractfile(member)) for member in archive.getmembers()]
        contents = {member.name: file.read() for member, file in members if file}
    fresh = path.with_suffix(".new")
    with (
        fresh.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=moment) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for member, _file in sorted(members, key=lambda pair: pair[0].name):
            add(archive, member, contents.get(member.name), moment)
    fresh.replace(path)


def add(archive: tarfile.TarFile, member: tarfile.TarInfo, content: bytes | None, moment: int) -> None:
    """One file or folder, without what tells where and when it was made."""
    member.mtime, member.uid, member.gid, member.uname, member.gname = moment, 0, 0, "", ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    member.pax_headers = {}
    if content is None:
        archive.addfile(member)
    else:
        archive.addfile(member, BytesIO(content))
