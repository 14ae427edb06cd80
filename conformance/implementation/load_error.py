"""The error of an implementation that cannot be loaded. To import it imports no NumPy."""


class LoadError(ImportError):
    """The implementation could not be found or imported."""
