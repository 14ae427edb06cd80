"""`python -m conformance` is `nn-conformance`."""

from conformance.cli import main

main()
