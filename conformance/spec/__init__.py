"""What an operation, a case, a check, a claim, a mistake and a finding are: frozen data.

May import the rooms bounds and record.
Those who write cases import what they need from here, and nothing deeper.
Begin reading with `operation`; `strategies` and `values` say how its inputs are drawn.
"""

from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.case import Case, Inputs, Parameters, Shape, Structure
from conformance.spec.claim import (
    Claim,
    Document,
    Formula,
    Heading,
    Judge,
    Row,
    Suspect,
    row_name,
)
from conformance.spec.coverage import choices, may_draw, may_give
from conformance.spec.finding import RESULT, Finding, Subject, raised
from conformance.spec.mistake import Functions, Mistake, Wrong
from conformance.spec.network import carried
from conformance.spec.operation import (
    Answer,
    Convention,
    Fill,
    Habit,
    Input,
    Layer,
    Lesson,
    Network,
    Operation,
    Part,
    Refusal,
    Spoil,
    Spoiled,
)
from conformance.spec.outcome import Raised, Returned, attempt
from conformance.spec.strategies import (
    LARGE,
    axis_lengths,
    batch_sizes,
    long_sizes,
    pair,
    shapes,
    sizes,
    structures,
)
from conformance.spec.tensors import Tensor, TorchFunction, applied, torch
from conformance.spec.tree import nested
from conformance.spec.values import (
    SPECIAL_REGIMES,
    calm,
    labels,
    logits,
    mostly_normal,
    probabilities,
    real,
)

__all__ = [
    "LARGE",
    "RESULT",
    "SPECIAL_REGIMES",
    "Answer",
    "Case",
    "Claim",
    "Convention",
    "Document",
    "Fill",
    "Finding",
    "Formula",
    "Functions",
    "Habit",
    "Heading",
    "Input",
    "Inputs",
    "Judge",
    "Layer",
    "Lesson",
    "Mistake",
    "Network",
    "Operation",
    "Parameters",
    "Part",
    "Problem",
    "Raised",
    "Refusal",
    "Returned",
    "Row",
    "Shape",
    "Spoil",
    "Spoiled",
    "Structure",
    "Subject",
    "Suspect",
    "Tensor",
    "TorchFunction",
    "Verdict",
    "Wrong",
    "applied",
    "attempt",
    "axis_lengths",
    "batch_sizes",
    "calm",
    "carried",
    "choices",
    "labels",
    "logits",
    "long_sizes",
    "may_draw",
    "may_give",
    "mostly_normal",
    "nested",
    "pair",
    "probabilities",
    "raised",
    "real",
    "row_name",
    "shapes",
    "sizes",
    "structures",
    "torch",
]
