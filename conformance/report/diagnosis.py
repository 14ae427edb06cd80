"""What a failing check looks like: the known mistakes that it behaves like, and what they share."""

from conformance.record.file import Line

_NOTHING: Line = {"mistakes": [], "findings": [], "hints": []}


def diagnosis_of(check: Line) -> Line:
    """Return the diagnosis of a check; an empty one where it has none."""
    return check.get("diagnosis") or _NOTHING


def labelled(diagnosis: Line) -> list[tuple[str, str]]:
    """Return a diagnosis as short labelled lines.

    More than one mistake is named where the cases do not tell them apart.
    """
    mistakes = diagnosis["mistakes"]
    sentences = dict.fromkeys(mistake["sentence"] for mistake in mistakes)
    hints = dict.fromkeys(mistake["hint"] for mistake in mistakes)
    rows = [(likeness(diagnosis), "; or like: ".join(sentences))]
    rows += [("hint", words) for words in hints]
    rows += [("found", words) for words in diagnosis["findings"]]
    return [row for row in rows if row[1]]


def likeness(diagnosis: Line) -> str:
    """Return how code and mistakes compare: alike in all cases that tell, or in most."""
    shares = [mistake.get("agreement") for mistake in diagnosis["mistakes"]]
    whole = all(share in {None, 1} for share in shares)
    return "behaves like" if whole else "mostly like"


def hinted(diagnosis: Line | None) -> list[tuple[str, str]]:
    """Return labelled lines that do not give the answer away: a hint, and some findings."""
    known = diagnosis or _NOTHING
    rows = [("hint", mistake["hint"]) for mistake in known["mistakes"][:1]]
    rows += [("found", words) for words in known.get("hints") or ()]
    return [row for row in rows if row[1]]


def common(first: Line, other: Line) -> Line:
    """Return the first diagnosis with only those mistakes and findings that the other has too.

    A mistake that explains one check and not the other is not their cause. Where none explains
    both, the first diagnosis stands.
    """
    known = {mistake["id"] for mistake in other["mistakes"]}
    mistakes = [mistake for mistake in first["mistakes"] if mistake["id"] in known]
    findings = [words for words in first["findings"] if words in other["findings"]]
    return {
        **first,
        "mistakes": mistakes or first["mistakes"],
        "findings": findings or first["findings"],
    }
