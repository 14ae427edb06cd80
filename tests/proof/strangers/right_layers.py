"""Strange, and right: layers."""

import functools

import numpy as np


def hush(f):
    """Compute in silence."""

    @functools.wraps(f)
    def inner(*a, **k):
        with np.errstate(all="ignore"):
            return f(*a, **k)

    return inner


class OuterProducts:
    """A linear layer as a sum of outer products, one for each feature."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    @hush
    def linear(x, w, b):
        if (x.ndim, w.ndim, b.ndim) != (2, 2, 1) or x.shape[1:] != w.shape[1:]:
            raise ValueError("ranks or features")
        if w.shape[:1] != b.shape:
            raise ValueError("outputs")
        y = np.zeros((x.shape[0], w.shape[0]), x.dtype)
        for column, weights in zip(x.T, w.T, strict=True):
            y += np.multiply.outer(column, weights)
        return y + b

    @staticmethod
    @hush
    def linear_backward(g, x, w, b):
        if g.shape != (len(x), len(b)):
            raise ValueError("upstream")
        dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
        for out, (row, upstream) in enumerate(zip(w, g.T, strict=True)):
            dx += np.multiply.outer(upstream, row)
            dw[out] = upstream @ x
            db[out] = upstream.sum()
        return dx, dw, db


class ChannelsAsRows:
    """Batch norm on a matrix: every channel is a row, whatever the rank was."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def rows(x, weight, bias, eps):
        if x.ndim < 2 or not x.shape[1] or weight.shape != (x.shape[1],):
            raise ValueError("x or weight")
        if bias.shape != weight.shape or x.size == x.shape[1] or eps <= 0:
            raise ValueError("bias, or one value in each channel")
        m = x.swapaxes(0, 1)
        return m.reshape(x.shape[1], x.size // x.shape[1]), m.shape

    @staticmethod
    def standard(m, eps):
        n = m.dtype.type(m.shape[1])
        centred = m - (m.sum(axis=1) / n)[:, None]
        var = np.einsum("cm,cm->c", centred, centred) / n
        inv = 1 / np.sqrt(var + m.dtype.type(eps))
        return centred * inv[:, None], inv, n

    @hush
    def batch_norm(self, x, weight, bias, *, eps=1e-5):
        m, shape = self.rows(x, weight, bias, eps)
        y, _, _ = self.standard(m, eps)
        return (y * weight[:, None] + bias[:, None]).reshape(shape).swapaxes(0, 1)

    @hush
    def batch_norm_backward(self, g, x, weight, bias, *, eps=1e-5):
        m, shape = self.rows(x, weight, bias, eps)
        hat, inv, n = self.standard(m, eps)
        u = g.swapaxes(0, 1).reshape(m.shape)
        dw, db = np.einsum("cm,cm->c", u, hat), u.sum(axis=1)
        dm = (weight * inv)[:, None] * (u - (db / n)[:, None] - hat * (dw / n)[:, None])
        return dm.reshape(shape).swapaxes(0, 1), dw, db


class LongRows:
    """Layer norm in extended precision."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def long(x, weight, bias, eps):
        if not x.ndim or weight.shape != x.shape[-1:] or bias.shape != x.shape[-1:]:
            raise ValueError("shapes")
        big = x.astype(np.longdouble)
        n = np.longdouble(x.shape[-1])
        d = big - big.sum(-1, keepdims=True) / n
        s = 1 / np.sqrt((d * d).sum(-1, keepdims=True) / n + np.longdouble(eps))
        return d * s, s, n

    @hush
    def layer_norm(self, x, weight, bias, *, eps=1e-5):
        hat, _, _ = self.long(x, weight, bias, eps)
        return (hat * weight + bias).astype(x.dtype)

    @hush
    def layer_norm_backward(self, g, x, weight, bias, *, eps=1e-5):
        hat, s, n = self.long(x, weight, bias, eps)
        u = g.astype(np.longdouble) * weight
        inner = (u * hat).sum(-1, keepdims=True) / n
        dx = s * (u - u.sum(-1, keepdims=True) / n - hat * inner)
        flat = (-1, x.shape[-1]) if x.size else (0, x.shape[-1])
        up = g.astype(np.longdouble).reshape(flat)
        dw = (up * hat.reshape(flat)).sum(axis=0)
        return tuple(a.astype(x.dtype) for a in (dx, dw, up.sum(axis=0)))


class OneBigMatrix:
    """A recurrent cell as one product: [x, h, 1] with the weights side by side."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def joined(x, h, w_ih, w_hh, b_ih, b_hh):
        if x.ndim != 2 or w_ih.ndim != 2 or w_ih.shape[1] != x.shape[1]:
            raise ValueError("x")
        hid = w_ih.shape[0]
        if h.shape != (len(x), hid) or w_hh.shape != (hid, hid):
            raise ValueError("h")
        if b_ih.shape != (hid,) or b_hh.shape != (hid,):
            raise ValueError("bias")
        one = np.ones((len(x), 1), x.dtype)
        return np.hstack([x, one, h, one]), np.hstack([w_ih, b_ih[:, None], w_hh, b_hh[:, None]])

    @hush
    def rnn_tanh_cell(self, *inputs):
        u, big = self.joined(*inputs)
        return np.tanh(u @ big.T)

    @hush
    def rnn_tanh_cell_backward(self, g, *inputs):
        u, big = self.joined(*inputs)
        y = np.tanh(u @ big.T)
        d = g * (1 - y * y)
        k = inputs[0].shape[1]
        du, dbig = d @ big, d.T @ u
        return (
            du[:, :k],
            du[:, k + 1 : -1],
            dbig[:, :k],
            dbig[:, k + 1 : -1],
            dbig[:, k],
            dbig[:, -1],
        )


class SampleBySample:
    """An LSTM cell for one sample, mapped over the batch."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def look(x, h, c, w_ih, w_hh, b_ih, b_hh):
        d = h.shape[-1] if h.ndim == 2 else -1
        fits = x.ndim == 2 and h.shape == c.shape == (len(x), d)
        if not fits or w_ih.shape != (4 * d, x.shape[1]) or w_hh.shape != (4 * d, d):
            raise ValueError("shapes")
        if not b_ih.shape == b_hh.shape == (4 * d,):
            raise ValueError("biases")

    @staticmethod
    def up(v):
        return 1 / (1 + np.exp(-v))

    def gates(self, x, h, w_ih, w_hh, b_ih, b_hh):
        z = (w_ih @ x + b_ih + (w_hh @ h + b_hh)).reshape(4, -1)
        return self.up(z[0]), self.up(z[1]), np.tanh(z[2]), self.up(z[3]), z

    @hush
    def lstm_cell(self, x, h, c, *parameters):
        self.look(x, h, c, *parameters)
        new_h, new_c = np.empty_like(h), np.empty_like(c)
        for k in range(len(x)):
            i, f, g, o, _ = self.gates(x[k], h[k], *parameters)
            new_c[k] = f * c[k] + i * g
            new_h[k] = o * np.tanh(new_c[k])
        return new_h, new_c

    @hush
    def lstm_cell_backward(self, grads, x, h, c, *parameters):
        self.look(x, h, c, *parameters)
        w_ih, w_hh, _, _ = parameters
        dx, dh, dc = np.empty_like(x), np.empty_like(h), np.empty_like(c)
        dwi, dwh, db = np.zeros_like(w_ih), np.zeros_like(w_hh), np.zeros(len(w_ih), x.dtype)
        for k in range(len(x)):
            i, f, g, o, z = self.gates(x[k], h[k], *parameters)
            t = np.tanh(f * c[k] + i * g)
            gc = grads[1][k] + grads[0][k] * o * (1 - t * t)
            dz = np.concatenate(
                [
                    gc * g * (i * self.up(-z[0])),
                    gc * c[k] * (f * self.up(-z[1])),
                    gc * i * (1 - g * g),
                    grads[0][k] * t * (o * self.up(-z[3])),
                ]
            )
            dx[k], dh[k], dc[k] = dz @ w_ih, dz @ w_hh, gc * f
            dwi += np.outer(dz, x[k])
            dwh += np.outer(dz, h[k])
            db += dz
        return dx, dh, dc, dwi, dwh, db, db.copy()


class Recursion:
    """A network is a layer and the rest of the network."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def g(name, z):
        if name == "tanh":
            return np.tanh(z)
        if name == "relu":
            return np.clip(z, 0, None)
        if name != "sigmoid":
            raise KeyError(name)
        e = np.exp(-np.abs(z))
        return np.where(z < 0, e, np.ones_like(e)) / (1 + e)

    @staticmethod
    def dg(name, z):
        if name == "tanh":
            return 1 - np.tanh(z) ** 2
        if name == "relu":
            return np.where(z <= 0, np.zeros_like(z), np.ones_like(z))
        if name != "sigmoid":
            raise KeyError(name)
        e = np.exp(-np.abs(z))
        return e / np.square(1 + e)

    @hush
    def forward_propagate(self, x, weights, biases, *, activation="sigmoid"):
        self.g(activation, np.zeros(0))
        if len(weights) != len(biases) or x.ndim != 2:
            raise ValueError("lists")
        if not weights:
            return [x], []
        w, b = weights[0], biases[0]
        if w.ndim != 2 or b.shape != w.shape[1:] or w.shape[0] != x.shape[1]:
            raise ValueError("layer")
        z = x @ w + b
        later, zs = self.forward_propagate(
            self.g(activation, z), weights[1:], biases[1:], activation=activation
        )
        return [x, *later], [z, *zs]

    @hush
    def backpropagate(self, y, activations, zs, weights, *, activation="sigmoid"):
        self.dg(activation, np.zeros(0))
        if not len(activations) - 1 == len(zs) == len(weights) or y.shape != activations[-1].shape:
            raise ValueError("lists")
        for a, z, w, after in zip(activations[:-1], zs, weights, activations[1:], strict=True):
            if w.ndim != 2 or a.ndim != 2 or w.shape[0] != a.shape[1] or after.shape != z.shape:
                raise ValueError("layer")
            if z.shape != (a.shape[0], w.shape[1]):
                raise ValueError("z")

        def back(depth):
            """Return this layer's delta, and what later layers have found."""
            if depth == len(zs) - 1:
                return (activations[-1] - y) / y.dtype.type(max(len(y), 1)), []
            delta, found = back(depth + 1)
            here = delta @ weights[depth + 1].T * self.dg(activation, zs[depth])
            return here, [(activations[depth + 1].T @ delta, delta.sum(axis=0)), *found]

        first, found = back(0)
        pairs = [(activations[0].T @ first, first.sum(axis=0)), *found]
        return [w for w, _ in pairs], [b for _, b in pairs]
