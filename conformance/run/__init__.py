"""Drive the judging: settings, what is loaded from them, and the lines that become a record.

May import the room explain and those below it, and report. Every way to drive a check comes here.
Begin reading with `settings` and `run`; `lines` judges one check or claim, whoever asks for it.
`pytest_run`, `gather` and `finish` are a run in pytest; `workers` spreads other work on processes.
"""
