"""Stage four: the year of the secretariat, from the founding assembly to the pack that verifies.

`begin_year` books what the year brings on its days; the seasons of the lists and rounds pass over
them, so that the trail stays in order. `end_year` does what is left up to today and closes a period.
"""

from __future__ import annotations

from datetime import date

from chanjiao.demo.cast import Cast
from chanjiao.demo.workbooks import Desk
from chanjiao.demo.year_council import call_next_board, found_council
from chanjiao.demo.year_evidence import ask_for_evidence
from chanjiao.demo.year_plan import begin_plan
from chanjiao.demo.year_promises import note_promises


def begin_year(cast: Cast, desk: Desk) -> None:
    """Books the year of the council, of the plan and of its evidence."""
    year = cast.season.plan_year
    cast.season.book(date(year - 1, 12, 8), lambda: found_council(cast))
    cast.season.book(date(year, 1, 16), lambda: note_promises(cast))
    cast.season.book(date(year - 1, 12, 22), lambda: begin_plan(cast))
    cast.season.book(date(year, 1, 14), lambda: ask_for_evidence(cast))


def end_year(cast: Cast, desk: Desk) -> None:
    """What the days up to today still bring."""
    cast.season.catch_up()
    call_next_board(cast)
