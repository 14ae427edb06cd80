"""A call that asks the interpreter to end."""

import sys


def relu(x):
    sys.exit(0)
