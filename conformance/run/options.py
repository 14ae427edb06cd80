"""The options that a conformance run adds to pytest's. Loading this costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.record.vocabulary import DEFAULT_PROFILE, MEMORY, PROFILES, REPORT, TIMEOUT
from conformance.run.settings import REFERENCE, Settings

if TYPE_CHECKING:
    import pytest
    from _pytest.config.argparsing import OptionGroup


def add(group: OptionGroup) -> None:
    """Add them to a group of pytest's options."""
    group.addoption(
        "--implementation",
        metavar="SPEC",
        help="what to judge: path/to/file.py, package.module, or either with :attribute "
        "(default: the reference implementation)",
    )
    group.addoption(
        "--report",
        metavar="DIR",
        default=REPORT,
        help="where the record of the run is written (default: %(default)s)",
    )
    group.addoption(
        "--conformance-profile",
        choices=tuple(PROFILES),
        default=DEFAULT_PROFILE,
        help="how many structures each check draws (default: %(default)s)",
    )
    group.addoption(
        "--conformance-seed",
        type=int,
        default=0,
        metavar="N",
        help="draw other cases; the same number draws the same ones (default: %(default)s)",
    )
    group.addoption(
        "--max-examples", type=int, metavar="N", help="structures each check draws, exactly"
    )
    group.addoption(
        "--strict-conventions",
        action="store_true",
        help="fail where a valid convention other than torch's is followed",
    )
    group.addoption(
        "--isolate",
        action="store_true",
        help="call the implementation in a process of its own, which may hang or crash",
    )
    group.addoption(
        "--call-timeout",
        type=float,
        default=TIMEOUT,
        metavar="S",
        help="seconds that one call may take under --isolate (default: %(default)s)",
    )
    group.addoption(
        "--call-memory",
        type=int,
        default=MEMORY,
        metavar="MIB",
        help="memory that calls may take under --isolate, beyond what is there after the import "
        "(default: %(default)s)",
    )
    group.addoption(
        "--expect",
        default="",
        metavar="TOML",
        help="checks that are known to fail, by pattern of id, each with its reason",
    )
    group.addoption(
        "--operation",
        action="append",
        default=[],
        metavar="NAME",
        help="only this operation, section of claims, or claim; may be given several times",
    )
    group.addoption(
        "--shard", metavar="I/N", help="only this part of the checks and claims, such as 1/3"
    )
    group.addoption(
        "--dtype",
        action="append",
        default=[],
        metavar="DTYPE",
        help="only checks in this dtype; may be given several times",
    )
    group.addoption("--timing", action="store_true", help="print where the time of the checks went")


def settings(config: pytest.Config) -> Settings:
    """Return the settings that pytest's command line asks for."""
    option = config.getoption
    return Settings(
        implementation=option("--implementation") or REFERENCE,
        profile=option("--conformance-profile"),
        seed=option("--conformance-seed"),
        examples=option("--max-examples"),
        report=option("--report"),
        isolate=option("--isolate"),
        timeout=option("--call-timeout"),
        memory=option("--call-memory"),
        expect=option("--expect"),
        shard=option("--shard"),
        strict=option("--strict-conventions"),
        operations=tuple(option("--operation")),
        dtypes=tuple(option("--dtype")),
    )
