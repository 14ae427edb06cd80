"""A call that reads where nothing is."""

import ctypes


def relu(x):
    ctypes.string_at(0)
