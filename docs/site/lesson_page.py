"""A notebook as a page: its words, its code, and what the code printed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert

_FORMULA = re.compile(r"(\$\$?)(.+?)\1", re.DOTALL)


def markdown(path: Path) -> str:
    """Return the cells of a notebook as Markdown, its formulas as MathML."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    rows = [row for cell in cells for row in _cell(cell)]
    download = f"[Download the notebook]({path.name}){{: download }}"
    return "\n\n".join([*rows[:1], download, *rows[1:]])


def _cell(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield _FORMULA.sub(_formula, source)
        return
    yield f"```python\n{source}\n```"
    for output in cell["outputs"]:
        printed = output.get("text") or output.get("data", {}).get("text/plain")
        if printed:
            yield f"```text\n{''.join(printed).rstrip()}\n```"


def _formula(found: re.Match[str]) -> str:
    signs, latex = found.groups()
    return convert(latex, display="block" if signs == "$$" else "inline")
