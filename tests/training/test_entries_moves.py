"""Every move of a record × every person; what each move leaves behind."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import transaction

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.notices.models import Notice
from chanjiao.trail.models import Entry as TrailRow
from chanjiao.training import entry_actions as actions
from chanjiao.training import marking_actions as marking
from chanjiao.training import review_actions as mentor
from chanjiao.training.enums import ENTRY_MOVES, EntryKind, EntryState, PlacementState
from chanjiao.training.models import Entry, Placement
from tests.people.world import AT, TODAY, stranger
from tests.training.entry_world import (
    in_state,
    journal,
    make_placement,
    make_world,
    photo,
    values,
    written,
)

pytestmark = pytest.mark.django_db
S = EntryState
PEOPLE = (
    "pupil", "other_pupil", "teacher", "other_teacher", "recruiter", "secretary", "stranger", "nobody"
)  # fmt: skip
LINKS = ("master", "other_master")

# way: (target, whose, kind of record, act)
WAYS = {
    "submit": (S.SUBMITTED, "pupil", "work", lambda e, by: actions.submit_entry(e, revision=e.revision, by=by, at=AT)),
    "take_back": (S.DRAFT, "pupil", "work", lambda e, by: actions.take_back_entry(e, revision=e.revision, by=by, at=AT)),
    "confirm": (S.CONFIRMED, "master", "work", lambda e, by: _confirm(e, by)),
    "correct": (S.CORRECTED, "master", "work", lambda e, by: mentor.correct_entry(e, 60, "只做了一小时", revision=e.revision, by=by, at=AT)),
    "reject": (S.REJECTED, "master", "work", lambda e, by: mentor.reject_entry(e, "没有做过", revision=e.revision, by=by, at=AT)),
    "mark": (S.CONFIRMED, "teacher", "journal", lambda e, by: marking.mark_entry(e, 85, "不错", revision=e.revision, by=by, at=AT)),
    "return": (S.REJECTED, "teacher", "journal", lambda e, by: marking.return_entry(e, "太短", revision=e.revision, by=by, at=AT)),
}  # fmt: skip


def _confirm(entry, link):
    outcome = mentor.confirm_entries([mentor.Seen(entry.pk, entry.revision)], by=link, at=AT)
    if outcome.refused:
        raise Refused(outcome.refused[0][1])


def person(world, who):
    return {
        "pupil": world.pupil(0), "other_pupil": world.pupil(1), "teacher": world.teacher,
        "other_teacher": world.other_teacher, "recruiter": world.recruiter,
        "secretary": world.base.secretary, "stranger": stranger(), "nobody": None,
        "master": world.link(0), "other_master": world.link(1),
    }[who]  # fmt: skip


def allowed(way, state, who):
    target, whose, _, _ = WAYS[way]
    again = way == "mark" and state == S.CONFIRMED  # a mark may be mended
    return who == whose and (target in ENTRY_MOVES[state] or again)


@pytest.mark.parametrize("way", WAYS)
def test_every_state_and_every_person(way):
    world = make_world()
    target, whose, kind, act = WAYS[way]
    entry = written(world, values=journal(world) if kind == "journal" else None)
    wrong = []
    for state, who in product(S, LINKS if whose == "master" else PEOPLE):
        actor = person(world, who)
        in_state(entry, state)
        before = TrailRow.objects.count()
        try:
            with transaction.atomic():
                act(entry, actor)
                done = TrailRow.objects.count() == before + 1
                entry.refresh_from_db()
                assert entry.state == target
                raise _UndoneError
        except _UndoneError:
            pass
        except Refused:
            done = False
        entry.refresh_from_db()
        assert entry.state == state
        if done != allowed(way, state, who):
            wrong.append((state, who, done))
    assert not wrong


class _UndoneError(Exception):
    pass


def test_every_move_has_its_way():
    reached = {(s, WAYS[w][0]) for w, s in product(WAYS, S) if allowed(w, s, WAYS[w][1])}
    moves = {(s, t) for s, targets in ENTRY_MOVES.items() for t in targets}
    assert moves <= reached and reached - moves == {(S.CONFIRMED, S.CONFIRMED)}


@pytest.mark.parametrize("state", PlacementState)
def test_a_student_writes_on_post_and_thirty_days_after(state):
    world = make_world()
    Placement.objects.filter(pk=world.placements[0].pk).update(
        state=state, stopped_on=TODAY, stopped_reason="企业停产"
    )
    told = values(world)
    if state in {PlacementState.PLANNED, PlacementState.CANCELLED}:
        with pytest.raises(Refused, match="上岗后"):
            written(world, values=told)
    else:
        assert written(world, values=told).state == S.SUBMITTED
    if state == PlacementState.STOPPED:
        with pytest.raises(Refused, match="超过 30 天"):
            actions.write_entry(
                world.placements[0], told, by=world.pupil(), at=AT + timedelta(days=31)
            )


def test_what_cannot_be_is_refused_with_where_and_how():
    world = make_world()
    cases = {
        "day": [{"day": TODAY + timedelta(days=1)}, {"day": TODAY - timedelta(days=400)}],
        "minutes": [{"minutes": 1441}, {"minutes": 0}],
        "items": [{"items": (world.items[2].pk,)}, {"items": (987_654,)}, {"items": ()}],
        "text": [{"text": "  "}, {"text": "长" * 5001}],
    }
    for name, several in cases.items():
        for changes in several:
            with pytest.raises(Invalid) as told:
                written(world, **changes)
            assert set(told.value.problems) == {name}, (name, changes)
    assert not Entry.objects.exists()


def test_a_day_has_twenty_four_hours_over_all_its_records():
    world = make_world()
    written(world, minutes=1000)
    with pytest.raises(Invalid, match=r"已记 16\.67 小时"):
        written(world, minutes=500)
    assert written(world, minutes=440).minutes == 440


def test_a_draft_may_be_unfinished_and_only_one_never_seen_may_be_thrown_away():
    world = make_world()
    draft = written(world, submit=False, text="", minutes=0, items=())
    with pytest.raises(Invalid) as told:
        actions.submit_entry(draft, revision=1, by=world.pupil(), at=AT)
    assert set(told.value.problems) == {"text", "minutes", "items"}
    actions.delete_entry(draft, by=world.pupil(), at=AT)
    assert not Entry.objects.exists()
    seen = written(world)
    back = actions.take_back_entry(seen, revision=1, by=world.pupil(), at=AT)
    with pytest.raises(Refused, match="从未提交过"):
        actions.delete_entry(back, by=world.pupil(), at=AT)


def test_there_is_one_summary():
    world = make_world()
    told = values(world, kind=EntryKind.SUMMARY, minutes=0, items=())
    first = written(world, values=told)
    with pytest.raises(Invalid, match="只写一份"):
        written(world, values=told)
    done = actions.change_entry(first, told, revision=1, by=world.pupil(), at=AT)
    assert done.entry.state == S.SUBMITTED


def test_what_is_confirmed_is_what_the_mentor_saw(django_capture_on_commit_callbacks):
    world = make_world()
    rows = [written(world, day=TODAY - timedelta(days=n)) for n in (1, 2, 3)]
    seen = [mentor.Seen(row.pk, row.revision) for row in rows]
    told = values(world, day=rows[1].day, minutes=600)
    actions.change_entry(rows[1], told, revision=1, by=world.pupil(), at=AT)
    stranger_row = written(world, 1)
    seen.append(mentor.Seen(stranger_row.pk, 1))
    outcome = mentor.confirm_entries(seen, by=world.link(), at=AT)
    assert {row.pk for row in outcome.done} == {rows[0].pk, rows[2].pk}
    reasons = {row.pk: reason for row, reason in outcome.refused}
    assert "刚刚有改动" in reasons[rows[1].pk] and "不由您确认" in reasons[stranger_row.pk]
    rows[0].refresh_from_db()
    assert (rows[0].confirmed_minutes, rows[0].decided_by, rows[0].decided_link) == (
        480, world.masters[0], world.link(),
    )  # fmt: skip
    again = mentor.confirm_entries(seen[:1], by=world.link(), at=AT)
    assert not again.done and "已确认" in again.refused[0][1]
    assert TrailRow.objects.filter(action="entry.confirm").count() == 2
    assert TrailRow.objects.filter(action="entry.confirm").first().actor_name == "师傅1（专用链接）"
    rows[1].refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        mentor.correct_entry(
            rows[1], 300, "午休不计", revision=rows[1].revision, by=world.link(), at=AT
        )
    assert "午休不计" in Notice.objects.get(user=world.pupil().user).text


def test_a_rejected_record_goes_round_again():
    world = make_world()
    row = written(world)
    with pytest.raises(Invalid, match="退回的原因"):
        mentor.reject_entry(row, " ", revision=1, by=world.link(), at=AT)
    row = mentor.reject_entry(row, "日期不对", revision=1, by=world.link(), at=AT)
    told = values(world, day=TODAY)
    done = actions.change_entry(
        row, told, revision=row.revision, by=world.pupil(), at=AT, submit=True
    )
    assert (done.entry.state, done.entry.remark, done.entry.decided_by) == (S.SUBMITTED, "", None)


def test_a_dead_link_decides_nothing():
    world = make_world()
    row, old = written(world), world.link()
    mentor.give_link(world.masters[0], by=world.teacher, at=AT)
    old.refresh_from_db()
    for link, at in ((old, AT), (world.link(), AT + mentor.LASTS)):
        outcome = mentor.confirm_entries([mentor.Seen(row.pk, 1)], by=link, at=at)
        assert not outcome.done and outcome.refused
    mentor.end_link(world.masters[0], by=world.recruiter, at=AT)
    with pytest.raises(Refused, match="没有有效的链接"):
        mentor.end_link(world.masters[0], by=world.recruiter, at=AT)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_hand_out_a_link(who):
    world = make_world()
    actor = person(world, who)
    if who in {"teacher", "recruiter"}:
        assert mentor.give_link(world.masters[0], by=actor, at=AT).holder == "师傅1"
    else:
        with pytest.raises(Refused):
            mentor.give_link(world.masters[0], by=actor, at=AT)
    with pytest.raises(Refused, match="请登录"):
        mentor.give_link(world.tutor, by=world.teacher, at=AT)


def test_stale_forms_are_refused():
    world = make_world()
    row, page = written(world), written(world, values=journal(world))
    told = values(world, minutes=60)
    row = actions.change_entry(row, told, revision=1, by=world.pupil(), at=AT).entry
    for act in (
        lambda: actions.change_entry(row, told, revision=1, by=world.pupil(), at=AT),
        lambda: actions.take_back_entry(row, revision=1, by=world.pupil(), at=AT),
        lambda: mentor.reject_entry(row, "错", revision=1, by=world.link(), at=AT),
        lambda: marking.comment_entry(row, "好", revision=1, by=world.teacher, at=AT),
        lambda: marking.mark_entry(page, 90, "", revision=0, by=world.teacher, at=AT),
    ):
        with pytest.raises(Conflict):
            act()


# Sending again -----------------------------------------------------------------------------------
def test_sent_again_it_is_the_same_record():
    world, upload = make_world(), photo()
    placement, key = world.placements[0], "phone-1-abc"

    def send(told=None, *files):
        for one in files:
            one.content.seek(0)
        return actions.write_entry(
            placement, told or values(world), uploads=files, device_key=key, submit=True,
            by=world.pupil(), at=AT,
        )  # fmt: skip

    first = send(None, upload).entry
    again = send(None, upload).entry
    assert first.pk == again.pk and again.revision == 1
    assert (Entry.objects.count(), first.files.count()) == (1, 1)
    assert TrailRow.objects.filter(action__startswith="entry.").count() == 1
    more = send(values(world, minutes=300), upload, photo("二.jpg")).entry
    assert (more.pk, more.minutes, more.files.count()) == (first.pk, 300, 2)
    with pytest.raises(Conflict, match="之后又有改动"):
        send(values(world, minutes=200))
    mentor.confirm_entries([mentor.Seen(more.pk, more.revision)], by=world.link(), at=AT)
    assert send(values(world, minutes=300), upload).entry.state == S.CONFIRMED
    make_placement(world, 0)
    other = actions.write_entry(
        world.placements[1], values(world), device_key=key, by=world.pupil(1), at=AT
    )
    assert other.entry.pk != first.pk


def test_a_file_that_cannot_be_kept_leaves_a_draft_with_the_others():
    world = make_world()
    good, bad = photo(), photo("程序.jpg", b"MZ" + b"\0" * 100)
    big = photo("大图.jpg")
    big = type(big)(big.content, big.name, 9 << 20)
    done = actions.write_entry(
        world.placements[0], values(world), uploads=[good, bad, big], submit=True,
        by=world.pupil(), at=AT,
    )  # fmt: skip
    assert done.entry.state == S.DRAFT and done.entry.files.count() == 1
    assert "程序.jpg：这是程序文件" in done.problems[0] and "超过 8 MB" in done.problems[1]
    ten = [photo(f"{n}.jpg") for n in range(9)]
    more = actions.change_entry(
        done.entry, values(world), uploads=ten, revision=1, by=world.pupil(), at=AT, submit=True
    )
    assert more.entry.files.count() == 9 and "最多 9 个" in more.problems[0]
    one = more.entry.files.first()
    actions.remove_entry_file(one, by=world.pupil(), at=AT)
    assert more.entry.files.count() == 8
    with pytest.raises(Refused):
        actions.remove_entry_file(more.entry.files.first(), by=world.pupil(1), at=AT)


def test_the_place_of_a_photo_is_not_kept():
    from PIL import Image

    world = make_world()
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x8825] = {1: "N", 2: (38.0, 54.0, 0.0)}
    from tests.plans.evidence_world import picture

    data = picture(exif=exif)
    assert Image.open(photo(content=data).content).getexif().get_ifd(0x8825)
    done = actions.write_entry(
        world.placements[0], values(world), uploads=[photo(content=data)], by=world.pupil(), at=AT
    )
    with done.entry.files.get().file.file.open("rb") as kept:
        assert not Image.open(kept).getexif().get_ifd(0x8825)
