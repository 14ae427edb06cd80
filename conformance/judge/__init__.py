"""Judge one check or one claim: draw its cases, judge each, and add up what they come to.

May import the rooms implementation, spec, bounds and record. Nothing is explained here.
Begin reading with `check`; `draw` makes its trials, and `kinds` has a judge for each kind.
A claim of the document is judged in `claim`; torch is evaluated in `oracle` alone.
"""
