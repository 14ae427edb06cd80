"""A spec-conformance suite for neural-network operations.

The engine: it draws inputs, calls an implementation and PyTorch, derives how far a right
result may lie from the truth, compares, and records a verdict. It knows no operation by
name; operations and claims arrive from a package of cases.

Importing this package costs nothing: neither NumPy nor torch is imported until a check runs.
"""

__version__ = "0.1.0"
