"""An implementation in a process of its own, which may hang, crash or take all memory by itself.

May import what its room may: spec, bounds and record.
Begin reading with `host`, which asks, and `child`, which answers; `wire` is what crosses between,
as docs/protocol.md tells. `program` asks a program of any language; `process` is what starts,
watches and ends either. `limits` tells when to wait no longer.
"""
