"""Mutants of Python: the changes that mutmut makes.

Its operators alone are used. Its runner imports a module with all mutants in it and
switches one on; the sender is never imported, it is a text in a bash file.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode


def mutations(source: str) -> Iterator[str]:
    """Yield the source with one change, for each change there is.

    What a `raise` or an `assert` says is left alone: it is for people, and no status.
    """
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
    module = MetadataWrapper(cst.parse_module(source)).visit(visitor)
    statements = list(module.body)
    texts = [module.code_for_node(statement) for statement in statements]
    start = source.index("".join(texts))
    owner = {
        node: number
        for number, statement in enumerate(statements)
        for node in _nodes(statement)
    }
    seen = {source}
    for change in visitor.mutations:
        number = owner.get(change.original_node)
        if number is None:
            continue
        made = list(texts)
        made[number] = _changed(module, statements[number], change)
        text = source[:start] + "".join(made)
        if text not in seen:
            seen.add(text)
            yield text


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and all below it, but for what is raised or asserted."""
    yield node
    children = [node.test] if isinstance(node, cst.Assert) else node.children
    for child in children:
        if not m.matches(child, m.Raise()):
            yield from _nodes(child)


def _changed(module: cst.Module, statement: cst.CSTNode, change: Mutation) -> str:
    made = statement.deep_replace(change.original_node, change.mutated_node)
    assert isinstance(made, cst.CSTNode), "a statement stays one"
    return module.code_for_node(made)
