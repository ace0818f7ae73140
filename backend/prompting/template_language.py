"""The language of prompt templates: text with fields, or the part of Jinja2 that cannot take for ever.

What a template may do is counted as it is done, so that a slip in one costs a message and not the server: no calls but
of harmless methods, no macros, no `**`; loops, and texts that are put together, have an end.
"""

import re
import string
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backend.errors import PromptError

LONGEST = 10_000_000
"""Characters of a message."""
MOST_TURNS = 20_000
"""Turns of all loops of a message together; a filter counts as one, and as one more for each 1,000 characters."""

_FILTERS = """abs capitalize count d default dictsort e escape first float int items last length list lower map max
min reject rejectattr reverse round safe select selectattr sort string striptags title tojson trim truncate unique
upper wordcount"""
_METHODS = frozenset(
    "capitalize count endswith find get isdigit items keys lower lstrip removeprefix removesuffix rstrip split"
    " splitlines startswith strip title upper values".split()
)
_RESERVED = frozenset({"self", "super", "caller", "varargs", "kwargs"})
_FORBIDDEN = {
    nodes.AssignBlock: "{% set %} with a block",
    nodes.Block: "{% block %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.Extends: "{% extends %}",
    nodes.FromImport: "{% from %}",
    nodes.Import: "{% import %}",
    nodes.Include: "{% include %}",
    nodes.Macro: "{% macro %}",
    nodes.NSRef: "a namespace",
    nodes.Pow: "**",
}

_left: ContextVar[list[int]] = ContextVar("turns that are left")


class _TooMuchError(TemplateError):
    """A template does more than it may."""


class _Bounded(ImmutableSandboxedEnvironment):
    """Jinja2 without what has no end."""

    intercepted_binops = frozenset({"+", "*", "%", "**"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False, finalize=_plain)
        self.globals = {"range": _range}
        own = {"indent": _indent, "join": _join, "replace": _replace, "_joined": _joined}
        shipped = {name: FILTERS[name] for name in _FILTERS.split()}
        self.filters = {name: _charged(found) for name, found in (shipped | own).items()} | {"_counted": _counted}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Calculate with numbers that stay small; put short texts and lists together."""
        if operator == "+" and isinstance(left, str | list | tuple):
            _check(len(left) + len(right))
        elif any(isinstance(value, str | list | tuple) or abs(value) > LONGEST**2 for value in (left, right)):
            raise _TooMuchError
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, called: Any, /, *args: Any, **more: Any) -> Any:
        """Call a method, which costs as its text is long."""
        _charge(getattr(called, "__self__", None), *args)
        return super().call(context, called, *args, **more)


def _check(size: int) -> None:
    if size > LONGEST:
        raise _TooMuchError


def _turn(turns: int = 1) -> None:
    left = _left.get()
    left[0] -= turns
    if left[0] < 0:
        raise _TooMuchError


def _charge(*values: Any) -> None:
    _turn(1 + sum(len(value) for value in values if isinstance(value, str | list | tuple)) // 1000)


def _charged(used: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(used)
    def charged(*args: Any, **more: Any) -> Any:
        _charge(*args)
        return used(*args, **more)

    return charged


def _counted(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _turn()
        yield item


def _range(*bounds: int) -> range:
    found = range(*bounds)
    _turn(len(found))
    return found


def _plain(value: Any) -> Any:
    """Let a value stand in a message: a list within lists could be written without end."""
    parts = (*value, *value.values()) if isinstance(value, Mapping) else value
    if not isinstance(value, str) and isinstance(parts, Collection):
        if any(isinstance(part, Collection) and not isinstance(part, str) for part in parts):
            raise _TooMuchError
        _check(sum(len(str(part)) for part in parts))
    return value


def _joined(parts: Iterable[Any]) -> str:
    return _put("", map(_plain, parts))


def _join(items: Iterable[Any], between: str = "", attribute: str | None = None) -> str:
    found = items if attribute is None else (item[attribute] for item in items)
    return _put(between, map(_plain, found))


def _put(between: str, parts: Iterable[Any]) -> str:
    texts, size = [], 0
    for part in parts:
        texts.append(str(part))
        size += len(texts[-1]) + len(between)
        _check(size)
    return between.join(texts)


def _indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    _check(len(text) + (text.count("\n") + 1) * width)
    return str(FILTERS["indent"](text, width, first, blank))


def _replace(text: str, old: str, new: str) -> str:
    text = str(text)
    _check(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


_JINJA = _Bounded()


class Template:
    """A prompt template, compiled once. Its name's ending chooses the language.

    Raises:
        PromptError: it cannot be parsed, or does what may have no end; names the file and the place.
    """

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source.rstrip("\n")
        self._is_jinja = name.endswith((".jinja", ".jinja2", ".j2"))
        problem = ""
        try:
            if self._is_jinja:
                tree = _JINJA.parse(self.source)
                _refuse(tree)
                self.variables = frozenset(meta.find_undeclared_variables(tree)) - _JINJA.globals.keys()
                self._compiled = _JINJA.from_string(_rewritten(tree))
                self._compiled.globals = dict(_JINJA.globals)  # which Jinja copies at each use, from a slow mapping
            else:
                self._parts = [(text, name) for text, name in _fields(self.source)]
                self.variables = frozenset(name for _, name in self._parts if name is not None)
        except TemplateSyntaxError as error:
            problem = f"line {error.lineno}: {_unquoted(str(error.message))}"
        except (RecursionError, SyntaxError, MemoryError):
            problem = "it is nested too deeply"
        except ValueError as error:
            problem = f"{_unquoted(str(error))} (write {{{{ and }}}} for braces that are text)"
        if problem:
            raise PromptError(f"{self.name} is no valid template: {problem}")

    def render(self, values: Mapping[str, Any]) -> str:
        """Fill in the values.

        Raises:
            PromptError: names the missing field and those that are there; or it grows too long.
        """
        missing = sorted(self.variables - values.keys())
        if missing:
            raise PromptError(f"{self.name} asks for {{{missing[0]}}}, which is missing - there are: {_names(values)}")
        problem = ""
        _left.set([MOST_TURNS])
        try:
            return "".join(self._written(values))
        except UndefinedError:
            problem = "uses something that is not defined"
        except _TooMuchError:
            problem = f"grows beyond {LONGEST} characters or {MOST_TURNS} turns of a loop, or shows a list as it is"
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            problem = f"cannot be rendered ({type(error).__name__})"
        raise PromptError(f"{self.name} {problem} - there are: {_names(values)}")

    def _written(self, values: Mapping[str, Any]) -> Iterator[str]:
        parts = self._compiled.generate(values) if self._is_jinja else _filled(self._parts, values)
        size = 0
        for part in parts:
            size += len(part)
            _check(size)
            yield part


def _fields(source: str) -> Iterator[tuple[str, str | None]]:
    """Yield the parts of a text template, each with the field behind it."""
    for text, name, spec, conversion in string.Formatter().parse(source):
        yield text, name
        if name is not None and (spec or conversion or not name.replace("_", "a").replace("-", "a").isalnum()):
            raise ValueError(f"{{{name}}} is no plain field name")


def _filled(parts: Iterable[tuple[str, str | None]], values: Mapping[str, Any]) -> Iterator[str]:
    for text, name in parts:
        yield text
        if name is not None:
            yield str(values[name])


def _refuse(tree: nodes.Template) -> None:
    """Refuse what could take for ever, or reach out of the sandbox.

    Raises:
        TemplateSyntaxError: names the line.
    """
    for node in tree.find_all(nodes.Node):
        said = _FORBIDDEN.get(type(node), "")
        if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            said = f".{node.attr}"
        elif isinstance(node, nodes.Getitem) and _is_private(node.arg):
            said = "a name that begins with _"
        elif isinstance(node, nodes.For) and node.recursive:
            said = "a recursive loop"
        elif isinstance(node, nodes.Call) and not _is_harmless(node.node):
            said = "a call of what is no plain method"
        elif isinstance(node, nodes.Name) and node.name in _RESERVED:
            said = node.name
        elif isinstance(node, nodes.List | nodes.Tuple | nodes.Dict) and _nests(node):
            said = "a list made of variables"
        if said:
            raise TemplateSyntaxError(f"{said} is not allowed in a prompt", node.lineno)


def _is_private(key: nodes.Node) -> bool:
    return isinstance(key, nodes.Const) and isinstance(key.value, str) and key.value.startswith("_")


def _is_harmless(called: nodes.Node) -> bool:
    if isinstance(called, nodes.Name):
        return called.name == "range"
    return isinstance(called, nodes.Getattr) and called.attr in _METHODS


def _nests(node: nodes.Expr) -> bool:
    """Say whether a list could hold another, and that one, so that it is without end when it is written."""
    is_target = isinstance(node, nodes.Tuple) and node.ctx == "store"
    return not is_target and any(True for _ in node.find_all(nodes.Name))


def _rewritten(tree: nodes.Template) -> nodes.Template:
    """Count the turns of loops, and bound what `~` puts together."""
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
    _replace_concats(tree)
    tree.set_environment(_JINJA)
    return tree


def _replace_concats(node: nodes.Node) -> None:
    for name, value in node.iter_fields():
        if isinstance(value, list):
            value[:] = [_without_concat(part) for part in value]
        elif isinstance(value, nodes.Node):
            setattr(node, name, _without_concat(value))


def _without_concat(value: Any) -> Any:
    if not isinstance(value, nodes.Node):
        return value
    _replace_concats(value)
    if not isinstance(value, nodes.Concat):
        return value
    parts = nodes.List(value.nodes, lineno=value.lineno)
    return nodes.Filter(parts, "_joined", [], [], None, None, lineno=value.lineno)


def _unquoted(message: str) -> str:
    """Leave out what a parser's message quotes of a template, which may be anything that stands there."""
    return re.sub(r"'[^']*'|\{[^}]*\}", lambda quoted: quoted[0][0] + "…" + quoted[0][-1], message)


def _names(values: Mapping[str, Any]) -> str:
    return ", ".join(sorted(values)) or "none"
