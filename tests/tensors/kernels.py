"""Torch code as it is written: functions of tensors, autograd.Functions, modules."""

import torch
from torch import nn
from torch.nn import functional

import conformance

DTYPES = ("float32", "float64")


def softmax(x):
    e = torch.exp(x - x.amax(dim=-1, keepdim=True)) if x.shape[-1] else x
    return e / e.sum(dim=-1, keepdim=True)


def relu(x):
    return torch.clamp(x, min=0)


def relu_backward(grad_output, x):
    return torch.where(x > 0, grad_output, torch.zeros_like(grad_output))


class sigmoid(torch.autograd.Function):  # noqa: N801 - the contract's name
    @staticmethod
    def forward(ctx, x):
        a = torch.sigmoid(x)
        ctx.save_for_backward(a)
        return a

    @staticmethod
    def backward(ctx, grad_output):
        (a,) = ctx.saved_tensors
        return grad_output * a * (1 - a)


class linear(torch.autograd.Function):  # noqa: N801 - the contract's name
    """In the newer style, the context apart; its gradient of the bias is a mean, which is wrong."""

    @staticmethod
    def forward(x, weight, bias):
        return x @ weight.t() + bias

    @staticmethod
    def setup_context(ctx, inputs, output):  # noqa: ARG004 - torch's own signature
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output @ weight, grad_output.t() @ x, grad_output.mean(dim=0)


class Convolution(nn.Module):
    """A convolution without groups."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, *kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels))
        self.stride, self.padding, self.dilation = stride, padding, dilation

    def forward(self, x):
        return functional.conv2d(
            x, self.weight, self.bias, self.stride, self.padding, self.dilation
        )


def made(weight, stride, padding, dilation):
    out_channels, in_channels, *kernel_size = weight.shape
    return Convolution(in_channels, out_channels, kernel_size, stride, padding, dilation)


conv2d = conformance.layer(made, weight="weight", bias="bias", backward=None)
