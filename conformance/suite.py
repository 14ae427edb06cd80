"""The suite as tests of pytest: one for each check, one for each claim.

The plugin fills in the arguments. `pytest --pyargs conformance.suite` runs the tests anywhere.
"""

import pytest

from conformance.record.vocabulary import PASSED, ClaimVerdict, Verdict
from conformance.run.gather import Session


def test_operation(conformance_check: str, conformance_session: Session) -> None:
    """Judge a check; the test passes if the implementation conforms."""
    line = conformance_session.check(conformance_check)
    verdict, message = line["verdict"], line["message"] or ""
    if verdict == Verdict.NOT_PROVIDED:
        pytest.skip("not provided")
    if verdict == Verdict.EXPECTED:
        pytest.xfail(message)
    if verdict == Verdict.CONVENTION and conformance_session.run.settings.strict:
        pytest.fail(f"not as in torch: {line['convention']}", pytrace=False)
    if verdict not in PASSED:
        pytest.fail(f"{verdict}: {message}", pytrace=False)


def test_claim(conformance_claim: str, conformance_session: Session) -> None:
    """Judge a claim of the document; the test passes if its verdict is the reviewed one."""
    line = conformance_session.claim(conformance_claim)
    expected = conformance_session.run.expected_claims.get(conformance_claim)
    if expected is None:
        pytest.fail(f"reached {line['verdict']!r}; no verdict was ever reviewed", pytrace=False)
    if line["verdict"] == ClaimVerdict.NOT_TESTABLE != expected.verdict:
        pytest.skip(f"not testable here: {line['message']}")
    changes = expected.changes(line)
    if changes:
        pytest.fail("differs from the reviewed verdict: " + "; ".join(changes), pytrace=False)
