"""Identifiers as the API gives them: short, opaque, different in letter case only
(contract/behaviour-contacts.md 1).
"""

from __future__ import annotations

import random
import string
from collections import defaultdict

LETTERS = string.ascii_letters + string.digits
LENGTH = 4
STEP = 5_200_007  # coprime to the number of identifiers, so that none repeats before all are used


class Ids:
    """Hands out identifiers, unique for each kind of resource up to 14 million, the same ones for a seed."""

    def __init__(self, seed: int) -> None:
        letters = list(LETTERS)
        random.Random(seed).shuffle(letters)  # nosec B311  # the same seed, the same ids
        self.letters = "".join(letters)
        self.given: defaultdict[str, int] = defaultdict(int)

    def new(self, kind: str) -> str:
        """The next identifier of ``kind``."""
        size = len(self.letters)
        self.given[kind] += 1
        number = self.given[kind] * STEP % size**LENGTH
        characters = []
        for _ in range(LENGTH):
            number, digit = divmod(number, size)
            characters.append(self.letters[digit])
        return "".join(characters)
