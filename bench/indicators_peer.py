"""The peer: the computed figures of the demonstration set for one pack, in pandas.

Written from the observations of the set, not from its formulas. Tuned: only needed columns are
read, on one thread (faster for files of this size), words and codes as categories, days as days,
long lists met by merge and not by isin. `plain` reads with pd.read_parquet, as one would first
write it. Numbers come as text: [numerator], [numerator, denominator] or [[label, number] …].
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

LEVELS = {
    "secondary": "中职", "higher_vocational": "高职专科", "vocational_bachelor": "职教本科",
}  # fmt: skip
OPEN = ["published", "matched"]
# Columns with few different texts.
WORDS = frozenset({"employer", "kind", "major", "role", "round", "side", "state", "unit"})


def figures(folder: Path, since: date, until: date, *, plain: bool = False) -> dict[str, Any]:
    """Every figure of one pack, by its code."""
    return (_Plain if plain else _Pack)(folder, since, until).all()


class _Pack:
    def __init__(self, folder: Path, since: date, until: date) -> None:
        self.folder = folder
        self.since, self.until = pd.Timestamp(since), pd.Timestamp(until)

    def read(self, table: str, *columns: str, days: tuple[str, ...] = ()) -> pd.DataFrame:
        words = [name for name in columns if name in WORDS]
        with pq.ParquetFile(self.folder / f"{table}.parquet", read_dictionary=words) as file:
            rows = file.read([*columns, *days], use_threads=False)
        return rows.to_pandas(use_threads=False, date_as_object=False)

    def during(self, days: pd.Series) -> pd.Series:
        return (days >= self.since) & (days < self.until)

    def all(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._organisation(found)
        self._lists(found)
        self._matches(found)
        self._evidence(found)
        return {
            code: [str(one) for one in v] if not _is_groups(v) else v for code, v in found.items()
        }

    def _organisation(self, found: dict[str, Any]) -> None:
        member = self.read("member", "unit", "side", "kind", "role", days=("joined_on", "left_on"))
        self.sides = member[["unit", "side"]].drop_duplicates()
        now = member[
            (member.joined_on < self.until)
            & (member.left_on.isna() | (member.left_on >= self.until))
        ]
        self.firms = now[now.side == "企"]
        schools = now[now.side == "校"]
        levels = schools.kind.map(LEVELS).fillna("普通本科")
        found["2"] = [int(self.read("consortium", "industry_count").industry_count.sum())]
        found["3"] = [self.firms.unit.nunique()]
        found["4"] = _groups(schools.unit.groupby(levels).nunique())
        rules = self.read("regulation", "kind", days=("adopted_on", "ended_on"))
        rules = rules[
            (rules.adopted_on < self.until)
            & (rules.ended_on.isna() | (rules.ended_on >= self.until))
        ]
        board = (self.read("body", "kind").kind == "board").any()
        whole = board and (rules.kind == "charter").any() and (now.role == "lead").any()
        found["6"] = [int(whole)]
        found["10"] = [rules.kind.nunique()]
        self._meetings(found)
        self._deliveries(found)

    def _meetings(self, found: dict[str, Any]) -> None:
        meeting = self.read("meeting", "meeting", "quorate", days=("held_on",))
        self.meetings = meeting[meeting.quorate & self.during(meeting.held_on)]
        decided = self.read("resolution", "meeting", "passed", days=("due_on", "carried_out_on"))
        due = decided[
            decided.passed
            & decided.meeting.isin(self.meetings.meeting)
            & (decided.due_on < self.until)
        ]
        found["7"] = [int((due.carried_out_on < self.until).sum()), len(due)]

    def _deliveries(self, found: dict[str, Any]) -> None:
        delivery = self.read("delivery", "unit", "kind", "quantity", days=("delivered_on",))
        delivery = delivery[self.during(delivery.delivered_on)].merge(self.sides, on="unit")
        money = delivery[delivery.kind.isin(["money", "equipment"])]
        sums = money.quantity.groupby(money.side).sum()
        found["12"] = _groups(sums.map(lambda fen: fen / 1_000_000))
        hours = delivery[(delivery.kind == "hours") & (delivery.side == "企")]
        found["36"] = [_plain(sum(hours.quantity, Decimal(0)))]

    def _lists(self, found: dict[str, Any]) -> None:
        need = self.read(
            "need", "need", "unit", "kind", "state", days=("published_on", "confirmed_on")
        )
        offer = self.read("offer", "kind", "major", "state", "value", days=("published_on",))
        wanted = self.read("need_major", "need", "major")
        listed = need.loc[need.published_on < self.until, ["need"]]
        wanted_majors = wanted.merge(listed, on="need").major.unique()
        cohorts = offer[(offer.kind == "cohort") & (offer.published_on < self.until)]
        majors = cohorts.major.dropna()
        found["5"] = [majors[majors.isin(wanted_majors)].nunique(), majors.nunique()]
        shown = need[need.state.isin(OPEN) & (need.published_on < self.until)]
        fresh = (self.until - shown.confirmed_on).dt.days <= 90
        found["13"] = [int(fresh.sum()), len(shown)]
        this_year = need[self.during(need.published_on)]
        firms = self.firms.unit
        found["15"] = [this_year.unit[this_year.unit.isin(firms)].nunique(), firms.nunique()]
        technology = this_year[this_year.kind == "technology"]
        found["27"] = [int((technology.state == "matched").sum()), len(technology)]
        stations = offer[
            (offer.kind == "station") & offer.state.isin(OPEN) & (offer.published_on < self.until)
        ]
        found["39"] = [_plain(Decimal(int(stations["value"].sum())) / 1_000_000)]

    def _matches(self, found: dict[str, Any]) -> None:
        rounds = self.read("round", "round", "kind", "seats", days=("published_on",))
        self.rounds = rounds[self.during(rounds.published_on)]
        match = self.read("match", "round", "employer")
        hired = match.merge(self.rounds, on="round")
        hired = hired[hired.employer.notna()]
        found["23"] = [len(hired), int(self.rounds.seats.sum())]
        found["40"] = [int((hired.kind == "internship").sum())]

    def _evidence(self, found: dict[str, Any]) -> None:
        evidence = self.read("evidence", "flagged", days=("submitted_on",))
        doubles = evidence.flagged & self.during(evidence.submitted_on)
        found["41"] = [int(doubles.sum())]
        found["42"] = [len(self.meetings) + len(self.rounds)]


class _Plain(_Pack):
    def read(self, table: str, *columns: str, days: tuple[str, ...] = ()) -> pd.DataFrame:
        frame = pd.read_parquet(self.folder / f"{table}.parquet", columns=[*columns, *days])
        for day in days:
            frame[day] = pd.to_datetime(frame[day])
        return frame


def _is_groups(value: list[Any]) -> bool:
    return bool(value) and isinstance(value[0], list)


def _groups(series: pd.Series) -> list[list[str]]:
    pairs = ((str(k), _plain(Decimal(v))) for k, v in series.items())
    return sorted([label, number] for label, number in pairs)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
