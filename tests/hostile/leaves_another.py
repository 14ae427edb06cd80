"""The process is gone, and one that it started keeps the connection open."""

import os
import time


def relu(x):
    if os.fork():
        os._exit(3)
    time.sleep(3600)
