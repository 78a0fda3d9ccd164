"""Mutants of a function: its source with one node changed, run in its place and never written to disk."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType

ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
LOGIC = {ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
COMPARISONS = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq)
CONSTANTS = (0.0, 0.5, 1.0, 2.0)
NO_NUMBERS = ("self", "loss", "view", "family", "at")


def mutants(function: FunctionType) -> Iterator[tuple[str, CodeType]]:
    """(the mutated lines, their code), each that differs from the others and from the original once."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    documented = ast.get_docstring(definition) is not None
    arguments = [a.arg for a in definition.args.args if a.arg not in NO_NUMBERS]
    original = ast.unparse(definition).splitlines()
    seen = {ast.unparse(definition)}
    for statement in definition.body[documented:]:
        names = [*arguments, *_bound(definition, statement), *_constants(function, statement)]
        for parent in ast.walk(statement):
            for place, node in _expressions(parent):
                for changed in _changes(node, parent, names):
                    place(changed)
                    text = ast.unparse(definition)
                    code = _compiled(tree)
                    # A name outside the lambda or generator that binds it is no number but an error.
                    if text not in seen and _globals(code) <= _globals(function.__code__):
                        seen.add(text)
                        lines = [line for line in text.splitlines() if line not in original]
                        yield "; ".join(map(str.strip, lines)), code
                    place(node)


@contextmanager
def in_place_of(function: FunctionType, code: CodeType) -> Iterator[None]:
    """The function with this code, wherever it was imported to."""
    original = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = original


def _compiled(tree: ast.Module) -> CodeType:
    module = compile(ast.fix_missing_locations(tree), "<mutant>", "exec")
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def _globals(code: CodeType) -> set[str]:
    inner = [_globals(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*inner)


def _bound(definition: ast.FunctionDef, statement: ast.stmt) -> Iterator[str]:
    """The names stored before a statement, and those of the lambdas and generators in it."""
    for earlier in definition.body[: definition.body.index(statement)]:
        yield from (
            n.id for n in ast.walk(earlier) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        )
    for node in ast.walk(statement):
        if isinstance(node, ast.Lambda):
            yield from (argument.arg for argument in node.args.args)
        elif isinstance(node, ast.comprehension):
            yield from (n.id for n in ast.walk(node.target) if isinstance(n, ast.Name))


def _constants(function: FunctionType, statement: ast.stmt) -> list[str]:
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return sorted(name for name in names if isinstance(function.__globals__.get(name), float))


def _expressions(parent: ast.AST):
    """Every expression right below a node, and how to put another in its place."""
    for field, value in ast.iter_fields(parent):
        if isinstance(value, ast.expr):
            yield lambda new, field=field: setattr(parent, field, new), value
        elif isinstance(value, list):
            for i, node in enumerate(value):
                if isinstance(node, ast.expr):
                    yield lambda new, value=value, i=i: value.__setitem__(i, new), node


def _swapped(nodes: list) -> Iterator[list]:
    for i in range(len(nodes) - 1):
        yield [*nodes[:i], nodes[i + 1], nodes[i], *nodes[i + 2 :]]


def _changes(node: ast.expr, parent: ast.AST, names: list[str]) -> Iterator[ast.expr]:
    called = isinstance(parent, ast.Call) and parent.func is node
    tested = isinstance(parent, ast.IfExp) and parent.test is node  # a truth has no sign: -True is as true
    match node:
        case ast.BinOp(left, op, right):
            yield from (left, right)
            yield ast.BinOp(left, (ARITHMETIC | LOGIC)[type(op)](), right)
            if isinstance(op, ast.Sub | ast.Div):
                yield ast.BinOp(right, op, left)
            if isinstance(op, ast.Mult | ast.Div):
                yield from (ast.BinOp(node, op, factor) for factor in (left, right))
            if type(op) in ARITHMETIC:
                yield _minus(node)
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.Compare(left, [op], right):
            yield from (ast.Compare(left, [other()], right) for other in COMPARISONS)
        case ast.Call(function, arguments, keywords):
            yield from (argument for argument in arguments if not isinstance(argument, ast.GeneratorExp))
            yield from (ast.Call(function, other, keywords) for other in _swapped(arguments))
            if not tested:
                yield _minus(node)
        case ast.IfExp(test, body, other):
            yield from (body, other, ast.IfExp(test, other, body), _minus(node))
        case ast.Tuple(elements, context):
            yield from (ast.Tuple(other, context) for other in _swapped(elements))
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(float() as value):
            # By ==, to which -0.0 is no other number than 0.0.
            yield from (ast.Constant(other) for other in (*CONSTANTS, -value) if other != value)
        case ast.Attribute(ast.Name("self"), attribute) if attribute not in NO_NUMBERS:
            yield _minus(node)
        case ast.Name(name, ast.Load()) if name not in NO_NUMBERS and not called:
            yield _minus(node)
            yield from (ast.Name(other, ast.Load()) for other in names)


def _minus(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node)
