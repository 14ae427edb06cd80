"""What a run is asked to do, as plain data that another process can be sent."""

from dataclasses import dataclass

from conformance.record.vocabulary import DEFAULT_PROFILE, MEMORY, PROFILES, REPORT, TIMEOUT

REFERENCE = "reference_impl"


@dataclass(frozen=True)
class Settings:
    """What is judged, on how many cases, how it is called, and where the record goes.

    Attributes:
        implementation: what is judged: path/to/file.py, package.module, or either with :attribute.
        cases: the package that the operations and claims come from.
        profile: how many structures each check draws, by name.
        seed: another one draws other cases.
        examples: so many structures, whatever the profile says.
        report: the directory of the record.
        isolate: whether the implementation is called in a process of its own.
        timeout: seconds that one call may take there.
        memory: MiB that calls may take there.
        expect: the TOML file of checks that are known to fail; empty for none.
        shard: the part of the checks that is judged, such as "1/3".
        strict: whether another convention than torch's fails.
        operations: only these operations, sections and claims; all where there are none.
        dtypes: only checks in these dtypes; all where there are none.
        timing: whether the report ends with where the time went.
    """

    implementation: str = REFERENCE
    cases: str = "cases"
    profile: str = DEFAULT_PROFILE
    seed: int = 0
    examples: int | None = None
    report: str = REPORT
    isolate: bool = False
    timeout: float = TIMEOUT
    memory: int = MEMORY
    expect: str = ""
    shard: str | None = None
    strict: bool = False
    operations: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    timing: bool = False

    @property
    def structures(self) -> int:
        """How many structures each check draws."""
        return PROFILES[self.profile] if self.examples is None else self.examples
