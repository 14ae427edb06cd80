"""Several records on one page: implementations side by side, or one implementation over time."""

from collections import Counter
from collections.abc import Sequence

from conformance.record.file import Record
from conformance.report.frameworks import Framework
from conformance.report.safe_text import limited


def several(records: Sequence[Record]) -> str:
    """Return the page: a trend where all records are of one implementation."""
    from conformance.report.html.frameworks import frameworks_page  # noqa: PLC0415 - jinja2
    from conformance.report.html.trend import trend_page  # noqa: PLC0415 - comes with them

    if len({record.header["implementation"] for record in records}) == 1:
        return trend_page(records)
    columns = [
        Framework(name, record) for name, record in zip(_names(records), records, strict=True)
    ]
    return frameworks_page(columns, noun="implementations")


def _names(records: Sequence[Record]) -> list[str]:
    """Return the implementations' names, those that come again with a number."""
    seen: Counter[str] = Counter()
    names = []
    for record in records:
        name = limited(str(record.header["implementation"]), 80)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
