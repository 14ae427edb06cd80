"""The code that is judged: find it, load it, call it, lay out its arrays, watch what it changes.

May import the rooms spec, bounds and record.
Begin reading with `implementation` and `load`. In `isolation` the same calls are made in a process
of their own. `purity` tells what a call leaves behind, and `process_state` keeps that from the
suite's own work. `bundled` finds the cases and the reference.
"""
