"""The error of an implementation that cannot be had; nothing else, so that it costs no NumPy."""


class LoadError(ImportError):
    """The implementation could not be found or imported."""
