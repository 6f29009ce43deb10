"""Every link inside the documentation leads to a page that is there, and every anchor to a heading of it.

Links to elsewhere are not followed, for tests reach nothing beyond this machine: ``python -m
tests.docs.test_links`` lists them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import CHECKOUT, FENCE, all_pages, text_of

PAGES = [*all_pages(), "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
SOURCES = ("getresponse_django", "example_project", "benchmarks", "tests")


def prose(page: str) -> str:
    """A page without its blocks and its code."""
    return re.sub(r"`[^`\n]+`", "code", FENCE.sub("", text_of(page)))


def links_of(page: str) -> list[str]:
    """Where a page points to."""
    found = re.findall(r"\]\(([^)\s]+)\)|<(https?://[^>]+)>", prose(page))
    return [inline or bare for inline, bare in found]


def anchors_of(path: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub and Sphinx make them."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    titles = re.findall(r"(?m)^#{1,3} (.*)$", text)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_inside_leads_somewhere(page: str) -> None:
    wrong = []
    for link in links_of(page):
        if not link.startswith(("http:", "https:", "mailto:")):
            place, _, anchor = link.partition("#")
            path = (CHECKOUT / page).parent / place if place else CHECKOUT / page
            if not path.exists() or (anchor and anchor not in anchors_of(path)):
                wrong.append(link)
    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_links_to_elsewhere_are_encrypted_but_for_this_machine(page: str) -> None:
    elsewhere = [link for link in links_of(page) if link.startswith("http")]
    assert [link for link in elsewhere if not link.startswith(("https://", "http://127.0.0.1"))] == []


def test_every_page_that_the_code_names_is_there() -> None:
    files = [path for source in SOURCES for path in ((CHECKOUT / source).rglob("*.py"))]
    texts = [path.read_text() for path in [*files, CHECKOUT / "Makefile", CHECKOUT / "CONTRIBUTING.md"]]
    named = {name for text in texts for name in re.findall(r"\bdocs/[a-z0-9/_-]+\.md", text)}
    assert len(named) > 5
    assert sorted(name for name in named if not (CHECKOUT / name).exists()) == []


if __name__ == "__main__":
    print("\n".join(sorted({link for page in PAGES for link in links_of(page) if link.startswith("http")})))
