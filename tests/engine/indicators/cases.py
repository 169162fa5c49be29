"""Formulas of every shape, each beside the same figure in plain Python, written apart from it.

A reference gets the facts as lists of dicts by table, and the period's two days.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from chanjiao_engine.indicators import Category, Indicator, IndicatorSet, Shape, checked

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    sql: str
    reference: Callable[[Rows, date, date], Any]
    shape: Shape = Shape.NUMBER


def label(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "未填" if value is None else str(value)


def grouped(pairs) -> dict[str, Any]:
    found: dict[str, Any] = defaultdict(int)
    for key, amount in pairs:
        found[label(key)] += amount
    return dict(found)


def not_in_employers(f: Rows, s: date, u: date) -> int:
    hired = {r["employer"] for r in f["match"]}
    if not f["match"]:
        return len(f["member"])
    if None in hired:
        return 0
    return sum(m["unit"] not in hired for m in f["member"])


def months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(last, day.day))
        except ValueError:
            continue
    raise AssertionError


def busy_needs(f: Rows, s: date, u: date) -> int:
    per_unit = Counter(n["unit"] for n in f["need"])
    return sum(times for times in per_unit.values() if times > 1)


def span_of_meetings(f: Rows, s: date, u: date) -> int | None:
    days = [m["held_on"] for m in f["meeting"]]
    return (max(days) - min(days)).days if days else None


def left_short(f: Rows, s: date, u: date) -> int:
    """Commitments of which less than promised was delivered."""
    given: dict[str, Decimal] = defaultdict(Decimal)
    for d in f["delivery"]:
        given[d["commitment"]] += d["quantity"]
    return sum(given[c["commitment"]] < c["promised"] for c in f["commitment"])


def top_budget(f: Rows, s: date, u: date) -> int:
    budgets = [n["budget"] for n in f["need"] if n["budget"] is not None]
    return sum(b == max(budgets) for b in budgets)


def set_of_two(f: Rows, s: date, u: date) -> int:
    return len({n["unit"] for n in f["need"]} | {o["unit"] for o in f["offer"]})


def only_needs(f: Rows, s: date, u: date) -> int:
    return len({n["unit"] for n in f["need"]} - {o["unit"] for o in f["offer"]})


def kind_of_member(row: dict[str, Any]) -> str:
    return {"企": "企业", "校": "学校"}.get(row["side"], "其他")


def pairs_of_needs(f: Rows, s: date, u: date) -> int:
    many = {unit for unit, times in Counter(n["unit"] for n in f["need"]).items() if times > 1}
    return sum(m["unit"] in many for m in f["member"]) + len(many)


def sides_of_deliveries(f: Rows, s: date, u: date):
    sides = {(m["unit"], m["side"]) for m in f["member"]}
    return grouped(
        (side, d["quantity"]) for d in f["delivery"] for unit, side in sides if unit == d["unit"]
    )


CASES: dict[str, Case] = {
    "count": Case(
        "SELECT count(*) FROM member WHERE joined_on < :until AND (left_on IS NULL OR left_on >= :until)",
        lambda f, s, u: sum(
            m["joined_on"] < u and (m["left_on"] is None or m["left_on"] >= u) for m in f["member"]
        ),
    ),
    "sum-of-some": Case(
        "SELECT sum(staff) FROM member WHERE NOT (side = '企')",
        lambda f, s, u: sum(m["staff"] or 0 for m in f["member"] if m["side"] != "企"),
    ),
    "count-a-column": Case(
        "SELECT count(staff) + count(DISTINCT side) FROM member",
        lambda f, s, u: sum(m["staff"] is not None for m in f["member"])
        + len({m["side"] for m in f["member"]}),
    ),
    "distinct-filter": Case(
        "SELECT count(DISTINCT unit) FILTER (WHERE kind = 'post') FROM need",
        lambda f, s, u: len({n["unit"] for n in f["need"] if n["kind"] == "post"}),
    ),
    "in": Case(
        "SELECT sum(headcount) FROM need WHERE unit IN (SELECT unit FROM member WHERE side = '企')",
        lambda f, s, u: sum(
            n["headcount"] or 0 for n in f["need"]
            if n["unit"] in {m["unit"] for m in f["member"] if m["side"] == "企"}
        ),
    ),
    "not-in-with-nulls": Case(
        "SELECT count(*) FROM member WHERE unit NOT IN (SELECT employer FROM match)", not_in_employers
    ),
    "in-union": Case(
        "SELECT count(*) FROM member WHERE unit IN (SELECT unit FROM need UNION SELECT unit FROM offer)",
        lambda f, s, u: sum(
            m["unit"] in {r["unit"] for r in f["need"] + f["offer"]} for m in f["member"]
        ),
    ),
    "in-grouped": Case(
        "SELECT count(*) + (SELECT count(*) FROM (SELECT unit, count(*) AS n FROM need GROUP BY unit) x "
        "WHERE n > 1) FROM member "
        "WHERE unit IN (SELECT unit FROM need GROUP BY unit HAVING count(*) > 1)",
        pairs_of_needs,
    ),
    "exists": Case(
        "SELECT count(*) FROM member m WHERE EXISTS (SELECT * FROM need n WHERE n.unit = m.unit)",
        lambda f, s, u: sum(
            any(n["unit"] == m["unit"] for n in f["need"]) for m in f["member"]
        ),
    ),
    "not-exists-by-day": Case(
        "SELECT count(*) FROM member m WHERE NOT EXISTS (SELECT 1 FROM need n "
        "WHERE n.unit = m.unit AND n.published_on >= m.joined_on)",
        lambda f, s, u: sum(
            not any(
                n["unit"] == m["unit"] and n["published_on"] is not None
                and n["published_on"] >= m["joined_on"] for n in f["need"]
            )
            for m in f["member"]
        ),
    ),
    "derived-having": Case(
        "SELECT sum(n) FROM (SELECT unit, count(*) AS n FROM need GROUP BY unit HAVING count(*) > 1) x",
        busy_needs,
    ),
    "two-queries": Case(
        "SELECT (SELECT count(*) FROM need) - (SELECT count(*) FROM offer) * 2",
        lambda f, s, u: len(f["need"]) - 2 * len(f["offer"]),
    ),
    "times-a-query": Case(
        "SELECT count(*) * (SELECT count(*) FROM offer) + 1 FROM need",
        lambda f, s, u: len(f["need"]) * len(f["offer"]) + 1,
    ),
    "correlated-scalar": Case(
        "SELECT count(*) FROM commitment c WHERE (SELECT sum(quantity) FROM delivery d "
        "WHERE d.commitment = c.commitment) < c.promised",
        left_short,
    ),
    "correlated-count": Case(
        "SELECT count(*) FROM commitment c WHERE (SELECT count(*) FROM delivery d "
        "WHERE d.commitment = c.commitment) = 0",
        lambda f, s, u: sum(
            all(d["commitment"] != c["commitment"] for d in f["delivery"]) for c in f["commitment"]
        ),
    ),
    "left-join": Case(
        "SELECT count(*) FROM commitment c LEFT JOIN delivery d ON d.commitment = c.commitment "
        "AND d.delivered_on < :until WHERE d.delivery IS NULL",
        lambda f, s, u: sum(
            all(d["commitment"] != c["commitment"] or d["delivered_on"] >= u for d in f["delivery"])
            for c in f["commitment"]
        ),
    ),
    "using": Case(
        "SELECT sum(d.quantity - c.promised) FROM delivery d JOIN commitment c USING (commitment)",
        lambda f, s, u: sum(
            Fraction(d["quantity"]) - Fraction(c["promised"])
            for d in f["delivery"] for c in f["commitment"] if d["commitment"] == c["commitment"]
        ),
    ),
    "weighted": Case(
        "SELECT sum(weight * progress) FROM task",
        lambda f, s, u: sum(Fraction(t["weight"]) * t["progress"] for t in f["task"]),
    ),
    "product-of-decimals": Case(
        "SELECT sum(weight * weight * 0.5) FROM task",
        lambda f, s, u: sum(Fraction(t["weight"]) ** 2 / 2 for t in f["task"]),
    ),
    "days-and-months": Case(
        "SELECT count(*) FROM need WHERE published_on + INTERVAL 1 MONTH > confirmed_on "
        "AND date_diff('day', published_on, :until) > 30 AND confirmed_on - 3 < :until",
        lambda f, s, u: sum(
            n["published_on"] is not None and n["confirmed_on"] is not None
            and months_later(n["published_on"], 1) > n["confirmed_on"]
            and (u - n["published_on"]).days > 30 and (n["confirmed_on"] - u).days < 3
            for n in f["need"]
        ),
    ),
    "span-of-days": Case("SELECT max(held_on) - min(held_on) FROM meeting", span_of_meetings),
    "union": Case(
        "SELECT count(*) FROM (SELECT unit FROM need UNION SELECT unit FROM offer) x", set_of_two
    ),
    "union-all": Case(
        "SELECT count(*) FROM (SELECT unit FROM need UNION ALL SELECT unit FROM offer) x",
        lambda f, s, u: len(f["need"]) + len(f["offer"]),
    ),
    "except": Case(
        "SELECT count(*) FROM (SELECT unit FROM need EXCEPT SELECT unit FROM offer) x", only_needs
    ),
    "cte-twice": Case(
        "WITH n AS (SELECT unit, count(*) AS times FROM need GROUP BY unit) "
        "SELECT sum(a.times * b.times) FROM n a JOIN n b ON a.unit = b.unit",
        lambda f, s, u: sum(
            times**2 for times in Counter(n["unit"] for n in f["need"]).values()
        ),
    ),
    "join-one-row": Case(
        "SELECT count(*) FROM need n JOIN (SELECT max(budget) AS top FROM need) x ON x.top = n.budget",
        top_budget,
    ),
    "join-a-count": Case(
        "SELECT count(*) FROM need n JOIN (SELECT count(*) AS offers FROM offer) x "
        "ON x.offers = n.headcount",
        lambda f, s, u: sum(n["headcount"] == len(f["offer"]) for n in f["need"]),
    ),
    "distinct-pairs": Case(
        "SELECT count(*) FROM (SELECT DISTINCT unit, kind FROM need) x",
        lambda f, s, u: len({(n["unit"], n["kind"]) for n in f["need"]}),
    ),
    "texts": Case(
        "SELECT count(*) FROM need WHERE substr(industry, 1, 2) = 'C3' OR industry LIKE '%5_' "
        "OR starts_with(occupation, '2-0') OR length(industry) = 1",
        lambda f, s, u: sum(
            (n["industry"] or "")[:2] == "C3" or (n["industry"] or "")[-2:-1] == "5"
            or (n["occupation"] or "").startswith("2-0") or len(n["industry"] or "") == 1
            for n in f["need"]
        ),
    ),
    "coalesce": Case(
        "SELECT sum(abs(coalesce(headcount, 2) - coalesce(nullif(headcount, 3), 1))) FROM need",
        lambda f, s, u: sum(
            abs((2 if n["headcount"] is None else n["headcount"])
                - (1 if n["headcount"] in (None, 3) else n["headcount"]))
            for n in f["need"]
        ),
    ),
    "three-values": Case(
        "SELECT count(*) FROM need WHERE NOT (budget > 100 AND post_kind = 'a') "
        "AND (budget BETWEEN 0 AND 500) IS NOT TRUE OR budget IS DISTINCT FROM 7 AND 1 = 2",
        lambda f, s, u: sum(
            not (n["budget"] is not None and 0 <= n["budget"] <= 500)
            and ((n["budget"] is not None and n["budget"] <= 100)
                 or (n["post_kind"] is not None and n["post_kind"] != "a"))
            for n in f["need"]
        ),
    ),
    "nobody": Case(
        "SELECT CASE WHEN count(*) = 0 THEN 1 ELSE 0 END FROM offer WHERE kind = 'team'",
        lambda f, s, u: int(not any(o["kind"] == "team" for o in f["offer"])), Shape.FLAG,
    ),
    "whether": Case(
        "SELECT count(*) > 1 AND EXISTS (SELECT 1 FROM meeting WHERE quorate) FROM need",
        lambda f, s, u: int(len(f["need"]) > 1 and any(m["quorate"] for m in f["meeting"])),
        Shape.FLAG,
    ),
    "groups": Case(
        "SELECT CASE side WHEN '企' THEN '企业' WHEN '校' THEN '学校' ELSE '其他' END AS party, count(*) "
        "FROM member GROUP BY party",
        lambda f, s, u: grouped((kind_of_member(m), 1) for m in f["member"]), Shape.GROUPS,
    ),
    "groups-with-null": Case(
        "SELECT post_kind, sum(headcount) FROM need GROUP BY 1",
        lambda f, s, u: grouped((n["post_kind"], n["headcount"] or 0) for n in f["need"]),
        Shape.GROUPS,
    ),
    "groups-of-truth": Case(
        "SELECT quorate, count(*) FROM meeting GROUP BY quorate HAVING count(*) >= 1",
        lambda f, s, u: grouped((m["quorate"], 1) for m in f["meeting"]), Shape.GROUPS,
    ),
    "groups-by-quarter": Case(
        "SELECT year(held_on) * 10 + quarter(held_on) AS q, sum(present) FROM meeting GROUP BY q",
        lambda f, s, u: grouped(
            (m["held_on"].year * 10 + (m["held_on"].month + 2) // 3, m["present"])
            for m in f["meeting"]
        ), Shape.GROUPS,
    ),
    "groups-joined": Case(
        "SELECT p.side, sum(d.quantity) FROM delivery d JOIN (SELECT DISTINCT unit, side FROM member) p "
        "ON p.unit = d.unit GROUP BY p.side",
        sides_of_deliveries, Shape.GROUPS,
    ),
}  # fmt: skip


def case_set() -> IndicatorSet:
    """One indicator for each case, by its name."""
    rows = tuple(
        Indicator(
            code=name, category=Category.BASIC, second="s", name=name, shape=case.shape,
            numerator=case.sql, places=2,
        )
        for name, case in CASES.items()
    )  # fmt: skip
    return checked(
        IndicatorSet(
            code="cases", version="1", title="t", label="l", document="", schema_version="1",
            indicators=rows,
        )
    )  # fmt: skip
