"""An import that waits for what never comes."""

import time

while True:
    time.sleep(3600)
