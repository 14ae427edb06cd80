"""What is said of a failure: in full, and so that the answer is not given away."""

from typing import NamedTuple


class Remark(NamedTuple):
    """A sentence, and the same as a hint: without what the right result could be made from."""

    said: str
    hint: str


def plainly(words: str) -> Remark:
    """A remark that gives nothing away."""
    return Remark(words, words)
