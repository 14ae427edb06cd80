"""Views of a record: the terminal, a page of HTML, files for programs.

May import the room record, and nothing else: an old run is shown without the code that it judged.
Begin reading with `views`, where each format has a line; `totals`, `claim_facts`, `failures` and
`remarks` are what the formats share.
"""
