"""A page of the terminal: how wide it is, which letters it has, and how a line is laid out on it.

Every line is laid out here, in columns of the terminal, so that nothing depends on how a console
wraps or on what it takes for markup.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from conformance.report.safe_text import cut, encodes, shown, spelled

_JUDGED, _FIGURE = 24, 8  # columns of the verdict with its cases, and of a further figure
_EDGE = 144
_WIDE = 120
_RULER = Console(width=80)  # Text.wrap asks for a console; nothing is printed on it


@dataclass(frozen=True)
class Page:
    """How wide a page is, and the encoding of its letters."""

    width: int
    encoding: str

    @property
    def wide(self) -> bool:
        """Return whether there is room for more than the essential columns."""
        return self.width >= _WIDE

    @property
    def edge(self) -> int:
        """Return where lines end. A very wide page is not filled: the eye has to find its row."""
        return min(self.width, _EDGE)

    def say(self, words: str) -> str:
        """Return text from outside, such as an exception's message, as one safe line."""
        return shown(words, self.encoding)

    def has(self, words: str) -> bool:
        """Return whether the terminal has all these letters."""
        return all(encodes(letter, self.encoding) for letter in words)

    def cut(self, words: str, width: int) -> str:
        """Cut words to at most so many columns."""
        return cut(words, width, self.encoding)

    def line(self, words: str, style: str = "") -> Text:
        """Return one line, cut at the page's edge."""
        return Text(self.cut(self.say(words), self.edge), style)

    def note(self, words: str) -> Iterator[Text]:
        """Yield a remark under a row, in one line; nothing where there are no words."""
        if words:
            yield Text("      " + self.cut(self.say(words), self.edge - 6), "dim")

    def heading(self, title: str, remark: str) -> Iterator[Text]:
        """Yield a title with a remark and a rule to the edge, after an empty line."""
        dash = spelled("─", self.encoding)
        words = self.cut(self.say(f"{dash * 2} {title} {dash * 2} {remark}"), self.edge) + " "
        yield Text()
        yield Text(words + dash * (self.edge - cell_len(words)), "bold")

    def wrapped(self, words: str, indent: int, style: str = "", label: str = "") -> Iterator[Text]:
        """Yield words over as many lines as they need, indented; a label before the first."""
        start = f"    {self.say(label)}" if label else ""
        lines = Text(self.say(words)).wrap(_RULER, self.edge - indent, tab_size=1)
        for line in lines if words else ():
            line.rstrip()
            yield Text.assemble(start.ljust(indent), (line.plain, style))
            start = ""

    def listed(self, words: Iterable[str]) -> Iterator[Text]:
        """Yield short texts after each other, none of them broken over two lines."""
        dot = spelled(" · ", self.encoding)
        row = ""
        for word in map(self.say, words):
            longer = f"{row}{dot}{word}" if row else word
            if row and cell_len(longer) > self.edge:
                yield Text(row, "dim")
                longer = word
            row = self.cut(longer, self.edge)
        yield Text(row, "dim")

    def row(
        self, subject: tuple[str, str], verdict: tuple[str, str, str], figures: Sequence[str]
    ) -> Text:
        """Return a line of a table: sign, name and formula, verdict, cases and further figures.

        Args:
            subject: name and formula; a formula that does not fit is left out.
            verdict: sign, words, style; long words take from the subject's room.
            figures: cases first; set flush right.
        """
        sign, words, style = verdict
        name, formula = map(self.say, subject)
        cases, *others = map(self.say, figures)
        judged = self.say(words)
        gap = " " * max(_JUDGED - cell_len(judged) - cell_len(cases), 1 if cases else 0)
        tail = gap + cases + "".join(other.rjust(_FIGURE) for other in others)
        room = max(self.edge - 6 - cell_len(judged + tail), 10)
        column = 34 if self.wide else 20
        padded = name + " " * max(column - cell_len(name), 2)
        # Half a formula says nothing: what does not fit is left out.
        fits = cell_len(padded + formula) <= room
        left = self.cut(padded + formula if fits else name, room).rstrip()
        return Text.assemble(
            ("  " + (self.say(sign) or " ") + " ", style),
            left + " " * (room - cell_len(left) + 2),
            (judged, style),
            tail,
        )
