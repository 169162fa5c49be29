"""Why a formula is refused: a Chinese message with its place in the text."""

from collections.abc import Iterator

from sqlglot import exp

ADVICE: dict[type[exp.Expr], str] = {
    exp.Div: "公式里不用除法：请把分子、分母分开写，比率由系统精确相除",
    exp.IntDiv: "公式里不用整除：请把分子、分母分开写，比率由系统精确相除",
    exp.Mod: "公式里不用取余",
    exp.Pow: "公式里不用乘方",
    exp.Avg: "公式里不用 AVG：请把合计写在分子、个数写在分母",
    exp.Round: "公式里不用 ROUND：显示的位数由指标的 places 决定",
    exp.Window: "公式里不用窗口函数",
    exp.Order: "公式里不用 ORDER BY：数值与次序无关",
    exp.Limit: "公式里不用 LIMIT",
    exp.Offset: "公式里不用 OFFSET",
    exp.CurrentDate: "公式里不能用当前日期：请用 :since 或 :until",
    exp.CurrentTimestamp: "公式里不能用当前时间：请用 :since 或 :until",
    exp.Rand: "公式里不能用随机数",
    exp.Star: "请写出列名，不用星号",
    exp.DPipe: "公式里不能拼接文字；要数不同的组合，请用 SELECT DISTINCT 子查询",
    exp.Concat: "公式里不能拼接文字；要数不同的组合，请用 SELECT DISTINCT 子查询",
    exp.RegexpLike: "公式里不用正则表达式：请用 LIKE 或 starts_with",
    exp.ILike: "公式里不用 ILIKE：请用 LIKE",
    exp.Parameter: "公式里的参数只有 :since 和 :until",
    exp.SessionParameter: "公式里不能读设置",
    exp.Lateral: "公式里不用 LATERAL",
    exp.Unnest: "公式里不能调用表函数",
    exp.Values: "公式里不用 VALUES",
}


class FormulaRefused(ValueError):
    """A formula that cannot be used: what and where, in Chinese."""


class TooLarge(FormulaRefused):
    """These facts give a number that 38 digits do not hold; with other facts the formula works."""

    def __init__(self) -> None:
        super().__init__("数值超出 38 位，请检查所用事实数据中过大的数")


def place(node: exp.Expr) -> str:
    """Where the node stands, from the first of its parts (or of what holds it) that knows."""
    for one in _near(node):
        line, column = one.meta.get("line"), one.meta.get("col")
        if line and column:
            width = (one.meta.get("end") or 0) - (one.meta.get("start") or 0)
            return f"第 {line} 行第 {max(column - width, 1)} 列"
    return "公式"


def _near(node: exp.Expr) -> Iterator[exp.Expr]:
    yield from node.walk()
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def refuse(node: exp.Expr, message: str) -> FormulaRefused:
    """The exception to raise for a node."""
    return FormulaRefused(f"{place(node)}：{message}")


def refuse_kind(node: exp.Expr) -> FormulaRefused:
    """For a node no formula may hold."""
    return refuse(node, ADVICE.get(type(node)) or f"不支持 {_called(node)}")


def _called(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"函数 {str(node.this)[:40]}"
    if isinstance(node, exp.Func):
        return f"函数 {node.sql_name()}"
    return f"这种写法（{type(node).__name__}）"


def only(node: exp.Expr, *names: str) -> None:
    """Refuse a node that has parts other than these."""
    for name, part in node.args.items():
        if name in names or not part:
            continue
        parts = part if isinstance(part, list) else [part]
        culprit = next((one for one in parts if isinstance(one, exp.Expr)), None)
        if culprit is None:
            raise refuse(node, f"{_called(node)} 不支持 {name.strip('_').upper()}")
        raise refuse_kind(culprit)
