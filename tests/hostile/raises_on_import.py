"""An exception at import."""

raise RuntimeError("not today")
