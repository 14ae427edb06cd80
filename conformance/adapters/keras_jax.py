"""Keras on JAX as an implementation: `--implementation conformance.adapters.keras_jax`."""

import os

# Read when Keras is imported.
os.environ["KERAS_BACKEND"] = "jax"

from conformance.adapters.keras import IMPLEMENTATION

__all__ = ["IMPLEMENTATION"]
