"""A share of a run: every n-th check and claim, for a job of its own."""

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
        """The shard that "2/3" means; all there is where nothing is given.

        Raises:
            ValueError: where it means none.
        """
        if text is None:
            return cls()
        found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", text)
        if found is None or int(found[1]) > int(found[2]):
            raise ValueError(f"--shard is {text!r}; give I/N with 1 ≤ I ≤ N, such as 1/3")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def has(self, place: int) -> bool:
        """Whether what stands at a place, counted from zero, belongs to it."""
        return place % self.count == self.number - 1
