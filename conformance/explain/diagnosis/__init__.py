"""Remark what a failure looks like: named mistakes that behave alike, and patterns in words.

May import what the room explain may. A diagnosis is a remark, and no verdict depends on it.
Begin reading with `suspects`; `patterns` and `conditions` say what else is seen.
"""

from conformance.explain.diagnosis.suspects import Diagnosis, diagnose

__all__ = ["Diagnosis", "diagnose"]
