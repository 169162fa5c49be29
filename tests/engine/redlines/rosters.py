"""One roster without any fault, and random ones with many, as plain lists of dicts."""

import copy
from datetime import date, timedelta

import polars as pl

from chanjiao_engine.redlines import TABLES, Facts, evaluate, load

AT = date(2026, 9, 15)
START, UNTIL = date(2026, 3, 1), date(2026, 9, 1)
_TYPES = {"text": pl.String, "integer": pl.Int64, "date": pl.Date, "boolean": pl.Boolean}

CLEAN = {
    "students": [{"student": "李", "born": date(2007, 5, 4), "sex": "女", "major": "460103"}],
    "units": [{
        "unit": "甲厂", "industry": "3411", "entertainment": False, "site": "企业", "registered": True,
        "chemical_park": False, "hourly_minimum": 2200,
    }],
    "posts": [{
        "post": "装配", "unit": "甲厂", "kind": "操作", "majors": "460104", "minor_forbidden": False,
        "female_forbidden": False, "chemical_site": False, "harmful": False, "intensity": 2,
        "daily_minutes": 480, "night": False, "same_post_wage": 500_000, "lowest_wage_grade": 400_000,
    }],
    "placements": [{
        "placement": "p1", "student": "李", "post": "装配", "school": "职院", "kind": "岗位实习",
        "grade": 3, "starts": START, "until": UNTIL, "pay": 400_000, "independent": True,
    }],
    "agreements": [{
        "placement": "p1", "school_on": date(2026, 2, 20), "unit_on": date(2026, 2, 28),
        "student_on": date(2026, 2, 21),
    }],
    "consents": [{
        "placement": "p1", "student_on": date(2026, 2, 10), "guardian_on": date(2026, 2, 28),
    }],
    "insurance": [{"placement": "p1", "since": START, "until": UNTIL, "charged": False}],
    "training": [{
        "placement": "p1", "trained_on": date(2026, 2, 28), "tested_on": START, "passed": True,
    }],
    "declarations": [{
        "placement": "p1", "fees": False, "documents_held": False, "intermediary": False,
        "forced": False, "filed_on": date(2026, 2, 1), "mental_health_on": date(2026, 2, 2),
    }],
    "fees": [],
    "staff": [
        {"unit": "甲厂", "kind": "", "since": date(2026, 1, 1), "staff": 10},
        {"unit": "甲厂", "kind": "操作", "since": date(2026, 1, 1), "staff": 5},
    ],
    "pay": [
        {"placement": "p1", "month": date(2026, month, 1), "due": 400_000, "paid": 400_000,
         "paid_on": date(2026, month + 1, 15), "money": True, "direct": True, "minutes": 9_600}
        for month in range(3, 8)
    ],
    "shifts": [
        {"placement": "p1", "day": date(2026, 3, 2), "from_minute": 480, "until_minute": 1020,
         "worked": 480},
    ],
    "overrides": [],
}  # fmt: skip


def clean():
    return copy.deepcopy(CLEAN)


def facts_of(tables):
    """Tables of dicts as `Facts`."""
    made = {}
    for table in TABLES:
        schema = {c.name: _TYPES[c.type] for c in table.columns}
        rows = [{name: row.get(name) for name in schema} for row in tables.get(table.name, [])]
        made[table.name] = pl.DataFrame(rows, schema=schema)
    return Facts.of(made)


def findings(tables, *, at=AT, province="全国", on=date(2026, 1, 1), settings=None):
    """What the engine finds, in the form of `plain.judge`."""
    result = evaluate(facts_of(tables), load(province, on=on, settings=settings), at=at)
    found = []
    for row in result.violations.iter_rows(named=True):
        code = result.rules.rules[row["rule"]].code
        if row["outcome"] == 2:
            found.append((code, 2, row["row"]))
        else:
            found.append((code, row["outcome"], row["row"], row["day"], row["seen"], row["limit"]))
    return sorted(found, key=repr)


def codes(tables, **more):
    """(code, outcome) of everything found."""
    return [(found[0], found[1]) for found in findings(tables, **more)]


def _maybe(random, *values):
    return random.choice([None, *values, *values, *values])


def _near(random, day, spread=2):
    return _maybe(random, day + timedelta(days=random.randint(-spread, spread)))


def random_roster(random, size=8):
    """A roster full of edges: nulls, equal days, floors hit and missed by one 分."""
    flag = (False, True)
    students = [{
        "student": f"s{i}", "sex": _maybe(random, "男", "女"),
        "born": _maybe(random, date(2008, 2, 29), date(2010, 3, 1), date(2010, 3, 2), date(2008, 3, 1)),
        "major": _maybe(random, "460103", "660103", "710201", "080901", "4601"),
    } for i in range(size)]  # fmt: skip
    units = [{
        "unit": f"u{i}", "industry": _maybe(random, "3411", "9013", "90", "R9011", "62", "F"),
        "entertainment": _maybe(random, *flag), "site": _maybe(random, "企业", "校中厂"),
        "registered": _maybe(random, *flag), "chemical_park": _maybe(random, *flag),
        "hourly_minimum": _maybe(random, 2200, 2300),
    } for i in range(2)]  # fmt: skip
    posts = [{
        "post": f"j{i}", "unit": f"u{i % 2}", "kind": _maybe(random, "操作", "检验"),
        "majors": _maybe(random, "460104", "460104、710201", "080901", "x"),
        **{name: _maybe(random, *flag) for name in
           ("minor_forbidden", "female_forbidden", "chemical_site", "harmful", "night")},
        "intensity": _maybe(random, 2, 3), "daily_minutes": _maybe(random, 480, 481),
        "same_post_wage": _maybe(random, 500_000, 500_001),
        "lowest_wage_grade": _maybe(random, 400_000, 400_001),
    } for i in range(4)]  # fmt: skip
    placements = [_random_placement(random, i) for i in range(size)]
    return {
        "students": students, "units": units, "posts": posts, "placements": placements,
        **_random_papers(random, placements), **_random_course(random, placements),
        "staff": _random_staff(random),
    }  # fmt: skip


def _random_placement(random, i):
    starts = _maybe(
        random, START, START + timedelta(days=random.randint(-3, 40)), date(2028, 2, 29)
    )
    length = random.choice([1, 2, 31, 60, 184])
    until = _maybe(random, starts + timedelta(days=length)) if starts else None
    return {
        "placement": f"p{i}", "student": f"s{i}", "post": f"j{random.randint(0, 3)}", "school": "职院",
        "kind": _maybe(random, "岗位实习", "岗位实习", "认识实习"), "grade": _maybe(random, 1, 2),
        "starts": starts, "until": until, "pay": _maybe(random, 0, 399_999, 400_000, 400_001),
        "independent": _maybe(random, True, True, False),
    }  # fmt: skip


def _random_papers(random, placements):
    made = {
        name: []
        for name in ("agreements", "consents", "training", "declarations", "insurance", "fees")
    }
    for row in placements:
        name, day = {"placement": row["placement"]}, row["starts"] or START
        if random.random() < 0.9:
            made["agreements"].append(name | {
                key: _near(random, day) for key in ("school_on", "unit_on", "student_on")})  # fmt: skip
            made["consents"].append(
                name | {key: _near(random, day) for key in ("student_on", "guardian_on")}
            )
            made["training"].append(name | {
                "trained_on": _near(random, day), "tested_on": _near(random, day),
                "passed": _maybe(random, True, True, False)})  # fmt: skip
            made["declarations"].append(name | {
                **{key: _maybe(random, True, False, False) for key in
                   ("fees", "documents_held", "intermediary", "forced")},
                "filed_on": _near(random, day), "mental_health_on": _near(random, day)})  # fmt: skip
        keys = set()
        for _ in range(random.randint(0, 3)):
            since = day + timedelta(days=random.choice([-2, 0, 1, 30, 31, 59]))
            until = since + timedelta(days=random.choice([1, 30, 31, 200]))
            if (since, until) not in keys:
                keys.add((since, until))
                made["insurance"].append(
                    name | {"since": since, "until": until, "charged": _maybe(random, False, True)}
                )
        for item in random.sample(["押金", "管理费"], random.choice([0, 0, 1, 2])):
            made["fees"].append(name | {"item": item, "on": day, "amount": _maybe(random, 0, 100)})
    return made


def _random_course(random, placements):
    pay, shifts, overrides = [], [], []
    for row in placements:
        name, day = {"placement": row["placement"]}, row["starts"] or START
        for month in random.sample(range(2, 8), random.randint(0, 3)):
            pay.append(name | {
                "month": date(2026, month, random.choice([1, 15])),
                "due": _maybe(random, 400_000), "paid": _maybe(random, 399_999, 400_000, 400_001),
                "paid_on": _maybe(random, date(2026, month + 1, 28), date(2026, month + 2, 1)),
                "money": _maybe(random, True, False), "direct": _maybe(random, True, False),
                "minutes": _maybe(random, 10_909, 10_910, 10_435)})  # fmt: skip
        for begins in random.sample([359, 360, 480, 780, 1319], random.randint(0, 3)):
            shifts.append(name | {
                "day": day + timedelta(days=random.randint(0, 1)), "from_minute": begins,
                "until_minute": random.choice([1320, 1321, 1800]),
                "worked": _maybe(random, 120, 240, 480)})  # fmt: skip
        for rule in random.sample(["cap_unit", "wage", "hours", "venue", "hours_worked"], 2):
            overrides.append(name | {
                "rule": rule, "by": random.choice(["学校", "主管部门"]),
                "proof": random.choice(["备案回执", " "])})  # fmt: skip
    return {"pay": pay, "shifts": shifts, "overrides": overrides}


def _random_staff(random):
    rows = []
    for unit in ("u0", "u1"):
        for kind in ("", "操作", "检验"):
            for since in random.sample(
                [date(2024, 6, 1), START, START + timedelta(days=1), date(2026, 3, 15)],
                random.randint(0, 3),
            ):
                rows.append({"unit": unit, "kind": kind, "since": since,
                             "staff": random.choice([0, 5, 9, 10, 19, 20, 30])})  # fmt: skip
    return rows
