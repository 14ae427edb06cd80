"""Results of the wrong kind."""

import numpy as np
import torch


class Nothing:
    def relu(self, x):
        return None


class Text:
    def relu(self, x):
        return "right"


class List:
    def relu(self, x):
        return [np.maximum(x, 0)]


class Objects:
    def relu(self, x):
        return np.array(np.maximum(x, 0), object)


class Masked:
    def relu(self, x):
        return np.ma.masked_array(np.maximum(x, 0), mask=True)


class Tensor:
    def relu(self, x):
        return torch.relu(torch.tensor(np.array(x)))


class Generator:
    def relu(self, x):
        yield np.maximum(x, 0)


class Pair:
    def relu(self, x):
        return np.maximum(x, 0), np.maximum(x, 0)


class Equal:
    """Equal to everything, whatever is asked of it."""

    def relu(self, x):
        class Always(np.ndarray):
            def __eq__(self, other):
                return True

            def __array_ufunc__(self, *args, **kwargs):
                return np.zeros(1)

        return np.maximum(x, 0).view(Always)


class Endless:
    def relu(self, x):
        result = []
        result.append(result)
        return result


class Huge:
    def relu(self, x):
        return np.broadcast_to(x.dtype.type(0), (1 << 40,))
