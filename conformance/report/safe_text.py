"""Foreign text made safe to show: one line, no control characters, and what the terminal can print.

Names and messages come from the implementation under test. Nothing of them may move the cursor,
turn the reading direction or be taken for markup.
"""

import unicodedata

from rich.cells import cell_len, set_cell_size

LONGEST = 400
"""Characters of a message that are shown; the record has all of it."""

_WORST_ESCAPE = 10  # letters of \U0001f600
_CUT = " (cut; the record has all of it)"
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# What stands for a letter that the terminal does not have.
_SPELLED = {
    **dict.fromkeys("·–—−─", "-"),
    **dict.fromkeys("⋅⊙∗⋆", "*"),
    **dict.fromkeys("×✗", "x"),
    **dict.fromkeys("Σ∑", "sum"),
    **dict.fromkeys("⌋⌉", ")"),
    **dict(zip("∂∇Π√∞½′‖", ("d", "grad ", "prod", "sqrt", "inf", "1/2", "'", "||"), strict=True)),
    **dict(zip("≤≥≠≈←→∈", ("<=", ">=", "!=", "~", "<-", "->", " in "), strict=True)),
    **dict(zip("⌊⌈✓○◐…", ("floor(", "ceil(", "+", "o", "/", "..."), strict=True)),
}


def shown(text: str, encoding: str = "utf-8", longest: int = LONGEST) -> str:
    """Return the text on one line, cut, unsafe characters escaped, in the terminal's letters."""
    words = " ".join(text[: 4 * longest].split())
    return cut(printable(words, encoding), longest, encoding)


def printable(text: str, encoding: str = "utf-8") -> str:
    """Return all of the text on one line, spaces as they are, in the terminal's letters."""
    return spelled("".join(map(_visible, text)), encoding)


def limited(text: str, longest: int = LONGEST) -> str:
    """Return foreign text on one safe line; where it is cut, a note says so."""
    head, rest = text[: 4 * longest], text[4 * longest :]
    words = shown(head, longest=longest)
    whole = shown(head, longest=max(len(head) * _WORST_ESCAPE, longest))
    return words if words == whole and (not rest or rest.isspace()) else words + _CUT


def spelled(text: str, encoding: str) -> str:
    """Return the text in the terminal's letters: Greek by name, W^T for a raised T, and so on."""
    return "".join(_spelled(letter, encoding) for letter in text)


def cut(text: str, width: int, encoding: str = "utf-8") -> str:
    """Cut the text to at most `width` columns, its end marked where some is missing."""
    if cell_len(text) <= width:
        return text
    mark = _spelled("…", encoding)
    if width <= len(mark):
        return mark[: max(width, 0)]
    return set_cell_size(text, width - len(mark)).rstrip() + mark


def padded(text: str, width: int) -> str:
    """Return the text with spaces up to a column; a Chinese letter takes two."""
    return text + " " * max(width - cell_len(text), 1)


def _visible(letter: str) -> str:
    if unicodedata.category(letter) not in _UNSAFE:
        return letter
    return letter.encode("unicode_escape").decode("ascii")


def _spelled(letter: str, encoding: str) -> str:
    """Return the letter, or what stands for it where the encoding does not have it."""
    if letter.isascii() or encodes(letter, encoding):
        return letter
    if letter in _SPELLED:
        return _SPELLED[letter]
    kind, *bases = unicodedata.decomposition(letter).split()[:2] or [""]
    if kind in {"<super>", "<sub>"}:
        sign = "^" if kind == "<super>" else "_"
        return sign + _spelled(chr(int(bases[0], 16)), encoding)
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK SMALL LETTER "):
        return name.split()[3].lower()
    return letter.encode("ascii", "backslashreplace").decode("ascii")


def encodes(letter: str, encoding: str) -> bool:
    """Return whether an encoding has a letter."""
    try:
        letter.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
