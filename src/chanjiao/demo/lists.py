"""Catalogue rows as the values of each list's workbook."""

from __future__ import annotations

from datetime import date
from typing import Any

from chanjiao.demo.catalogue import Row, of_unit
from chanjiao.demo.season import Season, plus_months
from chanjiao.kernel.money import to_fen
from chanjiao.needs.kinds import COHORTS, POSTS, PRODUCTS, STATIONS, TEAMS, TECHNOLOGY, ListingKind

Values = dict[str, Any]
FILES = {
    POSTS.slug: "posts",
    TECHNOLOGY.slug: "technologies",
    PRODUCTS.slug: "products",
    COHORTS.slug: "cohorts",
    TEAMS.slug: "teams",
    STATIONS.slug: "stations",
}
_LONGER = {"apprentice": 12, "order": 24}
_INTERNSHIP_MONTHS = 6


def rows_of(kind: ListingKind, unit: str) -> list[Row]:
    """The unit's catalogue rows of one list."""
    return of_unit(FILES[kind.slug], unit)


def values_of(kind: ListingKind, row: Row, season: Season, quarter: str) -> Values:
    """What the unit writes into its workbook for one catalogue row."""
    return {"quarter": quarter, "title": row["title"], **_MAKERS[kind.slug](row, season)}


def _post(row: Row, season: Season) -> Values:
    return {
        "kind": row["kind"],
        "occupation_code": row["occupation"],
        "major_codes": tuple(row["majors"].split()),
        "headcount": int(row["headcount"]),
        "minimum": int(row["minimum"]),
        "division_code": row["division"],
        "place": row["place"],
        "shift": row["shift"],
        "wage_fen": to_fen(row["pay"]),
        "lowest_wage_fen": to_fen(row["lowest"]),
        "peer_wage_fen": to_fen(row["peer"]),
        "same_post_staff": int(row["same_post_staff"]),
        "hazards": tuple(row["hazards"].split()),
        "starts_on": season.starts_on,
        "ends_on": season.ends_on(int(row["months"])),
        "note": row["note"],
    }


def _technology(row: Row, season: Season) -> Values:
    return {
        "industry_code": row["industry"],
        "problem": row["problem"],
        "acceptance": row["acceptance"],
        "budget_fen": to_fen(row["budget"], "万元"),
        "wanted_by": plus_months(season.today, int(row["months"])),
        "confidentiality": row["confidentiality"],
    }


def _product(row: Row, season: Season) -> Values:
    return {
        "industry_code": row["industry"],
        "chain_link": row["link"],
        "model": row["model"],
        "yearly_output": row["output"],
        "yearly_sales_fen": to_fen(row["sales"], "万元"),
        "key_technology": row["key"],
    }


def _cohort(row: Row, season: Season) -> Values:
    entered = season.school_year - int(row["entered"])
    start, end = season.starts_on, season.ends_on(_INTERNSHIP_MONTHS)
    if row["kind"] in _LONGER:
        end = season.ends_on(_LONGER[row["kind"]])
    if row["entered"] == "0":  # first-years may go in their first summer, not before
        start, end = date(entered + 1, 7, 1), date(entered + 1, 9, 1)
    return {
        "title": f"{entered} 级{row['title']}",
        "major_code": row["major"],
        "entry_year": entered,
        "years": int(row["years"]),
        "size": int(row["size"]),
        "kind": row["kind"],
        "available_from": start,
        "available_to": end,
    }


def _team(row: Row, season: Season) -> Values:
    return {
        "field": row["field"],
        "leader": row["leader"],
        "size": int(row["size"]),
        "service": row["service"],
    }


def _station(row: Row, season: Season) -> Values:
    return {
        "workshop": row["workshop"],
        "equipment": row["equipment"],
        "quantity": int(row["quantity"]),
        "occupation_codes": tuple(row["occupations"].split()),
        "value_fen": to_fen(row["value"], "万元"),
    }


_MAKERS = {
    POSTS.slug: _post,
    TECHNOLOGY.slug: _technology,
    PRODUCTS.slug: _product,
    COHORTS.slug: _cohort,
    TEAMS.slug: _team,
    STATIONS.slug: _station,
}
