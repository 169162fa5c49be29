"""A sister consortium's year, made up: facts of the size of real ones, the same for the same code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa

from chanjiao_engine.codes import make_credit_code
from chanjiao_engine.indicators.arrow import arrow_schema
from chanjiao_engine.indicators.definitions import Period
from chanjiao_engine.indicators.outcomes import Typed
from chanjiao_engine.indicators.packs import Evidence
from chanjiao_engine.indicators.schema import BY_NAME

Row = tuple[Any, ...]
WAN = 1_000_000  # 万元 in 分
_REGULATIONS = ("charter", "procedure", "finance", "assessment", "transfer", "exchange", "sharing",
                "publication", "majors")  # fmt: skip
_MAJORS = ("460103", "460104", "460301", "460305", "460701", "510103", "510209", "530605", "500210",
           "470204", "480101", "420201")  # fmt: skip
_SCHOOLS = (("secondary", "中等职业学校"), ("higher_vocational", "职业技术学院"),
            ("vocational_bachelor", "职业技术大学"), ("university", "大学"))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sister:
    """What tells one from another. `schools` by level; `answered` of technology needs, in %."""

    code: str
    name: str
    park: str
    division: str
    industries: tuple[str, ...]
    schools: tuple[int, int, int, int]
    firms: int
    institutes: int
    students: int
    listing_firms: int
    meetings: int = 4
    quorate: bool = True
    carried_out: int = 88
    regulations: int = 9
    filled: int = 72
    answered: int = 55
    fresh: int = 86
    money: int = 2600
    flagged: int = 0
    typed: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class Year:
    """The facts being written."""

    sister: Sister
    period: Period
    chance: Random
    rows: dict[str, list[Row]]

    def day(self, first: int = 0, last: int = 330) -> date:
        """A day of the period, so many days after its beginning."""
        return self.period.since + timedelta(days=self.chance.randint(first, last))

    def units(self, side: str) -> list[str]:
        return [row[0] for row in self.rows["member"] if row[2] == side]


def facts_of(sister: Sister, period: Period) -> tuple[dict[str, pa.Table], list[Evidence]]:
    """The fact tables and the evidence digests."""
    year = Year(sister, period, Random(sister.code), {name: [] for name in BY_NAME})  # noqa: S311
    _own(year)
    _members(year)
    _council(year)
    _money(year)
    _lists(year)
    _matches(year)
    evidence = list(_tasks(year))
    return {name: _table(name, rows) for name, rows in year.rows.items()}, evidence


def typed_of(sister: Sister, evidence: list[Evidence]) -> list[Typed]:
    """Values by hand, each with the evidence that names it."""
    proof = {use: one.code for one in evidence for use in one.used_by}
    return [
        Typed(
            code, Decimal(value), reason, (proof[f"indicator:{code}"],), "示例经办人", "示例秘书长"
        )
        for code, value, reason in sister.typed
    ]


def _own(year: Year) -> None:
    s = year.sister
    year.rows["consortium"].append(
        (s.code, s.name, s.park, s.division, "、".join(s.industries), len(s.industries),
         date(2023, 9, 1), year.chance.randint(4, 9))
    )  # fmt: skip


def _members(year: Year) -> None:
    s, numbers = year.sister, iter(range(1, 1000))
    short = s.name.removesuffix("市域产教联合体")

    def admit(side: str, kind: str, name: str, role: str, staff: int) -> None:
        number = next(numbers)
        prefix = {"政": "11", "校": "12", "企": "91", "研": "12"}[side]
        code = make_credit_code(prefix, s.division, f"{int(s.division) % 97:02}{number:06}")
        year.rows["member"].append(
            (code, name, side, kind, role, s.division, s.industries[0], staff,
             date(2023, 9, 1) + timedelta(days=number * 7 % 800), None)
        )  # fmt: skip

    admit("政", "government", f"{short}园区管委会", "lead", 180)
    admit("政", "government", f"{short}教育局", "vice_chair", 90)
    for (kind, word), count in zip(_SCHOOLS, s.schools, strict=True):
        for place in range(count):
            role = "lead" if kind != "secondary" and place == 0 else "director"
            admit("校", kind, f"{short}第{place + 1}{word}", role, year.chance.randint(180, 1500))
    for place in range(s.firms):
        role = "lead" if place == 0 else "member"
        staff = year.chance.randint(60, 4200)
        admit("企", "enterprise", f"{short}{place + 1:02}号企业", role, staff)
    for place in range(s.institutes):
        admit("研", "institute", f"{short}{place + 1}号研究院", "member", 120)


def _council(year: Year) -> None:
    s = year.sister
    seats = 21 + 2 * (s.firms // 12)
    year.rows["body"] += [("b1", "assembly", "成员大会", len(year.rows["member"])),
                          ("b2", "board", "理事会", seats)]  # fmt: skip
    for place, kind in enumerate(_REGULATIONS[: s.regulations]):
        year.rows["regulation"].append(
            (
                f"r{place + 1}",
                kind,
                f"示例制度{place + 1}",
                date(2023, 10, 1) + timedelta(days=40 * place),
                None,
            )
        )
    for number in range(1, s.meetings + 1):
        held = year.period.since + timedelta(days=int(300 * number / (s.meetings + 1)))
        need = -(-seats * 2 // 3)
        present = year.chance.randint(need, seats) if s.quorate else need - 2
        year.rows["meeting"].append(
            (f"m{number}", "b2", f"第{number}次理事会会议", held, number == 2, seats, present,
             min(2, present), s.quorate)
        )  # fmt: skip
        for motion in range(1, 4 if s.quorate else 1):
            done = year.chance.randint(1, 100) <= s.carried_out
            votes = present - year.chance.randint(0, present // 4)
            due = held + timedelta(days=45)
            year.rows["resolution"].append(
                (f"m{number}-{motion}", f"m{number}", f"示例决议{number}-{motion}", True, votes,
                 0, present - votes, due, due - timedelta(days=5) if done else None)
            )  # fmt: skip


def _money(year: Year) -> None:
    s = year.sister
    parts = [(unit, "money") for unit in year.units("企")[:12]]
    parts += [(unit, "equipment") for unit in year.units("企")[2:8]] + [
        (year.units("政")[0], "money")
    ]
    parts += [(unit, "money") for unit in year.units("校")[:3]]
    parts += [(unit, "hours") for unit in year.units("企")[:10]]
    for number, (unit, kind) in enumerate(parts, 1):
        share = year.chance.randint(50, 150) * s.money * WAN // (100 * 22)
        amount = Decimal(year.chance.randint(24, 160)) if kind == "hours" else Decimal(share)
        promised = year.day(0, 90)
        year.rows["commitment"].append(
            (f"c{number:03}", unit, kind, amount, promised, promised + timedelta(days=240))
        )
        part = Decimal(year.chance.choice((50, 75, 100, 100)))
        year.rows["delivery"].append(
            (f"d{number:03}", f"c{number:03}", unit, kind, amount * part / 100, year.day(91, 350))
        )


def _lists(year: Year) -> None:
    s, number = year.sister, 0
    quarter = f"{year.period.since.year}Q4"
    for firm in year.units("企")[: s.listing_firms]:
        for kind in ("post", "post", "technology", "product"):
            number += 1
            published = year.day(10, 300)
            fresh = year.chance.randint(1, 100) <= s.fresh
            last = year.period.until - timedelta(days=20 if fresh else 150)
            matched = kind == "technology" and year.chance.randint(1, 100) <= s.answered
            post = kind == "post"
            year.rows["need"].append(
                (f"N{number:05}", firm, kind, quarter, "matched" if matched else "published",
                 "internship" if post else None, None, s.industries[0],
                 year.chance.randint(4, 40) if post else None,
                 year.chance.randint(10, 120) * WAN if kind == "technology" else None, published,
                 max(published, last), published + timedelta(days=30))
            )  # fmt: skip
            if post:
                for major in sorted(year.chance.sample(_MAJORS[:9], 2)):
                    year.rows["need_major"].append((f"N{number:05}", major))
    _offers(year, quarter)


def _offers(year: Year, quarter: str) -> None:
    s, schools, number = year.sister, year.units("校"), 0
    cohorts = max(1, s.students // 45)
    for place in range(cohorts):
        number += 1
        offer, school = f"C{number:05}", schools[place % len(schools)]
        major = _MAJORS[(place * 5 + place // len(schools)) % len(_MAJORS)]
        published = year.day(5, 60)
        size = s.students // cohorts
        year.rows["offer"].append(
            (offer, school, "cohort", quarter, "published", major, size, None, published, published)
        )
        for seat in range(size):
            person = hashlib.sha256(f"{s.code}/{number}/{seat}".encode()).hexdigest()[:20]
            year.rows["student"].append((person, school, offer, major, year.period.since.year - 2))
    for firm in year.units("企")[:8]:
        number += 1
        published = year.day(5, 200)
        year.rows["offer"].append(
            (f"S{number:05}", firm, "station", quarter, "published", None, year.chance.randint(6, 30),
             year.chance.randint(80, 900) * WAN, published, published)
        )  # fmt: skip


def _matches(year: Year) -> None:
    s = year.sister
    posts = [row for row in year.rows["need"] if row[2] == "post"]
    seats = sum(row[8] for row in posts)
    taken = min(seats * s.filled // 100, len(year.rows["student"]))
    year.rows["round"].append(
        ("R1", "internship", "published", len(year.rows["student"]), seats, year.day(200, 260))
    )
    places = [(row[1], row[0]) for row in posts for _ in range(row[8])]
    year.chance.shuffle(places)
    for place, (person, school, *_) in enumerate(year.rows["student"]):
        firm, need = places[place] if place < taken else (None, None)
        rank = year.chance.choice((1, 1, 1, 2, 2, 3, 4)) if firm else None
        year.rows["match"].append(("R1", person, school, firm, need, rank))


def _tasks(year: Year) -> Iterator[Evidence]:
    """Forty tasks with one piece of evidence each; the first ones prove the values by hand."""
    s, units = year.sister, [row[0] for row in year.rows["member"]]
    proves = [code for code, _, _ in s.typed]
    for number in range(40):
        task = f"{number // 20 + 1}-{number // 5 % 4 + 1}-{number % 5 + 1}"
        unit, done = units[number % len(units)], year.chance.randint(1, 100) <= 84
        year.rows["task"].append(
            (task, unit, f"示例任务{task}", Decimal(2), Decimal(10), Decimal(10 if done else 6),
             year.period.until - timedelta(days=30), "reviewed" if done else "under_way",
             100 if done else 60, None)
        )  # fmt: skip
        code, title = f"{task}-1", f"示例佐证{task}-1"
        flagged = number < s.flagged
        content = f"{s.code} {0 if flagged else number}"
        digest = hashlib.sha256(content.encode()).hexdigest()
        handed = year.day(100, 340)
        year.rows["evidence"].append(
            (code, unit, "roster", title, digest, "accepted", flagged, handed, handed,
             handed + timedelta(days=7))
        )  # fmt: skip
        uses = [("task", task)] + ([("indicator", proves[number])] if number < len(proves) else [])
        year.rows["evidence_use"] += [(code, purpose, target) for purpose, target in uses]
        named = tuple(sorted(f"{purpose}:{target}" for purpose, target in uses))
        yield Evidence(code, title, "roster", digest, len(content), named)


def _table(name: str, rows: list[Row]) -> pa.Table:
    schema = arrow_schema(BY_NAME[name])
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
