"""linear and its gradients in plain Python, as a program that nn-conformance can judge.

nn-conformance run --command 'python linear.py' linear
"""

import math
import sys
from array import array

CODES = {"float32": "f", "float64": "d"}


class Matrix:
    """Rows of numbers; a vector is one row."""

    def __init__(self, dtype, sizes, numbers):
        self.dtype, self.sizes = dtype, sizes
        width = sizes[-1]
        height = math.prod(sizes[:-1])
        self.rows = [numbers[i * width : (i + 1) * width] for i in range(height)]
        # Python cannot tell how wide no rows are.
        self.columns = list(zip(*self.rows, strict=True)) if height else [()] * width

    def bytes(self):
        return array(CODES[self.dtype], [x for row in self.rows for x in row]).tobytes()


def made(dtype, sizes, rows):
    return Matrix(dtype, sizes, [x for row in rows for x in row])


def dot(first, second):
    return sum(a * b for a, b in zip(first, second, strict=True))


def check(x, weight, bias):
    ranks = [len(each.sizes) for each in (x, weight, bias)]
    if ranks != [2, 2, 1] or x.sizes[1] != weight.sizes[1] or bias.sizes[0] != weight.sizes[0]:
        raise ValueError("linear takes x (n, in), weight (out, in) and bias (out,)")


def linear(x, weight, bias):
    check(x, weight, bias)
    pairs = [list(zip(weight.rows, bias.rows[0], strict=True)) for _ in x.rows]
    rows = [[dot(row, w) + b for w, b in each] for row, each in zip(x.rows, pairs, strict=True)]
    return made(x.dtype, (x.sizes[0], weight.sizes[0]), rows)


def linear_backward(grad_output, x, weight, bias):
    check(x, weight, bias)
    grad_x = [[dot(row, column) for column in weight.columns] for row in grad_output.rows]
    grad_w = [[dot(g, column) for column in x.columns] for g in grad_output.columns]
    grad_b = [[sum(column) for column in grad_output.columns]]
    return tuple(
        made(x.dtype, like.sizes, rows)
        for like, rows in ((x, grad_x), (weight, grad_w), (bias, grad_b))
    )


def answer(lines, numbers=b""):
    header = "".join(f"{line}\n" for line in [*lines, f"end {len(numbers)}"])
    sys.stdout.buffer.write(header.encode() + numbers)
    sys.stdout.buffer.flush()


def call(number, lines):
    """Answer a call: the lines of its function and its arrays; the numbers are still to read."""
    function, matrices = lines[0].split()[1], []
    for line in lines[1:]:
        _, dtype, _, *sizes = line.split()
        numbers = array(CODES[dtype])
        numbers.frombytes(sys.stdin.buffer.read(math.prod(map(int, sizes)) * numbers.itemsize))
        matrices.append(Matrix(dtype, tuple(map(int, sizes)) or (1,), list(numbers)))
    try:
        result = {"linear": linear, "linear_backward": linear_backward}[function](*matrices)
    except ValueError as error:
        answer([f"raised {number}", "kind ValueError", f"message {error}"])
        return
    arrays = result if isinstance(result, tuple) else (result,)
    shapes = [" ".join(map(str, (each.dtype, len(each.sizes), *each.sizes))) for each in arrays]
    several = [f"tuple {len(arrays)}"] * (len(arrays) > 1)
    lines = [f"returned {number}", *several, *(f"array {shape}" for shape in shapes)]
    answer(lines, b"".join(each.bytes() for each in arrays))


lines = []
for line in iter(sys.stdin.buffer.readline, b""):
    lines.append(line.decode().rstrip("\n"))
    if lines[-1].startswith("end "):
        (request, number), rest = lines[0].split(), lines[1:-1]
        if request == "call":
            call(number, rest)
        else:
            functions = ["function linear", "function linear_backward"]
            answer(["hello 1", "dtype float32", "dtype float64", *functions])
        lines = []
