"""Cases become tests here: every operation's checks, every claim of the document."""

from conformance.suite import test_claim, test_operation

__all__ = ["test_claim", "test_operation"]
