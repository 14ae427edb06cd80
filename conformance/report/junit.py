"""A record as JUnit XML, as GitHub's actions, GitLab and Jenkins read it.

A suite for each operation and for each section of claims, a case for each line of the record. A
check that fails is a failure; one that came to no judgement is an error; one that was not reached,
is not provided, or fails as expected is skipped. What was not asked for is no case. What a claim
comes to is a finding about the document and fails nothing: it stands in the case's output.
"""

from collections.abc import Callable, Iterator
from functools import partial
from xml.etree import ElementTree as ET

from conformance.record.facts import message, real
from conformance.record.file import Line, Record
from conformance.record.vocabulary import FAILED, ClaimVerdict, Reason, Verdict
from conformance.report.claim_facts import notes
from conformance.report.diagnosis import diagnosis_of
from conformance.report.failures import lines_of
from conformance.report.safe_text import limited

_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}
_SKIPPED = {Verdict.NOT_PROVIDED, Verdict.EXPECTED}
_MOST_SECONDS = 1e9


def junit(record: Record) -> str:
    """Return the record as one XML document, without what the run was not asked for."""
    name = limited(f"conformance of {record.header['implementation']}")
    root = ET.Element("testsuites", name=name)
    suites: dict[str, ET.Element] = {}
    for suite, case in _cases(record):
        if suite not in suites:
            suites[suite] = _suite(root, suite, record)
        suites[suite].append(case)
    for element in (*suites.values(), root):
        _count(element)
    ET.indent(root, " ")
    text: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return text.decode("ascii") + "\n"


def _suite(root: ET.Element, name: str, record: Record) -> ET.Element:
    header = record.header
    suite = ET.SubElement(root, "testsuite", name=name, timestamp=limited(header["started"]))
    facts = {name: header[name] for name in ("implementation", "profile", "seed")}
    properties = ET.SubElement(suite, "properties")
    for fact, value in {**facts, **header["versions"]}.items():
        ET.SubElement(properties, "property", name=limited(fact), value=limited(str(value)))
    return suite


def _cases(record: Record) -> Iterator[tuple[str, ET.Element]]:
    """Yield every line as a case, with the name of its suite."""
    families = {check["operation"]: check.get("family") for check in record.checks}
    fill: dict[str, Callable[[ET.Element, Line], None]]
    fill = {"check": partial(_judge, record), "claim": _tell, "not selected": _miss}
    missed = [line for line in record.not_selected if line["reason"] == Reason.INTERRUPTED]
    for line in (*record.checks, *record.claims, *missed):
        if line["type"] == "claim" or line.get("section"):
            # Readers split a class's name at its last dot.
            suite = f"claims.section {line['section'].replace('.', '-')}"
        else:
            family = families.get(line["operation"])
            suite = f"{family}.{line['operation']}" if family else line["operation"]
        seconds = real(line.get("seconds")) or 0.0
        facts = {"classname": limited(suite), "name": limited(line["id"])}
        time = f"{seconds if 0 <= seconds < _MOST_SECONDS else 0.0:.3f}"
        case = ET.Element("testcase", facts, time=time)
        fill[line["type"]](case, line)
        yield facts["classname"], case


def _judge(record: Record, case: ET.Element, check: Line) -> None:
    verdict, words = check["verdict"], limited(message(check))
    if verdict in FAILED:
        tag = "failure" if verdict == Verdict.FAILS else "error"
        wrong = ET.SubElement(case, tag, type=verdict, message=words or verdict)
        wrong.text = "\n".join(lines_of(check, diagnosis_of(check), record)) or verdict
    elif verdict in _SKIPPED:
        ET.SubElement(case, "skipped", type=verdict, message=f"{verdict}: {words}".rstrip(": "))
    elif verdict == Verdict.CONVENTION:
        _say(case, f"not as in torch: {check.get('convention') or 'unnamed'}")


def _tell(case: ET.Element, claim: Line) -> None:
    verdict, words = claim["verdict"], claim.get("message") or ""
    if verdict in {ClaimVerdict.NAMED, ClaimVerdict.NOT_TESTABLE}:
        ET.SubElement(case, "skipped", type=verdict, message=limited(f"{verdict}: {words}"))
    else:
        _say(case, verdict, *notes(claim))


def _miss(case: ET.Element, line: Line) -> None:
    words = f"{line['reason']}: {line.get('message') or 'it did not run'}"
    ET.SubElement(case, "skipped", type=line["reason"], message=limited(words))


def _say(case: ET.Element, *rows: str) -> None:
    ET.SubElement(case, "system-out").text = "\n".join(limited(row) for row in rows if row)


def _count(element: ET.Element) -> None:
    cases = element.findall(".//testcase")
    element.set("tests", str(len(cases)))
    for name, tag in _COUNTED.items():
        element.set(name, str(len(element.findall(f".//testcase/{tag}"))))
    element.set("time", f"{sum(float(case.attrib['time']) for case in cases):.3f}")
