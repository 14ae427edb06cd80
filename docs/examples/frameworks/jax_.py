"""Differences of JAX, without nn-conformance: `python jax_.py`."""

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

for mean in (1e2, 1e4):
    x = np.float32(mean) + np.linspace(-1, 1, 64, dtype=np.float32)
    exact = x.astype(float)
    due = (exact - exact.mean()) / np.sqrt(exact.var() + 1e-5)
    came = np.asarray(jax.nn.standardize(x, epsilon=1e-5))
    print(f"standardize at a mean of {mean:g} is off by at most", np.abs(came - due).max())
tiny = np.float32(1e-40)
print("1e-40 · 1 is", jax.jit(lambda a, b: a * b)(tiny, np.float32(1)), "due 1e-40")
x = jnp.array([[[[0.0]], [[-jnp.inf]]]])
weight = jnp.ones((2, 1, 1, 1))
came = jax.lax.conv_general_dilated(x, weight, (1, 1), "VALID", feature_group_count=2)
print("two groups of 0 and -inf are", came.ravel(), "due [0, -inf]")
