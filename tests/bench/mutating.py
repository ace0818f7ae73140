"""Ways to break a Python file by one small change: what a slip, or somebody in a hurry, might leave.

Left alone is what only people read (texts of errors, the log, docstrings), annotations, decorators, and how much a
limit at the top of a file is: that one holds is tested, not that it is 8 MiB and not 9.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_SWAPPED = {"any": "all", "all": "any", "min": "max", "max": "min"}
_TIDYING = frozenset({"casefold", "lower", "lstrip", "removeprefix", "removesuffix", "rstrip", "strip"})
"""Methods that bring a text into a form in which it can be compared; a slip forgets them."""
_OF_TYPES = frozenset({"annotation", "returns", "decorator_list", "type_comment"})
_NO_CODE = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one thing changed.

    Attributes:
        where: the function or class, "" for the file's top level.
        line: in the file as it is.
        what: the change.
        source: the file's, changed.
    """

    where: str
    line: int
    what: str
    source: str = field(repr=False)

    @property
    def name(self) -> str:
        """What it is called, wherever in the file it stands."""
        return f"{self.where or 'top'}: {self.what}"


@dataclass(frozen=True, slots=True)
class _Place:
    """A node, and what holds it."""

    holder: ast.AST
    name: str
    index: int | None
    node: ast.AST
    where: str = ""
    is_said: bool = False

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.holder, self.name, node)
        else:
            getattr(self.holder, self.name)[self.index] = node


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a file's text; each change has a name of its own."""
    tree = ast.parse(source)
    for place, other, named in _changes(tree):
        place.put(other)
        changed = ast.unparse(ast.fix_missing_locations(tree))
        place.put(place.node)
        yield replace(named, source=changed)


def mutant_names(source: str) -> Iterator[str]:
    """Yield the names of a file's mutants, which are made far sooner than the mutants."""
    return (named.name for _, _, named in _changes(ast.parse(source)))


def _changes(tree: ast.Module) -> Iterator[tuple[_Place, ast.AST, Mutant]]:
    """Yield each place, what may stand there in place of what does, and the mutant, without its source."""
    seen: dict[str, int] = {}
    for place in list(_below(_Place(tree, "", None, tree))):
        old = _shown(place.node)
        for other in _others(place):
            new = _shown(other)
            if old == new:
                continue
            mutant = Mutant(place.where, getattr(place.node, "lineno", 0), f"{old} → {new}", "")
            seen[mutant.name] = seen.get(mutant.name, 0) + 1
            if seen[mutant.name] > 1:
                mutant = replace(mutant, what=f"{mutant.what} (no. {seen[mutant.name]})")
            yield place, other, mutant


def _shown(node: ast.AST) -> str:
    if isinstance(node, ast.If | ast.ExceptHandler):  # what follows is the same before and after
        return ast.unparse(node).partition("\n")[0]
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 120 else f"{text[:80]} … {text[-38:]}"


def _below(place: _Place) -> Iterator[_Place]:
    """Yield the places of all nodes within one that may be changed."""
    for name, value in ast.iter_fields(place.node):
        if name in _OF_TYPES:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST) and not _is_left_alone(node):
                inner = _Place(place.node, name, index, node, _where(place, node), _is_said(place, node))
                yield inner
                yield from _below(inner)


def _where(place: _Place, node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return f"{place.where}.{node.name}".lstrip(".")
    return place.where


def _is_said(place: _Place, node: ast.AST) -> bool:
    """Say whether a node is part of what is raised, whose texts are for people."""
    return place.is_said or isinstance(node, ast.Raise)


def _is_left_alone(node: ast.AST) -> bool:  # noqa: PLR0911 - a table
    match node:
        case ast.Expr(value=ast.Constant()):  # a docstring
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
            return True
        case ast.Assign(value=ast.Subscript(value=ast.Name(id="Literal" | "Callable"))):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "log" | "__slots__")]):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
            return _is_number(value)
        case ast.AnnAssign(value=ast.expr() as value, target=ast.Name()):
            return _is_number(value)
        case _:
            return isinstance(node, _NO_CODE)


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float()):
            return True
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
        case _:
            return False


def _others(place: _Place) -> Iterator[ast.AST]:  # noqa: C901, PLR0912 - a table
    """Yield what may stand in a node's place."""
    match place.node:
        case ast.stmt() as statement:
            yield from _statements(statement)
        case ast.Compare() as node:
            for index, operator in enumerate(node.ops):
                ops = [*node.ops[:index], _COMPARED[type(operator)](), *node.ops[index + 1 :]]
                yield ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp(op=operator, values=values):
            yield ast.BoolOp(ast.And() if isinstance(operator, ast.Or) else ast.Or(), values)
            for index in range(len(values)):
                left = [*values[:index], *values[index + 1 :]]
                yield left[0] if len(left) == 1 else ast.BoolOp(operator, left)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=one, op=sign, right=other) if type(sign) in _COUNTED:
            yield ast.BinOp(one, _COUNTED[type(sign)](), other)
        case ast.Call() as node:
            yield from _calls(node)
        case ast.Constant(value=value):
            yield from map(ast.Constant, _constants(value, place.is_said or isinstance(place.holder, ast.JoinedStr)))
        case ast.JoinedStr(values=parts) if not place.is_said and not _is_prose(parts):
            for index, part in enumerate(parts):
                if isinstance(part, ast.FormattedValue):
                    yield ast.JoinedStr([*parts[:index], *parts[index + 1 :]])
        case ast.ExceptHandler(type=ast.Tuple(elts=kinds)) as node:
            for index in range(len(kinds)):
                kept: Any = [*kinds[:index], *kinds[index + 1 :]]
                yield ast.ExceptHandler(ast.Tuple(kept, ast.Load()), node.name, node.body)
        case ast.IfExp() as node:
            yield node.body
            yield node.orelse
        case ast.comprehension(ifs=conditions) as node:
            for index in range(len(conditions)):
                asked = [*conditions[:index], *conditions[index + 1 :]]
                yield ast.comprehension(node.target, node.iter, asked, node.is_async)


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:  # noqa: C901 - a table
    match node:
        case ast.Expr() | ast.Delete():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.AugAssign(target=target, op=sign, value=value):
            yield ast.Pass()
            if type(sign) in _COUNTED:
                yield ast.AugAssign(target, _COUNTED[type(sign)](), value)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Raise(exc=error, cause=cause):
            yield ast.Pass()
            if cause is not None:  # what a traceback then shows may be a task's
                yield ast.Raise(error, None)
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.If(body=body, orelse=orelse):
            for whether in (True, False):
                yield ast.If(ast.Constant(whether), body, orelse)


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    match node.func:
        case ast.Name(id=name) if name in _SWAPPED:
            yield ast.Call(ast.Name(_SWAPPED[name], ast.Load()), node.args, node.keywords)
        case ast.Attribute(value=text, attr=name) if name in _TIDYING:
            yield text
    if isinstance(node.func, ast.Name) and node.func.id in ("field", "dataclass"):
        return
    for index, word in enumerate(node.keywords):
        if word.arg is not None:
            yield ast.Call(node.func, node.args, [*node.keywords[:index], *node.keywords[index + 1 :]])


def _constants(value: object, is_said: bool) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case str() if not is_said and value.count(" ") < 2:
            yield value + "~x"  # no mark alone: of some, such as the name of an encoding, marks are dropped
        case bytes():
            yield value + b"~x"


def _is_prose(parts: Sequence[ast.expr]) -> bool:
    texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return sum(text.count(" ") for text in texts) >= 2
