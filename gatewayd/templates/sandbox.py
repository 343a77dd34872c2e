"""The part of Jinja that templates may use, and nothing beyond.

A template is written by people who may not run programs here, so its language is made small before it is run: a list
of what may stand in it, checked when it is saved, with everything else refused by name and line. What is left can
neither reach into an object nor run or grow without bounds: no calls but ``range`` up to 100, one loop inside no
other, filters that only shorten or write a value once. Jinja's own sandbox stands behind that as a second wall.

This module imports Jinja (35 ms), so import it where a template is compiled.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.filters import do_round
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gatewayd.templates.formats import Formats

#: Rounds of one loop.
MAX_RANGE = 100
#: Filters inside of loops, of a whole template: each is run up to 100 times, at some 30 µs.
_MAX_LOOPED_FILTERS = 20
#: Digits that a number is rounded to, before or behind its decimal sign.
_MAX_PRECISION = 20
_PLAIN_FILTERS = frozenset(
    {
        "abs",
        "capitalize",
        "default",
        "first",
        "last",
        "length",
        "lower",
        "title",
        "trim",
        "truncate",
        "upper",
    }
)
_TESTS = frozenset({"defined", "divisibleby", "even", "odd", "in", "eq", "ne", "lt", "le", "gt", "ge"})
_LOOP_WORDS = frozenset({"index", "index0", "first", "last", "length"})
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Add,
    nodes.Sub,
    nodes.Neg,
    nodes.Getattr,
    nodes.Call,
    nodes.List,
    nodes.Tuple,
    nodes.Keyword,
)
_NAMES = {
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.Mul: "*",
    nodes.Pow: "**",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Getitem: "[ ]",
}


class Forbidden(Exception):
    """Something stands in a template that may not, or that can't be understood."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"line {line}: {words}")


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja in one language."""

    def __init__(self, formats: Formats) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,  # the texts are plain: of messages and of mails, never HTML
            finalize=formats.show,
            keep_trailing_newline=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.globals = {"range": bounded_range}
        plain = {name: self.filters[name] for name in _PLAIN_FILTERS}
        self.filters = {**plain, "round": bounded_round, **formats.filters()}
        self.tests = {name: self.tests[name] for name in _TESTS}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - Jinja's signature
        """Only what a loop tells of itself."""
        return isinstance(obj, LoopContext) and attr in _LOOP_WORDS

    def is_safe_callable(self, obj: Any) -> bool:
        """Only ``range``."""
        return obj is bounded_range


def bounded_range(*arguments: int) -> range:
    """Python's ``range``, of 100 numbers at most. Raises ValueError for more."""
    numbers = range(*arguments)
    if len(numbers) > MAX_RANGE:
        raise ValueError(f"a loop has at most {MAX_RANGE} rounds")
    return numbers


def bounded_round(value: Any, precision: int = 0, method: Any = "common") -> Any:
    """Jinja's ``round``, to 20 digits at most: it computes ten to the power of them. Raises ValueError for more."""
    if not -_MAX_PRECISION <= precision <= _MAX_PRECISION:
        raise ValueError(f"`round` takes -{_MAX_PRECISION} to {_MAX_PRECISION} digits")
    return do_round(value, precision, method)


def parse(sandbox: Sandbox, source: str, names: Collection[str]) -> nodes.Template:
    """Read a template in which the fields ``names`` may stand. Raises Forbidden."""
    try:
        tree = sandbox.parse(source)
    except TemplateSyntaxError as error:
        raise Forbidden(error.lineno, error.message or "can't be understood") from None
    _check(tree, frozenset(names), sandbox, inside_loop=False)
    looped = [each for loop in tree.find_all(nodes.For) for each in loop.find_all(nodes.Filter)]
    if len(looped) > _MAX_LOOPED_FILTERS:
        line = looped[_MAX_LOOPED_FILTERS].lineno
        raise Forbidden(line, f"loops may hold {_MAX_LOOPED_FILTERS} filters in all")
    return tree


def used(tree: nodes.Template, names: Collection[str]) -> frozenset[str]:
    """Those of the fields ``names`` that stand in the template."""
    return frozenset(node.name for node in tree.find_all(nodes.Name) if node.name in names)


def _check(node: nodes.Node, names: frozenset[str], sandbox: Sandbox, *, inside_loop: bool) -> None:
    if not isinstance(node, _ALLOWED):
        word = _NAMES.get(type(node), type(node).__name__.lower())
        raise Forbidden(node.lineno, f"`{word}` may not stand in a template")
    for complaint in _complaints(node, names, sandbox, inside_loop):
        raise Forbidden(node.lineno, complaint)
    if isinstance(node, nodes.For):
        names = names | {name.name for name in node.target.find_all(nodes.Name)} | _target(node) | {"loop"}
        inside_loop = True
    for child in node.iter_child_nodes():
        if not (isinstance(child, nodes.Name) and child.ctx == "store"):
            _check(child, names, sandbox, inside_loop=inside_loop)


def _target(node: nodes.For) -> set[str]:
    return {node.target.name} if isinstance(node.target, nodes.Name) else set()


def _complaints(
    node: nodes.Node, names: frozenset[str], sandbox: Sandbox, inside_loop: bool
) -> Iterator[str]:
    match node:
        case nodes.Name() if node.name not in names and node.name != "range":
            yield f"there is no field {node.name!r}{_hint(node.name, names)}"
        case nodes.Filter() if node.name not in sandbox.filters:
            yield f"there is no filter {node.name!r}{_hint(node.name, sandbox.filters)}"
        case nodes.Test() if node.name not in sandbox.tests:
            yield f"there is no test {node.name!r}{_hint(node.name, sandbox.tests)}"
        case nodes.Getattr() if not (isinstance(node.node, nodes.Name) and node.node.name == "loop"):
            yield f"`.{node.attr}`: fields have no attributes; use a filter"
        case nodes.Getattr() if node.attr not in _LOOP_WORDS:
            yield f"`loop.{node.attr}`: there are loop.{', loop.'.join(sorted(_LOOP_WORDS))}"
        case nodes.Call() if not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
            yield "nothing can be called but `range`"
        case nodes.For() if inside_loop:
            yield "a loop may not stand in another"
        case nodes.For() if node.recursive or not isinstance(node.target, nodes.Name):
            yield "a loop is written `for number in range(3)`"
        case nodes.For() if not isinstance(node.iter, nodes.Call | nodes.List | nodes.Tuple):
            yield "a loop goes over `range(…)` or a list"


def _hint(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there are {', '.join(sorted(known))}" if known else "; there are none"
