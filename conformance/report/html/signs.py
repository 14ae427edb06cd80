"""Verdicts as a sign, a word and a tone: colour only repeats what sign and word say."""

from conformance.record.vocabulary import Word


def sign(verdict: Word, words: str | None = None) -> dict[str, str]:
    """Return a verdict's mark, words and tone; its own word where no other words are given."""
    tone = "bad" if verdict.tone == "broken" else verdict.tone
    return {"mark": verdict.sign, "words": verdict if words is None else words, "tone": tone}
