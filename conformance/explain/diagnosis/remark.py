"""What is said of a failure: in full, and so that the answer is not given away."""

from typing import NamedTuple


class Remark(NamedTuple):
    """A sentence, and a hint: the same without what the right result could be made from."""

    sentence: str
    hint: str


def plainly(words: str) -> Remark:
    """Return a remark that gives nothing away."""
    return Remark(words, words)
