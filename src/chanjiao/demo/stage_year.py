"""Stage four: three years of the secretariat, two of them closed with a pack that verifies.

`begin_year` books what the years bring on their days; the seasons of the lists and rounds pass over
them, so that the trail stays in order. `end_year` does what is left up to today.
"""

from __future__ import annotations

from datetime import date
from functools import partial

from chanjiao.demo.cast import Cast
from chanjiao.demo.workbooks import Desk
from chanjiao.demo.year_close import begin_periods, compute_current
from chanjiao.demo.year_council import call_next_board, found_council
from chanjiao.demo.year_evidence import ask_for_evidence
from chanjiao.demo.year_plan import begin_plan
from chanjiao.demo.year_promises import note_first_promises, note_promises


def begin_year(cast: Cast, desk: Desk) -> None:
    """Books the years of the council, of the plans and of their evidence, and the close."""
    season = cast.season
    season.book(date(season.first_year - 1, 12, 8), partial(found_council, cast))
    season.book(date(season.first_year, 1, 15), partial(note_first_promises, cast))
    season.book(date(season.closed_year, 1, 16), partial(note_promises, cast))
    for year in season.years:
        season.book(date(year - 1, 12, 22), partial(begin_plan, cast, year))
        season.book(date(year, 1, 14), partial(ask_for_evidence, cast, year))
    begin_periods(cast)


def end_year(cast: Cast, desk: Desk) -> None:
    """What the days up to today still bring; a meeting is called, the figures are computed."""
    cast.season.catch_up()
    call_next_board(cast)
    compute_current(cast)
