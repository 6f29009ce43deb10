"""The pages of the documentation, and the fenced blocks of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
DOCS = CHECKOUT / "docs"

FENCE = re.compile(r"(?ms)^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$")


@dataclass(frozen=True)
class Block:
    """A fenced block; ``language`` is what follows the fence, ``line`` where its text begins."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str:
        """The file that the first line of the block names, as in ``# shop/models.py``; else empty."""
        named = re.match(r"# ([\w./]*[.\w]\w*)(, at its end)?$", self.text.partition("\n")[0])
        return named[1] if named else ""

    @property
    def continues(self) -> bool:
        """Whether the block belongs at the end of its file, which is there already."""
        return self.text.partition("\n")[0].endswith(", at its end")


def all_pages() -> list[str]:
    """Every page, by its path in the checkout."""
    pages = [path for path in DOCS.rglob("*.md") if "_build" not in path.parts]
    return ["README.md", *sorted(str(path.relative_to(CHECKOUT)) for path in pages)]


def text_of(page: str) -> str:
    """The Markdown of a page."""
    return (CHECKOUT / page).read_text(encoding="utf-8")


def blocks_of(page: str, *languages: str) -> list[Block]:
    """The blocks of a page in these languages, or all, without their indentation."""
    text = text_of(page)
    found = [
        Block(page, text.count("\n", 0, match.start("text")) + 1, match["language"], dedented(match))
        for match in FENCE.finditer(text)
    ]
    return [block for block in found if not languages or block.language in languages]


def dedented(match: re.Match[str]) -> str:
    """The text of a block, by the indentation of its fence."""
    return re.sub(rf"(?m)^{match['indent']}", "", match["text"])


def all_blocks(*languages: str) -> list[Block]:
    """The blocks of every page in these languages."""
    return [block for page in all_pages() for block in blocks_of(page, *languages)]
