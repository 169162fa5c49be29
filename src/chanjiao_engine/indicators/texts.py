"""Texts in formulas: their pieces and patterns."""

from dataclasses import replace

from sqlglot import exp

from .refusals import only, refuse
from .scalars import literal_term
from .terms import Kind, Rules, Scope, Term, build, joined


def text_term(node: exp.Expr, scope: Scope) -> Term:
    term = build(node, scope)
    if term.kind is not Kind.TEXT:
        raise refuse(node, f"这里要文字，却是{term.kind}")
    return term


def _piece(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "start", "length", "expression")
    text = text_term(node.this, scope)
    left = isinstance(node, exp.Left)
    start = 1 if left else _small(node, node.args.get("start"), 1)
    length = _small(node, node.expression if left else node.args.get("length"), 0)
    built = exp.Substring(
        this=text.node, start=exp.Literal.number(start), length=exp.Literal.number(length)
    )
    return replace(text, node=built)


def _small(node: exp.Expr, part: exp.Expr | None, least: int) -> int:
    amount = part.name if isinstance(part, exp.Literal) and not part.is_string else ""
    if not (amount.isascii() and amount.isdigit()) or not least <= int(amount) <= 1000:
        raise refuse(node, f"位置和长度请写 {least} 到 1000 的整数")
    return int(amount)


def _length(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    text = text_term(node.this, scope)
    built = exp.cast(exp.Length(this=text.node), "BIGINT")
    return joined(built, Kind.WHOLE, text)


def _pattern(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    text = text_term(node.this, scope)
    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise refuse(node, "LIKE 和 starts_with 的样式要写成固定文字")
    wanted = literal_term(pattern, scope)
    if isinstance(node, exp.Like) and pattern.name.count("%") > 4:
        raise refuse(node, "LIKE 的样式至多 4 个百分号")
    return joined(type(node)(this=text.node, expression=wanted.node), Kind.YES, text)


TEXTS: Rules = {
    exp.Substring: _piece,
    exp.Left: _piece,
    exp.Length: _length,
    exp.Like: _pattern,
    exp.StartsWith: _pattern,
}
