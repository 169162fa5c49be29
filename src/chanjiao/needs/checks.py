"""Is a listing right: the same checks for the form, the Excel import and the API.

Sources: 《职业学校学生实习管理规定》教职成〔2021〕4号 for 岗位实习; the national code tables.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chanjiao.kernel.money import yuan
from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import Invalid
from chanjiao.needs.enums import Hazard, PostKind, Shift
from chanjiao.needs.kinds import COHORTS, POSTS, PRODUCTS, STATIONS, TECHNOLOGY, ListingKind
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book, nearest
from chanjiao_engine.codes import (
    CodeError,
    parse_division,
    parse_industry,
    parse_major,
    parse_occupation,
)

Values = Mapping[str, Any]
YOUNGEST = 16
GROWN_UP = 18
WAGE_PERCENT = 80
KIND_PERCENT = 20
_BANNED = {
    Hazard.HEAVY: "不得安排学生从事第Ⅲ级及以上体力劳动",
    Hazard.UNDERGROUND: "不得安排学生从事井下作业",
    Hazard.VENUE: "不得安排学生到娱乐场所实习",
    Hazard.RADIATION: "不得安排学生从事有放射性的作业",
}
_BANNED_WORDS = ("酒吧", "夜总会", "歌厅", "KTV", "洗浴", "网吧", "游戏厅", "棋牌")
_WAGE_LOW, _WAGE_HIGH = 300_00, 200_000_00
_LIST_LENGTH = 590


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong (Chinese), at which field, and what to do. `code` is for counting."""

    code: str
    field: str
    message: str
    advice: str = ""

    @property
    def text(self) -> str:
        return f"{self.message}；{self.advice}。" if self.advice else f"{self.message}。"


@dataclass(frozen=True)
class Ground:
    """What the checks look things up in. `peers`: occupation → staff stated by the unit's others.

    `seen` remembers code findings, so that 100,000 rows ask for each code once.
    """

    book: Book
    peers: Mapping[str, int] = field(default_factory=dict)
    seen: dict[tuple[Table, str], tuple[str, str] | None] = field(default_factory=dict)


def require_valid(kind: ListingKind, values: Values, ground: Ground) -> None:
    """Raise Invalid with the messages by field, if there is any finding."""
    problems: dict[str, list[str]] = {}
    for finding in findings(kind, values, ground):
        problems.setdefault(finding.field, []).append(finding.text)
    if problems:
        raise Invalid(problems)


def findings(kind: ListingKind, values: Values, ground: Ground) -> Iterator[Finding]:
    """Everything that must be mended. `values` has every field of the kind; None is empty."""
    yield from _quarter(values)
    for check in _CHECKS.get(kind.slug, ()):
        yield from check(values, ground)


def warnings(kind: ListingKind, values: Values) -> list[str]:
    """What a person should know, though the row may stand: one Chinese sentence each."""
    return list(_post_warnings(values)) if kind is POSTS else []


def _quarter(values: Values) -> Iterator[Finding]:
    try:
        Quarter.parse(values.get("quarter") or "")
    except ValueError as error:
        yield Finding("quarter", "quarter", "季度不对", str(error).rstrip("。"))


# Codes ---------------------------------------------------------------------------------------
_PARSERS: dict[Table, Callable[[str], Any]] = {
    Table.MAJOR: parse_major,
    Table.OCCUPATION: parse_occupation,
    Table.INDUSTRY: parse_industry,
    Table.DIVISION: parse_division,
}


def code_fault(table: Table, code: str, ground: Ground) -> tuple[str, str] | None:
    """Message and advice if the code is not in the table as it is in force, else None."""
    key = (table, code)
    if key not in ground.seen:
        ground.seen[key] = _code_fault(table, code, ground.book)
    return ground.seen[key]


def _code_fault(table: Table, code: str, book: Book) -> tuple[str, str] | None:
    if book.has(table, code):
        return None
    try:
        _PARSERS[table](code)
    except CodeError as error:
        return error.message, ""
    entry = book.entry(table, code)
    near = "、".join(nearest(table, code, book))
    advice = f"是否应为 {near}？" if near else "请在代码表中查找"
    if entry is not None:
        return f"{table.label}代码 {code}（{entry.name}）已在 {entry.retired_in} 版废止", advice
    return f"{table.label}中没有代码 {code}", f"{advice}如代码无误，请系统管理员导入最新代码表"


def _codes(name: str, table: Table) -> Callable[[Values, Ground], Iterator[Finding]]:
    def check(values: Values, ground: Ground) -> Iterator[Finding]:
        given = values.get(name)
        listed: Iterable[str] = [given] if isinstance(given, str) else given or ()
        for code in listed:
            fault = code_fault(table, code, ground) if code else None
            if fault:
                yield Finding("unknown_code", name, *fault)
        if given and not isinstance(given, str) and len(" ".join(given)) > _LIST_LENGTH:
            yield Finding(
                "too_many_codes", name, f"填了 {len(given)} 个代码，过多", "请分成几条填写"
            )

    return check


# Posts ---------------------------------------------------------------------------------------
def _post_numbers(values: Values, ground: Ground) -> Iterator[Finding]:
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts and ends and ends <= starts:
        yield Finding("dates", "ends_on", f"结束日期 {ends} 不晚于开始日期 {starts}", "请核对日期")
    headcount, minimum = values.get("headcount"), values.get("minimum") or 0
    if headcount is not None and headcount < 1:
        yield Finding("headcount", "headcount", "人数至少为 1", "请填写需要的人数")
    if headcount is not None and minimum > headcount:
        yield Finding("minimum", "minimum", f"开班下限 {minimum} 超过人数 {headcount}", "请改小")
    for name in ("wage_fen", "lowest_wage_fen", "peer_wage_fen"):
        wage = values.get(name)
        if wage is not None and not _WAGE_LOW <= wage <= _WAGE_HIGH:
            yield Finding(
                "wage_unit", name, f"月工资 {yuan(wage)} 元不合常理", "请确认单位是元、按月计"
            )


def _post_peers(values: Values, ground: Ground) -> Iterator[Finding]:
    """The cap on interns is a share of the staff in the same post: one unit, one figure."""
    stated = ground.peers.get(values.get("occupation_code") or "")
    given = values.get("same_post_staff")
    if stated is not None and given is not None and stated != given:
        yield Finding(
            "same_post_staff", "same_post_staff",
            f"本单位同一职业的其他条目填的是 {stated} 人，这里是 {given} 人", "请填成一致",
        )  # fmt: skip


def _internship(values: Values, ground: Ground) -> Iterator[Finding]:
    if values.get("kind") != PostKind.INTERNSHIP:
        return
    yield from _internship_wage(values)
    for hazard in values.get("hazards") or ():
        if hazard in _BANNED:
            yield Finding("banned_hazard", "hazards", _BANNED[Hazard(hazard)], "请不要列为岗位实习")
    words = f"{values.get('place') or ''}{values.get('title') or ''}".upper()
    for word in _BANNED_WORDS:
        if word in words:
            yield Finding("banned_venue", "place", f"不得安排学生到{word}实习", "请更换岗位或地点")


def _internship_wage(values: Values) -> Iterator[Finding]:
    wage, lowest, peer = (
        values.get(name) for name in ("wage_fen", "lowest_wage_fen", "peer_wage_fen")
    )
    if wage is None or lowest is None or peer is None:
        return
    if wage * 100 >= peer * WAGE_PERCENT or wage >= lowest:
        return
    floor = min(-(-peer * WAGE_PERCENT // 100), lowest)
    yield Finding(
        "wage_floor", "wage_fen",
        f"实习报酬 {yuan(wage)} 元，低于相同岗位工资的 {WAGE_PERCENT}%，也低于本单位最低档工资",
        f"至少应为 {yuan(floor)} 元",
    )  # fmt: skip


def _post_warnings(values: Values) -> Iterator[str]:
    if values.get("kind") != PostKind.INTERNSHIP:
        return
    if values.get("shift") in {Shift.NIGHT, Shift.THREE}:
        yield "岗位实习原则上不安排夜班（22:00–次日 6:00），未满 18 周岁的学生不能匹配到该岗位。"
    risky = [Hazard(h).label for h in values.get("hazards") or () if h not in _BANNED]
    if risky:
        yield f"有{'、'.join(str(label) for label in risky)}，未满 {GROWN_UP} 周岁的学生不能匹配到该岗位。"
    staff, headcount = values.get("same_post_staff"), values.get("headcount")
    if staff is not None and headcount is not None and headcount * 100 > staff * KIND_PERCENT:
        limit = staff * KIND_PERCENT // 100
        yield f"同类岗位职工 {staff} 人，实习学生最多 {limit} 人（{KIND_PERCENT}%），多出的名额不会匹配。"


# Offers --------------------------------------------------------------------------------------
def _cohort(values: Values, ground: Ground) -> Iterator[Finding]:
    starts, ends = values.get("available_from"), values.get("available_to")
    if starts and ends and ends <= starts:
        yield Finding(
            "dates", "available_to", f"返校日期 {ends} 不晚于到岗日期 {starts}", "请核对日期"
        )
    entered = values.get("entry_year")
    if not starts or not entered:
        return
    if starts.year < entered:
        yield Finding("dates", "available_from", f"到岗日期早于入学年份 {entered}", "请核对日期")
    elif values.get("kind") == PostKind.INTERNSHIP and starts < date(entered + 1, 7, 1):
        yield Finding(
            "first_year", "available_from", "不得安排一年级在校学生参加岗位实习",
            f"{entered} 级学生最早 {entered + 1}-07-01 到岗",
        )  # fmt: skip


def student_findings(values: Values, *, kind: str, starts: date) -> Iterator[Finding]:
    """What is wrong with a student of a cohort of this kind that starts on this day."""
    born = values.get("birth_date")
    if born is None:
        return
    if kind == PostKind.INTERNSHIP and _birthday(born, YOUNGEST) > starts:
        yield Finding(
            "too_young",
            "birth_date",
            f"到岗日 {starts} 未满 {YOUNGEST} 周岁",
            "不得参加岗位实习，请核对出生日期",
        )
    if starts.year - born.year > 80:
        yield Finding("birth_date", "birth_date", f"出生日期 {born} 不合常理", "请核对")


def _birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # born on 29 February
        return date(born.year + age, 3, 1)


_CHECKS: dict[str, tuple[Callable[[Values, Ground], Iterator[Finding]], ...]] = {
    POSTS.slug: (
        _codes("occupation_code", Table.OCCUPATION),
        _codes("major_codes", Table.MAJOR),
        _codes("division_code", Table.DIVISION),
        _post_numbers,
        _post_peers,
        _internship,
    ),
    TECHNOLOGY.slug: (_codes("industry_code", Table.INDUSTRY),),
    PRODUCTS.slug: (_codes("industry_code", Table.INDUSTRY),),
    COHORTS.slug: (_codes("major_code", Table.MAJOR), _cohort),
    STATIONS.slug: (_codes("occupation_codes", Table.OCCUPATION),),
}
