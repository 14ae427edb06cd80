"""The language in which views tell of a document's claims: English, or one that has a catalogue.

A catalogue is a file of gettext's, languages/CODE/LC_MESSAGES/claims.po, with its compiled .mo
beside it. Its messages are the English words. A message of the context "sentence" has gaps, such
as {size}: it stands for every sentence of a record that fits it, and what fills a gap is
translated in its turn. What has no message stays in English.
"""

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from pathlib import Path

LANGUAGES_AT = Path(__file__).with_name("languages")
DOMAIN = "claims"
ENGLISH = "en"
_SENTENCE = "sentence\x04"  # how gettext marks the context of a message
_GAP = re.compile(r"\{(\w+)\}")


class Catalogue:
    """The messages of a language, and how its numbers and lists are put together."""

    def __init__(self, messages: gettext.NullTranslations) -> None:
        self._messages = messages

    def translated(self, text: str) -> str:
        """Return a sentence in the language; as it is where the catalogue has no such message."""
        whole = self.exact(text)
        return whole if whole != text else self._filled(text)

    def exact(self, text: str) -> str:
        """Return a message in the language; as it is where the catalogue does not have it."""
        return self._messages.gettext(text) if text else text

    def _filled(self, text: str) -> str:
        for pattern, message in self._patterns:
            if match := pattern.fullmatch(text):
                gaps = {name: self.translated(words) for name, words in match.groupdict().items()}
                return _GAP.sub(lambda gap, gaps=gaps: gaps[gap[1]], message)  # type: ignore[misc]
        return text

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Return the sentences with gaps, those with the most letters of their own first."""
        known: dict[str, str] = getattr(self._messages, "_catalog", {})
        gapped = {key.removeprefix(_SENTENCE): key for key in known if key.startswith(_SENTENCE)}
        ordered = sorted(gapped, key=_letters, reverse=True)
        return [(_pattern(message), known[gapped[message]]) for message in ordered]


def _letters(message: str) -> int:
    return len(_GAP.sub("", message))


def _pattern(message: str) -> re.Pattern[str]:
    """Return what fits a message: any words in its gaps, and the same in a gap that comes twice."""
    parts = re.split(r"(\{\w+\})", message)
    words = [
        f"(?P<{part[1:-1]}>.+?)" if _GAP.fullmatch(part) else re.escape(part) for part in parts
    ]
    return re.compile("".join(words), re.DOTALL)


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that there are, English first."""
    codes = sorted(file.parts[-3] for file in LANGUAGES_AT.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return (ENGLISH, *codes)


@cache
def catalogue(code: str) -> Catalogue:
    """Return the catalogue of a language; that of English is empty.

    Raises:
        FileNotFoundError: there is none for this code.
    """
    if code == ENGLISH:
        return Catalogue(gettext.NullTranslations())
    return Catalogue(gettext.translation(DOMAIN, LANGUAGES_AT, [code]))


def language_name(code: str) -> str:
    """Return the name of a language in the one that is spoken; its code if it has none here."""
    return say(_NAMES.get(code, code))


_NAMES = {"en": "English", "zh": "Chinese"}
_SPOKEN: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


@contextmanager
def spoken(code: str) -> Iterator[None]:
    """Set the language that claims are told in, as long as the context lasts."""
    token = _SPOKEN.set(code or ENGLISH)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def say(text: str) -> str:
    """Return a sentence in the language that is spoken."""
    return catalogue(_SPOKEN.get()).translated(text)


def say_all(parts: str) -> str:
    """Return words with commas between, such as two conditions, each in the language."""
    known = catalogue(_SPOKEN.get())
    whole = known.exact(parts)
    return whole if whole != parts else say(", ").join(map(say, parts.split(", ")))


def language_code() -> str:
    """Return the code of the language that is spoken."""
    return _SPOKEN.get()


def is_english() -> bool:
    """Return whether English is spoken."""
    return language_code() == ENGLISH
