"""Mutants of Python, made by the operators of mutmut.

Its runner is not used: it imports a module with all mutants in it and switches one on,
but the sender is never imported, as it is a text in a bash file.
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
    """Yield the source with one change, for each possible change.

    Messages of `raise` and `assert` are left alone: no program reads them.
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
        changed = list(texts)
        changed[number] = _changed(module, statements[number], change)
        text = source[:start] + "".join(changed)
        if text not in seen:
            seen.add(text)
            yield text


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and all nodes below it, without messages of raise and assert."""
    yield node
    children = [node.test] if isinstance(node, cst.Assert) else node.children
    for child in children:
        if not m.matches(child, m.Raise()):
            yield from _nodes(child)


def _changed(module: cst.Module, statement: cst.CSTNode, change: Mutation) -> str:
    replaced = statement.deep_replace(change.original_node, change.mutated_node)
    assert isinstance(replaced, cst.CSTNode), "a statement stays a statement"
    return module.code_for_node(replaced)
