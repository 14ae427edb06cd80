"""The mutants of a source: the operators are mutmut's, and every function is mutated.

`mutmut run` itself passes over functions that bear a decorator, because it puts a trampoline in
their place; here each mutant is a source of its own, and every operation bears a decorator.
"""

import ast
from dataclasses import dataclass

import libcst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutation.statements import (
    Site,
    by_rule,
    difference,
    functions,
    innermost,
    only_when_raising,
)
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode


@dataclass(frozen=True)
class Mutant:
    """A source with one change."""

    site: Site
    source: str
    rule: str
    raising: bool


class _Everywhere(MutationVisitor):
    """mutmut's visitor, which goes into decorated functions too."""

    def __init__(self):
        super().__init__(mutation_operators, IgnoredCode(set(), set(), set()))
        self.lines = []

    def on_visit(self, node):
        known = len(self.mutations)
        entered = super().on_visit(node)
        position = self.get_metadata(PositionProvider, node, None)
        self.lines += [position.start.line if position else 1] * (len(self.mutations) - known)
        return entered

    def _skip_node_and_children(self, node):
        return not isinstance(node, libcst.FunctionDef) and super()._skip_node_and_children(node)


def mutants(file, source):
    """Every mutant of a source, but for those that are equal to it, or to another, as trees."""
    module = MetadataWrapper(libcst.parse_module(source))
    visitor = _Everywhere()
    visited = module.visit(visitor)
    statement_of = dict(_with_statements(visited))
    tree, found = ast.parse(source), {}
    for mutation, line in zip(visitor.mutations, visitor.lines, strict=True):
        old = statement_of[mutation.original_node]
        new = old.deep_replace(mutation.original_node, mutation.mutated_node)
        body = [new if one is old else one for one in visited.body]
        changed = visited.with_changes(body=body).code
        function = innermost(tree, line)
        before, after = functions(tree)[function], functions(ast.parse(changed))[function]
        was, becomes = difference(before, after)
        if was != becomes:
            rule, raising = by_rule(before, after), only_when_raising(before, after)
            one = Mutant(Site(file, function, was, becomes), changed, rule, raising)
            found.setdefault((function, ast.dump(after)), one)
    return list(found.values())


def _with_statements(module):
    """Every node, with the statement of the module that it belongs to."""
    for statement in module.body:
        nodes = [statement]
        while nodes:
            node = nodes.pop()
            nodes += node.children
            yield node, statement
