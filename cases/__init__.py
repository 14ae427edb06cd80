"""The cases: every operation of the contract, and every claim of the document."""

from cases import linear
from conformance.case import Operation

OPERATIONS: tuple[Operation, ...] = (*linear.OPERATIONS,)
CLAIMS = ()
EXPECTED_VERDICTS: dict[str, str] = {}
