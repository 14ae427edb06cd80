"""What is kept of a run: lines of JSON, their rules and words; how two records compare or merge.

Imports nothing of the engine but its own modules, and neither NumPy nor torch.
Begin reading with `vocabulary`, then `fields`, which says what each line has; `file` reads and
writes a record, and completes an older one by `older`.
"""
