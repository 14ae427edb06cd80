"""What a failure looks like: the named mistakes it behaves like, and what can be said in words.

A diagnosis is a remark: no verdict depends on it.
"""

from conformance.explain.diagnosis.suspects import Diagnosis, diagnose

__all__ = ["Diagnosis", "diagnose"]
