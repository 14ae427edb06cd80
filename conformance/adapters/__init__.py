"""Frameworks that have arrays of their own, made implementations of the contract.

One file a framework, each usable as `--implementation conformance.adapters.NAME`.
"""
