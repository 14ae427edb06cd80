"""A part of a run: every n-th check and claim, for a job of its own."""

import re
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, both from one."""

    number: int = 1
    count: int = 1

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Return the shard that "2/3" means; the whole run where nothing is given.

        Raises:
            ValueError: the text means no shard.
        """
        if text is None:
            return cls()
        match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
        if match is None or int(match[1]) > int(match[2]):
            raise ValueError(f"--shard is {text!r}; give I/N with 1 ≤ I ≤ N, such as 1/3")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def has(self, position: int) -> bool:
        """Return whether the item at a position, counted from zero, belongs to the shard."""
        return position % self.count == self.number - 1
