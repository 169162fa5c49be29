"""A formula in words: what is counted, of which facts, under which conditions."""

from sqlglot import exp

from chanjiao_engine.indicators.formulas import Formula
from chanjiao_engine.indicators.schema import BY_NAME

_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "是", exp.NEQ: "不是", exp.GT: "大于", exp.GTE: "不小于", exp.LT: "小于",
    exp.LTE: "不大于",
}  # fmt: skip
_DATES: dict[type[exp.Expr], str] = {
    exp.GT: "晚于",
    exp.GTE: "不早于",
    exp.LT: "早于",
    exp.LTE: "不晚于",
}
_WORDS = {"since": "年度第一天", "until": "年度结束后第一天"}


def in_words(formula: Formula) -> str:
    """One Chinese sentence; where a part has no words of its own, its SQL stands."""
    tree = formula.tree
    source = _source(tree)
    counted = "，".join(_counted(one) for one in tree.expressions)
    where = tree.args.get("where")
    condition = f"中，{_said(where.this, formula)}的" if where else "的"
    return f"{source}{condition}{counted}。"


def _source(tree: exp.Select) -> str:
    names = []
    sources = [(tree.args.get("from_") or tree.args["from"]).this]
    sources += [join.this for join in tree.args.get("joins") or ()]
    for one in sources:
        if isinstance(one, exp.Table) and one.name in BY_NAME:
            names.append(f"“{BY_NAME[one.name].title}”")
        elif isinstance(one, exp.Subquery) and isinstance(one.this, exp.Select):
            names.append(_source(one.this))
        elif isinstance(one, exp.Subquery) and isinstance(one.this, exp.Union):
            names += [_source(part) for part in (one.this.left, one.this.right)]  # type: ignore[arg-type]
    return "、".join(dict.fromkeys(names))


def _counted(one: exp.Expr) -> str:
    lone = one.unalias()
    while isinstance(lone, exp.Coalesce):
        lone = lone.this
    if isinstance(lone, exp.Sum):
        return f"“{_title(lone.this)}”合计"
    if isinstance(lone, exp.Count):
        if isinstance(lone.this, exp.Distinct):
            return f"不同的“{_title(lone.this.expressions[0])}”个数"
        return "行数"
    return f"按“{_title(lone)}”分组"


def _title(node: exp.Expr) -> str:
    column = node if isinstance(node, exp.Column) else node.find(exp.Column)
    if column is None:
        return node.sql()
    for table in BY_NAME.values():
        if table.name == column.table and any(c.name == column.name for c in table.columns):
            return table.column(column.name).title
    named = (c.title for t in BY_NAME.values() for c in t.columns if c.name == column.name)
    return next(named, column.name)


def _said(node: exp.Expr, formula: Formula) -> str:
    if isinstance(node, exp.Paren):
        return f"（{_said(node.this, formula)}）"
    if isinstance(node, exp.And):
        return f"{_said(node.left, formula)}，且{_said(node.right, formula)}"
    if isinstance(node, exp.Or):
        return f"{_said(node.left, formula)}，或{_said(node.right, formula)}"
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        return f"{_title(node.this.this)}不为空"
    if isinstance(node, exp.Is):
        return f"{_title(node.this)}为空"
    if isinstance(node, exp.In) and not node.args.get("query"):
        values = "、".join(_value(one) for one in node.expressions)
        return f"{_title(node.this)}属于 {values}"
    if isinstance(node, exp.In | exp.Exists):
        inner = node.find(exp.Select)
        where = f"有{_source(inner)}记录" if inner else "有记录"
        return f"{_title(node.this)}在其中{where}" if isinstance(node, exp.In) else where
    if isinstance(node, exp.Column):
        return f"{_title(node)}为真"
    if type(node) in _SIGNS and isinstance(node, exp.Binary):
        sign = _DATES.get(type(node)) if node.find(exp.Placeholder) else None
        left = _value(node.left) if not node.left.find(exp.Column) else _title(node.left)
        return f"{left}{sign or _SIGNS[type(node)]}{_value(node.right)}"
    return node.sql()


def _value(node: exp.Expr) -> str:
    if isinstance(node, exp.Placeholder):
        return _WORDS.get(str(node.this), str(node.this))
    if isinstance(node, exp.Cast):
        return _value(node.this)
    if isinstance(node, exp.Literal):
        return f"“{node.this}”" if node.is_string else str(node.this)
    return _title(node) if node.find(exp.Column) else node.sql()
