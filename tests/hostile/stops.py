"""A call that stops its own process, which nobody continues."""

import os
import signal


def relu(x):
    os.kill(os.getpid(), signal.SIGSTOP)
