"""The settings of a run, as plain data that can be sent to another process."""

from dataclasses import dataclass

from conformance.record.vocabulary import DEFAULT_PROFILE, MEMORY, PROFILES, REPORT, TIMEOUT

REFERENCE = "reference_impl"


@dataclass(frozen=True)
class Settings:
    """The settings of a run.

    Attributes:
        implementation: the code to judge: path/to/file.py, package.module, or either with
            :attribute.
        command: the command line of a program that is judged instead; empty for none.
        cases: the package that the operations and claims come from.
        profile: how many structures each check draws, by name.
        seed: each seed draws other cases.
        examples: the number of structures, instead of the profile's.
        report: the directory of the record.
        isolate: whether the implementation is called in a process of its own.
        timeout: the seconds of processor time that a call may use in that process.
        memory: the MiB that calls may take in that process.
        expect: the TOML file of checks that are known to fail; empty for none.
        shard: the part of the checks to judge, such as "1/3".
        strict: whether a convention other than torch's fails.
        operations: the operations, sections and claims to judge; empty for all.
        dtypes: the dtypes of the checks to judge; empty for all.
        tensors: the library whose arrays the implementation takes, such as torch; empty for NumPy.
        device: the device of the tensors; empty for the CPU.
        vectors: the directory of the cases whose results, not code, are judged; empty for none.
            No option sets it.
        timing: whether the report ends with the time of each kind of work.
    """

    implementation: str = REFERENCE
    command: str = ""
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
    tensors: str = ""
    device: str = ""
    vectors: str = ""
    timing: bool = False

    @property
    def name(self) -> str:
        """Return what the code that is judged is called in the record: as it was given."""
        return self.command or self.implementation

    @property
    def structures(self) -> int:
        """Return how many structures each check draws."""
        return PROFILES[self.profile] if self.examples is None else self.examples
