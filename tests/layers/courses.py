"""Layers as seven well-known courses and libraries offer them, each rebuilt in a few lines."""

# ruff: noqa: ARG002, FBT002 - as they are written there

import numpy as np


def windows(x, kh, kw, stride):
    """The patches (n, c, h′, w′, kh, kw) of padded images (n, c, h, w)."""
    view = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
    return view[:, :, ::stride, ::stride]


def padded(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


# From scratch: the weights come with the constructor, gradients stand in attributes.


class Affine:
    def __init__(self, W, b):
        self.W, self.b, self.x, self.dW, self.db = W, b, None, None, None

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class SoftmaxWithLoss:
    def __init__(self):
        self.y, self.t = None, None

    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        # The logarithm of a small number that was rounded would lose digits.
        shifted = x - x.max(axis=1, keepdims=True)
        logs = shifted - np.log(e.sum(axis=1, keepdims=True))
        return -logs[np.arange(len(t)), t].mean()

    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return (dx * dout / len(self.t)).astype(self.y.dtype)


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad
        self.x, self.dW, self.db = None, None, None

    def forward(self, x):
        self.x = x
        cols = windows(padded(x, self.pad), *self.W.shape[2:], self.stride)
        return np.einsum("ncpqij,ocij->nopq", cols, self.W) + self.b[:, None, None]

    def backward(self, dout):
        (kh, kw), s, p = self.W.shape[2:], self.stride, self.pad
        xp = padded(self.x, p)
        self.dW = np.einsum("nopq,ncpqij->ocij", dout, windows(xp, kh, kw, s))
        self.db = dout.sum(axis=(0, 2, 3))
        dx = np.zeros_like(xp)
        for i, j in np.ndindex(dout.shape[2:]):
            part = np.einsum("no,ocij->ncij", dout[:, :, i, j], self.W)
            dx[:, :, i * s : i * s + kh, j * s : j * s + kw] += part
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


# Functions with a cache, parameters in a dict: (out, cache), and the backward takes the cache.


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def conv_forward(x, w, b, conv_param):
    made = Convolution(w, b, conv_param["stride"], conv_param["pad"])
    return made.forward(x), (made, conv_param)


def conv_backward(dout, cache):
    made, _ = cache
    dx = made.backward(dout)
    return dx, made.dW, made.db


# A library that keeps parameters and gradients in dicts, images and kernels with channels last.


class Conv2D:
    def __init__(self, out_ch, kernel_shape, pad=0, stride=1):
        self.out_ch, self.kernel_shape, self.pad, self.stride = out_ch, kernel_shape, pad, stride
        self.parameters, self.gradients = {"W": None, "b": None}, {}
        self.is_initialized = False

    def forward(self, X, retain_derived=True):
        W = self.parameters["W"].transpose(3, 2, 0, 1)
        self._inner = Convolution(W, self.parameters["b"].ravel(), self.stride, self.pad)
        return self._inner.forward(X.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)

    def backward(self, dLdY, retain_grads=True):
        dX = self._inner.backward(dLdY.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
        self.gradients["W"] = self._inner.dW.transpose(2, 3, 1, 0)
        self.gradients["b"] = self._inner.db.reshape(self.parameters["b"].shape)
        return dX


# A small network library: sizes in the constructor, params and grads in dicts, weight (in, out).


class Linear:
    def __init__(self, input_size, output_size):
        self.params = {"w": np.zeros((input_size, output_size)), "b": np.zeros(output_size)}
        self.grads = {}

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        self.grads["b"] = np.sum(grad, axis=0)
        self.grads["w"] = self.inputs.T @ grad
        return grad @ self.params["w"].T


# One that updates its weights in the backward pass, by an optimizer; its bias is of shape (1, out).


class Dense:
    def __init__(self, n_units, input_shape):
        self.input_shape, self.n_units = input_shape, n_units

    def initialize(self, optimizer):
        self.W, self.w0 = np.zeros((self.input_shape[0], self.n_units)), np.zeros((1, self.n_units))
        self.optimizer = optimizer

    def forward_pass(self, X, training=True):
        self.layer_input = X
        return X.dot(self.W) + self.w0

    def backward_pass(self, accum_grad):
        W = self.W
        grad_w, grad_w0 = self.layer_input.T.dot(accum_grad), accum_grad.sum(axis=0, keepdims=True)
        self.W, self.w0 = self.optimizer.update(W, grad_w), self.optimizer.update(self.w0, grad_w0)
        return accum_grad.dot(W.T)


class Recorder:
    """An optimizer that leaves weights as they are, and keeps the gradients in order."""

    def __init__(self):
        self.gradients = []

    def update(self, weight, gradient):
        self.gradients.append(gradient)
        return weight


def dense(weight):
    made = Dense(weight.shape[1], (weight.shape[0],))
    made.initialize(Recorder())
    return made


# A functional library with a fixed eps, and no bias in its layers.


class LayerNorm:
    def __init__(self, gamma, beta):
        self.gamma, self.beta, self.eps = gamma, beta, 1e-8

    def forward(self, x):
        self.centred = x - x.mean(axis=-1, keepdims=True)
        self.s = 1 / np.sqrt((self.centred**2).mean(axis=-1, keepdims=True) + self.eps)
        return (self.gamma * (self.centred * self.s) + self.beta).astype(x.dtype)


class Projection:
    def __init__(self, W):
        self.W = W

    def __call__(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T
