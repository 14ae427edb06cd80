"""The words of a record, each once: verdicts, kinds of checks, dtypes, profiles, limits of calls.

A member is equal to its word in the record: `Verdict.FAILS == "fails"`, and `Verdict("fails")`
has its sign, its rank and its verb.
"""

from enum import StrEnum
from typing import Literal, Self, TypeAlias

Tone: TypeAlias = Literal["good", "mixed", "absent", "bad", "broken"]
"""What a view colours a word by. Colour only repeats what sign and word say."""

_PASSED, _FAILED = 1, 5


class Word(StrEnum):
    """What a check, an operation or a claim came to, and how views show it.

    Attributes:
        sign: the one character that stands for it.
        tone: what it is coloured by.
        rank: how bad it is, from 0; of several words the one of the highest rank counts.
        verbs: the word said of one, and of several.
    """

    sign: str
    tone: Tone
    rank: int
    verbs: tuple[str, ...]

    def __new__(
        cls, text: str, sign: str = "!", tone: Tone = "broken", rank: int = _FAILED, *verbs: str
    ) -> Self:
        """Make a member of the word, its attributes, and its verbs for one and for several."""
        word = str.__new__(cls, text)
        word._value_ = text
        word.sign, word.tone, word.rank = sign, tone, rank
        word.verbs = verbs or (text, text)
        return word

    @property
    def passed(self) -> bool:
        """Return whether it counts as passed."""
        return self.rank <= _PASSED

    @property
    def failed(self) -> bool:
        """Return whether it counts as failed: neither passed, nor excused, nor missing."""
        return self.rank == _FAILED

    def verb(self, count: int) -> str:
        """Return the word as the verb of so many checks: 1 conforms, 2 conform."""
        return self.verbs[count != 1]


class Verdict(Word):
    """What a check came to."""

    CONFORMS = "conforms", "✓", "good", 0, "conforms", "conform"
    CONVENTION = "convention", "≈", "mixed", 1, "convention", "other conventions"
    FAILS = "fails", "✗", "bad", _FAILED, "fails", "fail"
    NOT_PROVIDED = "not provided", "○", "absent", 3
    NOT_JUDGED = "not judged", "·", "absent", 2, "not judged", "not judged"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    ERRORED = "errored"
    EXPECTED = "expected failure", "≉", "mixed", 4, "fails as expected", "fail as expected"


class Partial(Word):
    """What several checks came to together, where no verdict says it."""

    PARTLY = "partly", "◐", "mixed", 2, "in part", "in part"
    NOT_RUN = "not run", "·", "absent", 2


class ClaimVerdict(Word):
    """What a claim of the document came to."""

    HOLDS = "holds", "✓", "good", 0, "holds", "hold"
    HOLDS_WHEN = "holds only when", "◐", "mixed", 2, "under a condition", "under conditions"
    DOES_NOT_HOLD = "does not hold", "✗", "bad", _FAILED, "does not", "do not"
    NAMED = "named, not specified", "○", "absent", 2, "only named", "only named"
    NOT_TESTABLE = "not testable", "·", "absent", 2, "untestable", "untestable"


class Reason(StrEnum):
    """Why a check or claim did not run."""

    DESELECTED = "deselected"
    INTERRUPTED = "interrupted"


class Kind(StrEnum):
    """What a check asks, the plainest first: a wrong value explains what others only show."""

    VALUE = "value"
    GRADIENT = "gradient"
    DTYPE = "dtype"
    EDGE = "edge"
    SPECIAL = "special"
    PURE = "pure"
    REFUSAL = "refusal"
    CONVENTION = "convention"
    TRAINING = "training"


PASSED = frozenset(verdict for verdict in Verdict if verdict.passed)
FAILED = frozenset(verdict for verdict in Verdict if verdict.failed)


class Problem(StrEnum):
    """What is wrong with a case. `record.wording` says each in words."""

    NONE = ""
    WRONG = "wrong"
    RAISED = "raised"
    WARNED = "warned"
    ACCEPTED = "accepted"
    ABRUPT = "abrupt"
    CHANGED = "changed"
    ANOTHER_RESULT = "another result"
    OVERWROTE = "overwrote"
    RAISED_AGAIN = "raised again"
    WRITTEN_TO = "written to"
    ENDED = "ended"
    ENDED_EARLY = "ended early"
    ABSENT = "absent"
    NOT_IMPLEMENTED = "not implemented"
    RETURNED_NONE = "none"
    NO_ANSWER = "no answer"
    NO_ONE_CONVENTION = "no one convention"
    SUSPECT = "suspect"
    TORCH_ACCEPTS = "torch accepts"
    TORCH_DIFFERS = "torch differs"
    VACUOUS = "vacuous"
    CLAIM = "claim"
    UNLIKE = "unlike"
    GIVEN_UP = "given up"
    CONTROL = "control"
    OUTSIDE = "outside"


WORST_FIRST = tuple(sorted((*Verdict, *Partial), key=lambda word: -word.rank))
"""What an operation may come to, the worst first; words of one rank as they are defined."""

DTYPES = ("float16", "bfloat16", "float32", "float64")
"""The dtypes that an implementation may offer."""

USUAL_DTYPES = ("float32", "float64")
"""Those that it is judged in unless it names others."""

PROFILES = {"quick": 10, "default": 40, "thorough": 400, "soak": 4000}
"""How many structures each check draws, by profile."""

DEFAULT_PROFILE = "default"

TIMEOUT = 10.0
"""Seconds of processor time that one call may use in a process of its own."""

PATIENCE = 10
"""How many times as long a call may take by the clock, which also counts sleep and other work."""

MEMORY = 2048
"""MiB that calls may take in a process of its own, beyond what the import took."""

REPORT = "conformance-report"
"""Where the record of a run is written unless another directory is named."""

# Orders of axes other than the contract's, in words.
AXES = {
    "nhwc": "channels last (n, h, w, c)",
    "hwio": "kernels as (kh, kw, in, out)",
    "in, out": "weights as (in, out)",
}
