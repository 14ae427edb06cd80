"""Keras on torch as an implementation: `--implementation conformance.adapters.keras_torch`."""

import os

# Read when Keras is imported.
os.environ["KERAS_BACKEND"] = "torch"

from conformance.adapters.keras import IMPLEMENTATION

__all__ = ["IMPLEMENTATION"]
