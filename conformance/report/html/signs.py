"""Verdicts as a sign, a word and a tone: colour only repeats what sign and word say."""

from dataclasses import dataclass

from conformance.record.vocabulary import Word


@dataclass(frozen=True)
class Sign:
    """A verdict as it is shown."""

    mark: str
    words: str
    tone: str


def sign(verdict: Word, words: str | None = None) -> Sign:
    """Return a verdict's sign, with other words than its own where there are some."""
    tone = "bad" if verdict.tone == "broken" else verdict.tone
    return Sign(verdict.sign, verdict if words is None else words, tone)
