"""What a failing check looks like: the known mistakes that it behaves like, and what was found."""

from conformance.record.file import Line


def told(diagnosis: Line | None) -> list[tuple[str, str]]:
    """A diagnosis as short labelled lines; none where nothing is known.

    More than one mistake is named where the cases do not tell them apart.
    """
    if diagnosis is None:
        return []
    sentences = [one["sentence"] for one in diagnosis["mistakes"]]
    hints = [one["hint"] for one in diagnosis["mistakes"]]
    rows = [(likeness(diagnosis), "; or like: ".join(dict.fromkeys(sentences)))]
    rows += [("hint", words) for words in dict.fromkeys(hints)]
    return [row for row in rows if row[1]] + found(diagnosis)


def likeness(diagnosis: Line) -> str:
    """How the implementation and the mistakes compare: in all cases that tell, or in most."""
    shares = [one.get("agreement") for one in diagnosis["mistakes"]]
    whole = all(share in {None, 1} for share in shares)
    return "behaves like" if whole else "mostly like"


def hinted(diagnosis: Line | None) -> list[tuple[str, str]]:
    """What helps without giving the answer away: the first mistake's hint, and what may be said."""
    if diagnosis is None:
        return []
    hints = [("hint", one["hint"]) for one in diagnosis["mistakes"][:1] if one["hint"]]
    return hints + [("found", words) for words in diagnosis.get("hints") or () if words]


def found(diagnosis: Line) -> list[tuple[str, str]]:
    """What the failing cases have in common, each finding a line."""
    return [("found", words) for words in diagnosis["findings"] if words]


def common(one: Line | None, other: Line | None) -> Line | None:
    """The first diagnosis, with those of its mistakes and findings only that the second has too.

    A mistake that explains one check and not the other is not their cause. Where none explains
    both, the first stands.
    """
    if one is None or other is None:
        return one
    known = {mistake["id"] for mistake in other["mistakes"]}
    shared = [mistake for mistake in one["mistakes"] if mistake["id"] in known]
    said = [words for words in one["findings"] if words in other["findings"]]
    mistakes, findings = shared or one["mistakes"], said or one["findings"]
    return {**one, "mistakes": mistakes, "findings": findings}


def agree(one: Line | None, other: Line | None) -> bool:
    """Whether two diagnoses name a mistake in common."""
    if one is None or other is None:
        return False
    named = {mistake["id"] for mistake in one["mistakes"]}
    return any(mistake["id"] in named for mistake in other["mistakes"])


def resemble(one: Line | None, other: Line | None) -> bool:
    """Whether two diagnoses that name no mistake say one and the same."""
    if one is None or other is None or one["mistakes"] or other["mistakes"]:
        return False
    return any(words in other["findings"] for words in one["findings"])
