"""A year's life: each move for each role, lock with a pack that verifies, correction, two at once."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from chanjiao.indicators import actions, freezing, rules, typed
from chanjiao.indicators.bridge import facts_of
from chanjiao.indicators.checklist import Point, close_of, doubts_of
from chanjiao.indicators.computing import computed, refresh_figures, standing_of
from chanjiao.indicators.enums import PERIOD_MOVES, PeriodState
from chanjiao.indicators.models import Confirmation, Pack, Period, Snapshot
from chanjiao.indicators.pack_report import report_of
from chanjiao.indicators.packing import installation_key, pack_facts, without_persons
from chanjiao.indicators.queries import published_snapshot, snapshot_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.plans.enums import FlagState
from chanjiao.plans.models import Evidence
from chanjiao.trail.models import Entry
from chanjiao_engine.indicators.packs import verify_bytes
from tests.indicators.world import AFTER, AT, Year, make_year
from tests.people.world import stranger

pytestmark = pytest.mark.django_db
S = PeriodState


@pytest.fixture(autouse=True)
def verified_here(request, monkeypatch):
    """A process for each pack costs seconds; one test takes the long way."""
    if "stranger" not in request.node.name:
        monkeypatch.setattr(
            freezing, "verified", lambda data, pin: report_of(verify_bytes(data, pins=[pin]))
        )


def confirmed(year: Year) -> Period:
    """Everything that blocks the lock is settled."""
    period = year.reload()
    refresh_figures(period, at=AFTER)
    for code, outcome in standing_of(period).outcomes.items():
        one = standing_of(period).found.indicator(code)
        if one.source.value == "confirmed" and outcome.value is not None:
            typed.confirm_value(period, code, outcome.value, by=year.office, at=AFTER)
    return year.reload()


def locked(year: Year) -> Snapshot:
    period = confirmed(year)
    snapshot = freezing.lock_period(period, "仍缺年报", by=year.office, at=AFTER)
    year.reload()
    return snapshot


# Which action leads where; locking has tests of its own.
WAYS = {
    "report": (S.REPORTING, {S.OPEN}, lambda p, by: actions.start_reporting(p, by=by, at=AT)),
    "back": (
        None, {S.REPORTING, S.LOCKED},
        lambda p, by: actions.hand_back_period(p, "补正", by=by, at=AT),
    ),
    "correct": (
        S.REPORTING, {S.PUBLISHED}, lambda p, by: actions.correct_period(p, "更正", by=by, at=AT)
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("name", list(WAYS))
def test_each_move_for_each_role(name: str, state: S):
    year = make_year(state)
    target, sources, act = WAYS[name]
    for role in (year.recruiter, stranger(), year.office):
        period, before = year.reload(), Entry.objects.count()
        if role is year.office and state in sources:
            moved = act(period, role)
            assert moved.state in PERIOD_MOVES[state]
            assert target is None or moved.state == target
            assert moved.revision == period.revision + 1
            assert Entry.objects.count() == before + 1
        else:
            with pytest.raises(Refused):
                act(period, role)
            assert Entry.objects.count() == before
            assert year.reload().state == state


def test_handing_back_wants_a_reason():
    year = make_year(S.REPORTING)
    with pytest.raises(Invalid):
        actions.hand_back_period(year.period, "  ", by=year.office, at=AT)
    assert year.reload().state == S.REPORTING


def test_no_lock_before_the_year_is_over_nor_with_open_points():
    year = make_year(S.REPORTING)
    assert not rules.may_lock(year.office, year.period, on=AT.date())
    with pytest.raises(Refused, match=r"还没有计算|尚未确认"):
        freezing.ask_lock(year.period, "", by=year.office, at=AFTER)
    period = confirmed(year)
    close = close_of(period, on=AFTER.date())
    assert not close.blocking and {point.key for point in close.others} == {"awaited", "returns"}
    with pytest.raises(Invalid):
        freezing.lock_period(period, "", by=year.office, at=AFTER)
    assert not Snapshot.objects.exists()


def test_lock_makes_a_pack_that_a_stranger_verifies_and_publishing_shows_the_chosen(tmp_path: Path):
    year = make_year(S.REPORTING)
    snapshot = locked(year)
    assert year.period.state == S.LOCKED
    pack = snapshot.pack
    file = tmp_path / "year.cjpack"
    with pack.file.file.open("rb") as kept:
        file.write_bytes(kept.read())
    done = subprocess.run(
        [sys.executable, "-m", "chanjiao.cli", "pack", "verify", str(file), "--fingerprint",
         pack.fingerprint, "--json"],
        capture_output=True, text=True, check=False,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])["report"]
    assert report["holds"] and report["pinned"]
    values = {row["code"]: row["value"] for row in report["contents"]["outcomes"]}
    assert values["3"] == "2" and values["12"] == "5"
    published = actions.publish_period(
        year.period, ["3", "12"], public_pack=True, by=year.office, at=AFTER
    )
    assert published.state == S.PUBLISHED and published.public_codes == ["3", "12"]
    with pytest.raises(Refused):
        freezing.lock_period(published, "x", by=year.office, at=AFTER)


def test_a_correction_leaves_the_published_edition_until_the_next():
    year = make_year(S.REPORTING)
    first = locked(year)
    actions.publish_period(year.reload(), ["3"], public_pack=False, by=year.office, at=AFTER)
    actions.correct_period(year.reload(), "漏报一家", by=year.office, at=AFTER)
    assert year.reload().edition == 2 and published_snapshot(year.period) == first
    second = locked(year)
    assert second.edition == 2 and published_snapshot(year.period) == first
    actions.publish_period(year.reload(), ["3"], public_pack=False, by=year.office, at=AFTER)
    assert published_snapshot(year.period) == second


def test_handing_back_a_lock_voids_it():
    year = make_year(S.REPORTING)
    first = locked(year)
    actions.hand_back_period(year.reload(), "数据有误", by=year.office, at=AFTER)
    assert snapshot_of(year.reload()) is None
    second = locked(year)
    assert second.pk != first.pk and second.edition == first.edition
    assert Snapshot.objects.filter(voided_at__isnull=True).count() == 1


def test_whoever_locks_second_finds_it_locked():
    """Both worked the pack out from the same reading; one of them writes."""
    year = make_year(S.REPORTING)
    stale = confirmed(year)
    freezing.lock_period(year.reload(), "仍缺年报", by=year.office, at=AFTER)
    with pytest.raises((Refused, Conflict)):
        freezing.lock_period(stale, "仍缺年报", by=year.second, at=AFTER)
    assert Pack.objects.count() == 1 and Snapshot.objects.count() == 1


def test_a_value_approved_while_the_pack_was_made_stops_the_lock(monkeypatch):
    year = make_year(S.REPORTING)
    period = confirmed(year)
    worked_out = freezing._worked_out

    def meanwhile(*args):
        made = worked_out(*args)
        row = typed.enter_value(
            year.period, "11", Decimal(3), "文件", ["1-1-1-1"], by=year.office, at=AFTER
        )
        typed.approve_value(row, by=year.second, at=AFTER)
        return made

    monkeypatch.setattr(freezing, "_worked_out", meanwhile)
    with pytest.raises(Conflict):
        freezing.lock_period(period, "仍缺年报", by=year.office, at=AFTER)
    assert not Pack.objects.exists() and year.reload().state == S.REPORTING


def test_the_key_is_its_owners_only_and_stays(settings, tmp_path):
    settings.HOME = tmp_path
    first = installation_key()
    place = next(tmp_path.glob("pack_key.json"))
    assert place.stat().st_mode & 0o777 == 0o600
    assert installation_key().fingerprint == first.fingerprint
    assert [p.name for p in tmp_path.iterdir()] == ["pack_key.json"]


def test_persons_of_two_packs_cannot_be_joined():
    year = make_year(S.REPORTING)
    first = pack_facts(locked(year).pack.file)["student"]["person"].to_pylist()
    public = pack_facts(snapshot_of(year.period).pack.public_file)["student"]["person"].to_pylist()
    actions.publish_period(year.reload(), [], public_pack=True, by=year.office, at=AFTER)
    actions.correct_period(year.reload(), "更正", by=year.office, at=AFTER)
    second = pack_facts(locked(year).pack.file)["student"]["person"].to_pylist()
    assert len(first) == len(public) == len(second) == 3
    assert len({*first, *public, *second}) == 9


def test_the_public_edition_counts_the_same():
    year = make_year(S.REPORTING, students=4)
    facts = facts_of(year.period)
    assert computed(year.period, without_persons(facts), ()) == computed(year.period, facts, ())


def test_a_confirmation_does_not_outlive_its_value():
    year = make_year(S.REPORTING)
    period = confirmed(year)
    Confirmation.objects.filter(period=period, code="12").update(value=1)
    points = {point.key for point in close_of(period, on=AFTER.date()).blocking}
    assert "confirm" in points


# Doubled evidence -----------------------------------------------------------------------------
def flagged(year: Year, state: str) -> Period:
    Evidence.objects.filter(plan__consortium=year.world.consortium, code="1-1-1-1").update(
        flag=state
    )
    period = year.reload()
    refresh_figures(period, at=AFTER)
    return period


def test_a_suspicion_strikes_no_veto_but_is_told_and_stops_the_lock():
    year = make_year(S.REPORTING)
    confirmed(year)
    period = flagged(year, FlagState.OPEN)
    standing = standing_of(period)
    assert standing.outcomes["41"].value == 0 and not standing.outcomes["41"].struck
    assert doubts_of(period, standing) == {"41": 1}
    with pytest.raises(Refused, match=r"疑似重复.*“佐证”中逐份判定）：1-1-1-1（1）"):
        freezing.lock_period(period, "仍缺年报", by=year.office, at=AFTER)


@pytest.mark.parametrize(("state", "value"), [(FlagState.CONFIRMED, 1), (FlagState.CLEARED, 0)])
def test_what_was_decided_strikes_or_not_and_nothing_is_doubtful(state: str, value: int):
    year = make_year(S.REPORTING)
    confirmed(year)
    period = flagged(year, state)
    standing = standing_of(period)
    assert standing.outcomes["41"].value == value
    assert bool(standing.outcomes["41"].struck) is bool(value)
    assert doubts_of(period, standing) == {}
    assert "flags" not in {point.key for point in close_of(period, on=AFTER.date()).points}


def test_of_many_suspicions_the_first_are_named():
    point = Point("flags", "疑似重复", 7, "doubles", True, ("1-1-1-1", "1-1-2-1"))
    assert point.said == "疑似重复：1-1-1-1、1-1-2-1 等"
