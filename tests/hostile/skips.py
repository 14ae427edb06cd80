"""Exceptions by which test runners are told to look away."""

import unittest

import hypothesis
import pytest


class Skip:
    def relu(self, x):
        pytest.skip("please")


class Exit:
    def relu(self, x):
        pytest.exit("please", returncode=0)


class Xfail:
    def relu(self, x):
        pytest.xfail("please")


class Reject:
    def relu(self, x):
        hypothesis.reject()


class SkipTest:
    def relu(self, x):
        raise unittest.SkipTest("please")
