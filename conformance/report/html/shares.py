"""How many of a whole came to each verdict, in words and in hundredths."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from conformance.record.file import Line
from conformance.record.vocabulary import Word
from conformance.report.html.signs import sign
from conformance.report.numbers import counted


def shares(lines: Sequence[Line], words: Iterable[Word]) -> list[dict[str, Any]]:
    """Return a share for each of the words that lines have as their verdict."""
    tally = Counter(line["verdict"] for line in lines)
    return [
        {
            "sign": sign(word),
            "count": counted(tally[word]),
            "words": word.verb(tally[word]),
            "percent": round(100 * tally[word] / len(lines), 3),
        }
        for word in words
        if tally[word]
    ]
