"""Formulas as MathML; as the text that they are in the record where there is no LaTeX of them."""

from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree as ET

from conformance.report.safe_text import limited

_SPACE = "http://www.w3.org/1998/Math/MathML"
_ELEMENTS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle"),
    *("msub", "msup", "msubsup", "mover", "munder", "munderover", "mtable", "mtr", "mtd"),
}
_ATTRIBUTES = {"display", "stretchy", "width", "mathvariant", "form"}
_ROWS = {"mrow", "math", "mstyle", "msqrt", "mtd"}
_LONGEST = 4000
_APART = r"\quad"
_MANY = 8  # elements of a formula that is long
_BREAKS = {"=", "+", "−", "←", "→"}


@dataclass(frozen=True)
class Formula:
    """A formula as MathML, which is markup of our own making, and as text.

    One part of it for each that LaTeX sets apart, each in pieces between which a line may break.
    """

    mathml: tuple[tuple[str, ...], ...]
    text: str


def formula(latex: str | None, text: str | None) -> Formula:
    """Return the formula of a line of the record."""
    parts = tuple(mathml(part) for part in (latex or "").split(_APART))
    return Formula(parts if all(parts) else (), limited(text or ""))


@cache
def mathml(latex: str) -> tuple[str, ...]:
    """Return LaTeX as MathML, in pieces where it is long; nothing where it cannot be read.

    The converter lets markup in a text through as it is: what it makes is read again, and of
    MathML nothing but what a formula consists of is kept.
    """
    from latex2mathml.converter import convert  # noqa: PLC0415 - only where a page is made

    if not latex.strip() or len(latex) > _LONGEST:
        return ()
    try:
        tree = ET.fromstring(convert(latex))  # noqa: S314 - no larger than a formula
    except Exception:  # noqa: BLE001 - the converter documents no errors; the text stands in
        return ()
    if not _made_plain(tree):
        return ()
    return tuple(ET.tostring(piece, encoding="unicode") for piece in _pieces(tree))


def _pieces(tree: ET.Element) -> list[ET.Element]:
    """Split a long formula at its signs.

    No browser breaks a formula by itself, and a narrow screen has no room for a long one.
    """
    row = tree[0] if len(tree) == 1 else ()
    if len(row) < _MANY:
        return [tree]
    pieces: list[ET.Element] = []
    for child in row:
        if not pieces or child.text in _BREAKS:
            pieces.append(ET.Element("math", tree.attrib))
        if child.text in _BREAKS:
            child.set("form", "infix")
        pieces[-1].append(child)
    return pieces


def _made_plain(tree: ET.Element) -> bool:
    """Whether nothing but a formula was found; its elements are left without a namespace."""
    for element in tree.iter():
        element.tag = element.tag.removeprefix(f"{{{_SPACE}}}")
        if element.tag not in _ELEMENTS or not set(element.attrib) <= _ATTRIBUTES:
            return False
        # A backslash that the converter leaves belongs to the letter after it.
        element.text = (element.text or "").replace("\\", "")
        # A word is a name, though the converter takes some for operators.
        element.tag = "mi" if element.tag == "mo" and _is_word(element.text) else element.tag
    for element in list(tree.iter()):
        _set_apart(element)
    return True


def _is_word(text: str) -> bool:
    return len(text) > 1 and text.isalpha()


def _set_apart(parent: ET.Element) -> None:
    """Put the thin space around names such as log that TeX puts there."""
    children = list(parent) if parent.tag in _ROWS else []
    for i in reversed(range(len(children))):
        if not _is_name(children[i]):
            continue
        after = children[i + 1] if i + 1 < len(children) else None
        if after is not None and after.tag != "mo":
            parent.insert(i + 1, _thin())
        if i and children[i - 1].tag != "mo":
            parent.insert(i, _thin())


def _is_name(element: ET.Element) -> bool:
    """Whether it is a name of several letters, or such a name with an index."""
    if element.tag in {"msub", "munder"}:
        return len(element) > 0 and _is_name(element[0])
    return element.tag == "mi" and _is_word(element.text or "")


def _thin() -> ET.Element:
    return ET.Element("mspace", {"width": "0.167em"})
