"""Explain what fails: a small case that fails in the same way, and what the failure looks like.

May import the room judge and those below it. No verdict depends on anything that is done here.
Begin reading with `smallest`, which makes the case small; `counterexample` makes a record of it.
What a failure behaves like is found in `diagnosis`, which begins with `suspects`.
"""
