"""Visits: the seed before the list, drawn once, replayed from a file, by whom."""

import json
from datetime import timedelta

import pytest

from chanjiao.cli import main
from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.trail.models import Entry as TrailRow
from chanjiao.training import visit_actions as actions
from chanjiao.training.draw_files import as_file, differences
from chanjiao.training.enums import VISIT_MOVES, VisitState
from chanjiao.training.models import Draw, Placement, Visit
from tests.people.world import AT, TODAY, stranger
from tests.training.entry_world import make_world

pytestmark = pytest.mark.django_db
DUE = TODAY + timedelta(days=7)
FOUND = actions.Found(TODAY, "王老师", True, "在车间操作")


def fixed(world, size=2, host=None, by=None, unit=None):
    wish = actions.Wish("十一月走访", size, DUE, host)
    return actions.fix_draw(
        unit or world.school, world.base.consortium, wish, seed="ab" * 16,
        by=by or world.teacher, at=AT,
    )  # fmt: skip


def drawn(world, size=2):
    return actions.draw_visits(fixed(world, size), by=world.teacher, at=AT)


def test_the_seed_is_in_the_trail_before_the_list():
    world = make_world(students=4)
    row = drawn(world)
    first, second = TrailRow.objects.filter(action__startswith="visit.").order_by("sequence")
    assert (first.action, first.data["seed"]) == ("visit.fix_draw", row.seed)
    assert (second.action, second.data["candidates"], second.data["sha256"]) == (
        "visit.draw", 4, row.digest,
    )  # fmt: skip
    numbers = [visit.placement.number for visit in row.visits.order_by("rank")]
    assert second.data["drawn"] == numbers


def test_drawn_once_and_only_from_who_is_on_post():
    world = make_world(students=4)
    Placement.objects.filter(pk=world.placements[0].pk).update(state="planned")
    Placement.objects.filter(pk=world.placements[1].pk).update(starts_on=TODAY + timedelta(days=1))
    row = drawn(world, size=9)
    assert row.candidates == sorted(p.number for p in world.placements[2:])
    with pytest.raises(Refused, match="已经抽取过"):
        actions.draw_visits(row, by=world.teacher, at=AT)
    assert Visit.objects.count() == 2


@pytest.mark.parametrize("who", ["recruiter", "other_teacher", "secretary", "stranger", "nobody"])
def test_only_the_school_draws_and_visits(who):
    world = make_world()
    actor = {
        "recruiter": world.recruiter, "other_teacher": world.other_teacher,
        "secretary": world.base.secretary, "stranger": stranger(), "nobody": None,
    }[who]  # fmt: skip
    row = drawn(world)
    visit = row.visits.get(rank=1)
    assert (
        not actions.draws_visible_to(actor).exists()
        and not actions.visits_visible_to(actor).exists()
    )
    for act in (
        lambda: (
            fixed(world, by=actor)
            if actor
            else actions.require(actions.may_draw(actor, world.school))
        ),
        lambda: actions.record_visit(visit, FOUND, revision=1, by=actor, at=AT),
        lambda: actions.miss_visit(visit, "停产", revision=1, by=actor, at=AT),
    ):
        with pytest.raises(Refused):
            act()
    if who == "recruiter":
        with pytest.raises(Refused, match="只有学校"):
            fixed(world, by=actor, unit=world.base.firms[0])


@pytest.mark.parametrize("state", VisitState)
@pytest.mark.parametrize("target", [VisitState.DONE, VisitState.MISSED])
def test_every_move_of_a_visit(state, target):
    world = make_world()
    visit = drawn(world).visits.get(rank=1)
    Visit.objects.filter(pk=visit.pk).update(
        state=state, visited_on=TODAY, present=True, finding="在岗"
    )
    act = {
        VisitState.DONE: lambda: actions.record_visit(visit, FOUND, revision=1, by=world.teacher, at=AT),
        VisitState.MISSED: lambda: actions.miss_visit(visit, "停产", revision=1, by=world.teacher, at=AT),
    }[target]  # fmt: skip
    if target in VISIT_MOVES[state]:
        assert act().state == target
    else:
        with pytest.raises(Refused):
            act()


def test_what_cannot_be_is_refused():
    world = make_world()
    row = drawn(world)
    visit = row.visits.get(rank=1)
    tomorrow = actions.Found(TODAY + timedelta(days=1), "王老师", True, "在岗")
    nothing = actions.Found(TODAY, "王老师", True, " ")
    for act, field in (
        (lambda: fixed(world, size=0), "size"),
        (lambda: actions.record_visit(visit, tomorrow, revision=1, by=world.teacher, at=AT), "visited_on"),
        (lambda: actions.record_visit(visit, nothing, revision=1, by=world.teacher, at=AT), "finding"),
        (lambda: actions.miss_visit(visit, "", revision=1, by=world.teacher, at=AT), "finding"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as told:
            act()
        assert set(told.value.problems) == {field}
    with pytest.raises(Conflict):
        actions.record_visit(visit, FOUND, revision=7, by=world.teacher, at=AT)


# The file ----------------------------------------------------------------------------------------
def file_of(row: Draw, **changes):
    content = {
        "seed": row.seed, "size": row.size, "candidates": row.candidates, "digest": row.digest,
        "drawn": [visit.placement.number for visit in row.visits.order_by("rank")],
    }  # fmt: skip
    return as_file(content | changes)


def test_the_file_draws_again_and_tells_what_was_changed(tmp_path, capsys):
    row = drawn(make_world(students=4))
    place = tmp_path / "draw.json"
    place.write_bytes(file_of(row))
    assert main(["training", "replay-draw", str(place)]) == 0
    assert "重抽结果相同" in capsys.readouterr().out
    others = [name for name in row.candidates if name not in json.loads(file_of(row))["drawn"]]
    for changes, said in (
        ({"drawn": others}, "重抽得到"),
        ({"seed": "cd" * 16}, "重抽得到"),
        ({"candidates": row.candidates[:-1]}, "摘要不符"),
    ):
        place.write_bytes(file_of(row, **changes))
        assert main(["training", "replay-draw", str(place)]) == 1
        assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "不是走访抽取文件"), (b"[]", "不是走访抽取文件"), (b"{}", "不是走访抽取文件"),
        (b'{"seed": 1, "size": 1, "candidates": [], "drawn": [], "format": "", "rule": "", "digest": ""}',
         "不是走访抽取文件"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_says_so(tmp_path, capsys, data, said):
    place = tmp_path / "x.json"
    place.write_bytes(data)
    assert main(["training", "replay-draw", str(place)]) == 2
    assert said in capsys.readouterr().err
    assert main(["training", "replay-draw", str(tmp_path / "nowhere")]) == 2
    assert "读不到文件" in capsys.readouterr().err


def test_another_rule_or_a_double_is_refused():
    row = drawn(make_world())
    with pytest.raises(ValueError, match="只认"):
        differences(file_of(row).replace(b"sha256-v1", b"sha256-v2"))
    with pytest.raises(ValueError, match="重复"):
        differences(file_of(row, candidates=row.candidates * 2))
