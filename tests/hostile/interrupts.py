"""A call that raises what Ctrl-C raises."""


def relu(x):
    raise KeyboardInterrupt
