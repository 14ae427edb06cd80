"""The commands of `nn-conformance`: a file or a folder for each, beside its typer command.

May import the room run and those below it, and report.
Begin reading with `app`, which has the exit codes and the options that commands share, then `run`.
`arguments` checks what was typed before anything heavy is imported.
"""
