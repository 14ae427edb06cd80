"""Windows along one axis of an image: how many there are, and which pixels they look at."""


def pair(value):
    """(rows, columns), of one number or two."""
    return (value, value) if isinstance(value, int) else tuple(value)


def count(size, kernel, stride, padding, dilation=1, *, ceil_mode=False):
    """The number of windows, found by laying them down one by one.

    With ceil_mode a window may hang over the far edge if it starts in the image, or in the
    padding before it.
    """
    reach = dilation * (kernel - 1) + 1
    windows = 0
    while True:
        start = windows * stride
        whole = start + reach <= size + 2 * padding
        # Some window before it must have left pixels over.
        before = start - stride + reach < size + 2 * padding
        if not whole and not (ceil_mode and before and start < size + padding):
            return windows
        windows += 1


def pixels(window, size, kernel, stride, padding, dilation=1):
    """Pairs (tap, pixel) of a window, without those that lie in the padding."""
    places = [(tap, window * stride + tap * dilation - padding) for tap in range(kernel)]
    return [(tap, pixel) for tap, pixel in places if 0 <= pixel < size]
