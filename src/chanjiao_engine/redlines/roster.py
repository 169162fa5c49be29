"""What if: a plain roster, one row per student with Chinese headings, judged by row and column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

import polars as pl

from .evaluate import evaluate
from .facts import Facts
from .profiles import RuleSet
from .result import Result
from .schema import BY_NAME, TABLES, Type
from .terms import Outcome, Severity, Stage

Row = Mapping[str, object]
_DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
_YES, _NO = {"是", "有", "合格", "1", "True"}, {"否", "无", "不合格", "0", "False"}


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """One problem: the sheet's row, its heading ("" where the roster has no such column), what to do.

    `code` is the rule's, or `cell` where the cell cannot be read.
    """

    row: int
    heading: str
    value: str
    code: str
    outcome: Outcome
    severity: Severity
    text: str


def _text(value: object) -> str:
    return str(value).strip()


def _date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(_text(value), form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    raise ValueError("应为日期，如 2026-03-01")


def _last_day(value: object) -> date:
    return _date(value) + timedelta(days=1)


def _flag(value: object) -> bool:
    text = _text(value)
    if text not in _YES | _NO:
        raise ValueError("应填 是 或 否")
    return text in _YES


def _scaled(value: object, factor: int, what: str) -> int:
    try:
        exact = Decimal(_text(value).replace(",", "")) * factor
        whole = int(exact)
    except (InvalidOperation, OverflowError, ValueError):
        raise ValueError(f"应为{what}") from None
    if exact != whole or whole < 0:
        raise ValueError(f"应为{what}")
    return whole


def _whole(value: object) -> int:
    return _scaled(value, 1, "不小于 0 的整数")


def _yuan(value: object) -> int:
    return _scaled(value, 100, "以元为单位的金额，最多精确到分")


def _hours(value: object) -> int:
    return _scaled(value, 60, "小时数，如 8 或 7.5")


Reader = Callable[[object], object]
# Heading → the fact it fills and how its cell is read. Without a reader of its own a column is read
# by its type.
_OWN: dict[str, tuple[str, Reader]] = {
    "结束日期": ("placements.until", _last_day),
    "保险终止日期": ("insurance.until", _last_day),
    "约定月报酬（元）": ("placements.pay", _yuan),
    "相同岗位月工资（元）": ("posts.same_post_wage", _yuan),
    "最低档月工资（元）": ("posts.lowest_wage_grade", _yuan),
    "每日实习小时": ("posts.daily_minutes", _hours),
    "实习单位": ("units.unit", _text),
    "岗位": ("posts.post", _text),
    "学生": ("placements.student", _text),
    "保险起始日期": ("insurance.since", _date),
    "学生知情同意日期": ("consents.student_on", _date),
    "监护人知情同意日期": ("consents.guardian_on", _date),
    "在岗职工数": ("staff.staff", _whole),
    "同类岗位在岗职工数": ("staff.kind_staff", _whole),
}
_BY_TYPE: dict[Type, Reader] = {
    Type.TEXT: _text, Type.INTEGER: _whole, Type.DATE: _date, Type.BOOLEAN: _flag,
}  # fmt: skip
_PLAIN = (
    "students",
    "units",
    "posts",
    "placements",
    "agreements",
    "insurance",
    "training",
    "declarations",
)


def _headings() -> dict[str, tuple[str, Reader]]:
    taken = {fact for fact, _ in _OWN.values()}
    found = dict(_OWN)
    for table in (BY_NAME[name] for name in _PLAIN):
        for column in table.columns:
            fact = f"{table.name}.{column.name}"
            money_or_time = column.unit in {"分", "分钟"}
            if fact not in taken and not column.required and not money_or_time:
                found[column.title] = (fact, _BY_TYPE[column.type])
    return found


HEADINGS: dict[str, tuple[str, Reader]] = _headings()
_HEADING_OF = {fact: heading for heading, (fact, _) in HEADINGS.items()}


def evaluate_roster(
    rows: Sequence[Row], rules: RuleSet, *, numbers: Sequence[int] = ()
) -> list[RosterProblem]:
    """The problems of a roster, by row, then in the order of the rules.

    `numbers` are the rows' numbers in the sheet, ascending; left out they follow its heading: 2, 3…
    Only what is asked before the start (上岗前). Headings are those of `HEADINGS`; others are not looked at. A row is a placement of its own;
    posts and units of the same name are one, and a later row's cells about them must agree. A cell
    that cannot be read is a problem and counts as not stated.
    """
    problems: list[RosterProblem] = []
    places = numbers or range(2, len(rows) + 2)
    read = [_read(row, place, problems) for row, place in zip(rows, places, strict=True)]
    _agree(rows, read, places, problems)
    gates = tuple(rule for rule in rules.rules if rule.stage is Stage.GATE)
    result = evaluate(_facts(read), replace(rules, rules=gates), at=rules.on)
    problems += (_problem(result, i, rows, places) for i in range(len(result)))
    return sorted(problems, key=lambda problem: problem.row)


def _read(row: Row, number: int, problems: list[RosterProblem]) -> dict[str, object]:
    found: dict[str, object] = {}
    for heading, value in row.items():
        if heading not in HEADINGS or value is None or _text(value) == "":
            continue
        fact, reader = HEADINGS[heading]
        try:
            found[fact] = _bounded(fact, reader(value))
        except ValueError as error:
            problems.append(_cell(number, heading, value, f"{heading}{error}"))
    for begin, end in (
        ("placements.starts", "placements.until"),
        ("insurance.since", "insurance.until"),
    ):
        if begin in found and end in found and found[end] <= found[begin]:  # type: ignore[operator]
            heading = _HEADING_OF[end]
            text = f"{heading}早于{_HEADING_OF[begin]}"
            problems.append(_cell(number, heading, row.get(heading), text))
            del found[end]
    return found


def _bounded(fact: str, value: object) -> object:
    table, name = fact.split(".")
    column = next((c for c in BY_NAME[table].columns if c.name == name), None)
    counts = column is not None and column.type is Type.INTEGER
    if column and counts and not column.low <= int(str(value)) <= column.high:
        raise ValueError(f"应在 {column.low}–{column.high} 之间")
    if column and column.choices and value not in column.choices:
        raise ValueError(f"应为{'、'.join(column.choices)}之一")
    return value


def _cell(row: int, heading: str, value: object, text: str) -> RosterProblem:
    shown = "" if value is None else _text(value)
    return RosterProblem(row, heading, shown, "cell", Outcome.MISSING, Severity.BLOCK, text + "。")


def _agree(
    rows: Sequence[Row],
    read: list[dict[str, object]],
    places: Sequence[int],
    problems: list[RosterProblem],
) -> None:
    """What two rows say of one student, unit or post must be the same; the first one counts."""
    seen: dict[tuple[str, str, object], tuple[object, int]] = {}
    for at, found in enumerate(read):
        for fact, value in list(found.items()):
            owner = _owner(fact, found)
            if owner is None:
                continue
            first, row = seen.setdefault((fact, *owner), (value, places[at]))
            if first != value:
                heading = _HEADING_OF[fact]
                text = f"{heading}与第 {row} 行不一致，按第 {row} 行判断"
                problems.append(_cell(places[at], heading, rows[at].get(heading), text))


def _owner(fact: str, found: Mapping[str, object]) -> tuple[str, object] | None:
    table = fact.split(".")[0]
    if fact == "staff.kind_staff":
        kind = (found.get("units.unit"), found.get("posts.kind"))
        return ("kind", kind) if None not in kind else None
    key = {
        "students": "placements.student", "units": "units.unit", "staff": "units.unit",
        "posts": "posts.post",
    }.get(table)  # fmt: skip
    if key is None or key == fact or key not in found:
        return None
    return (table, (found.get("units.unit"), found[key]) if table == "posts" else found[key])


def _facts(read: list[dict[str, object]]) -> Facts:
    """Rows → facts. Unnamed students, units and posts get a name of their own, which nobody sees."""
    tables: dict[str, dict[object, dict[str, object]]] = {table.name: {} for table in TABLES}
    for number, found in enumerate(read):
        student = str(found.get("placements.student", f"第 {number + 1} 名学生"))
        unit = str(found.get("units.unit", f"第 {number + 1} 行的单位"))
        post = f"{unit} {found.get('posts.post', f'第 {number + 1} 行的岗位')}"
        ids = {"student": student, "unit": unit, "post": post, "placement": f"{number:09d}"}
        owners = {
            "students": student, "units": unit, "posts": post, **dict.fromkeys(
                ("placements", "agreements", "consents", "training", "declarations"), number
            ),
        }  # fmt: skip
        for name, owner in owners.items():
            _fill(tables[name].setdefault(owner, {}), name, ids, found)
        if {"insurance.since", "insurance.until"} <= found.keys():
            _fill(tables["insurance"].setdefault(number, {}), "insurance", ids, found)
        _staff(tables["staff"], unit, found)
    return Facts.of({name: _table(name, list(rows.values())) for name, rows in tables.items()})


def _fill(
    into: dict[str, object], name: str, ids: Mapping[str, str], found: Mapping[str, object]
) -> None:
    for column in BY_NAME[name].columns:
        named = ids.get(column.name) if column.required else None
        value = found.get(f"{name}.{column.name}") if named is None else named
        if value is not None:
            into.setdefault(column.name, value)


def _staff(into: dict[object, dict[str, object]], unit: str, found: Mapping[str, object]) -> None:
    """A roster's counts of staff are taken to hold throughout."""
    for fact, kind in (("staff.staff", ""), ("staff.kind_staff", found.get("posts.kind"))):
        if fact in found and kind is not None:
            row = {"unit": unit, "kind": kind, "since": date.min, "staff": found[fact]}
            into.setdefault((unit, kind), row)


def _table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    types = {
        Type.TEXT: pl.String, Type.INTEGER: pl.Int64, Type.DATE: pl.Date, Type.BOOLEAN: pl.Boolean,
    }  # fmt: skip
    schema = {column.name: types[column.type] for column in BY_NAME[name].columns}
    return pl.DataFrame([{c: row.get(c) for c in schema} for row in rows], schema=schema)


def _problem(result: Result, i: int, rows: Sequence[Row], places: Sequence[int]) -> RosterProblem:
    found = result.violations.row(i, named=True)
    rule = result.rule(i)
    about = next(iter(result.missing(i)), rule.needs[0])
    if about == "staff.staff" and rule.code == "cap_kind":
        about = "staff.kind_staff"
    heading = _HEADING_OF.get(about, "")
    at = found["placement"]  # every gate is asked of a placement
    value = rows[at].get(heading) if heading else None
    return RosterProblem(
        places[at],
        heading,
        "" if value is None else _text(value),
        rule.code,
        Outcome(found["outcome"]),
        rule.severity,
        result.explain(i),
    )
