"""Which checks and claims a run is to judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.record.shard import Shard
from conformance.run import names

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Selection:
    """What is asked for; by default all there is.

    Attributes:
        named: operations, sections and claims.
        dtypes: those of checks; claims have none.
        shard: of what is named, the part that is judged here.
    """

    named: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    shard: Shard = field(default_factory=Shard)

    def of(self, found: Sequence[str | None]) -> list[bool]:
        """Whether each is chosen, by its id; what is no check and no claim always is."""
        # Dealt out in the order of ids, so that dear neighbours go to different shards.
        asked = sorted(name for name in found if name is not None and self._asks_for(name))
        chosen = {name for place, name in enumerate(asked) if self.shard.has(place)}
        return [name is None or name in chosen for name in found]

    def _asks_for(self, name: str) -> bool:
        endings = tuple(f"[{dtype}]" for dtype in self.dtypes)
        is_named = not self.named or names.is_of(name, self.named)
        return is_named and (not endings or name.endswith(endings))
