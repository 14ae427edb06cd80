"""A script for each failure of many frameworks, beside the page that shows them."""

import re
from collections.abc import Sequence
from pathlib import Path

from conformance.report.frameworks import Framework
from conformance.tools.replay.replay import ReplayError
from conformance.tools.reproduce.reproduce import reproduction

FOLDER = "scripts"


def scripts(frameworks: Sequence[Framework], folder: Path) -> dict[tuple[str, str], str]:
    """Write the scripts; return the address of each, by framework and id of the check.

    A failure that takes more than one call to show has none.
    """
    addresses = {}
    for framework in frameworks:
        for cell in framework.cells.values():
            for story in cell.stories:
                check = story.first
                name = re.sub(r"\W+", "_", str(check["id"])).strip("_") + ".py"
                address = f"{FOLDER}/{framework.name}/{name}"
                try:
                    text = reproduction(check, f"conformance.adapters.{framework.name}", name)
                except ReplayError:
                    continue
                file = folder / address
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
                addresses[framework.name, str(check["id"])] = address
    return addresses
