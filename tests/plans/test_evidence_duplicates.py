"""The same file handed in twice: which pairs are suspected, and what a judgement does."""

import io

import pytest
from PIL import Image

from chanjiao.files.photos import ALIKE_BITS, apart, fingerprint
from chanjiao.kernel.verdict import Refused
from chanjiao.plans import evidence_actions as actions
from chanjiao.plans import evidence_check_actions as checks
from chanjiao.plans.duplicates import SAME_FILE, TITLES, Piece, same_file, suspicions
from chanjiao.plans.enums import EvidenceKind, EvidenceState, FlagState
from chanjiao.plans.evidence_files import remove_file
from chanjiao.plans.evidence_kinds import RULES
from chanjiao.plans.models import EvidenceFlag
from tests.people.world import AT
from tests.plans.evidence_world import (
    accepted,
    asked,
    filled,
    make_plan,
    make_task,
    make_world,
    pdf,
    picture,
    submitted,
)

K = EvidenceKind


def piece(pk=1, kind="photo", unit=1, task=1, year=2026):
    return Piece(pk, f"2-1-{task}-{pk}", "材料", kind, unit, f"单位{unit}", task, year)


@pytest.mark.parametrize(
    ("kind", "change", "rule"),
    [
        # one photo, invoice or contract proves one task only
        (K.PHOTO, {"task": 2}, "two_tasks"),
        (K.INVOICE, {"task": 2}, "two_tasks"),
        (K.CONTRACT, {"task": 2}, "two_tasks"),
        (K.SURVEY, {"task": 2}, "two_tasks"),
        # a list, a red-header document, minutes, an agreement may serve many
        (K.ROSTER, {"task": 2}, ""),
        (K.RED_HEADER, {"task": 2}, ""),
        (K.MINUTES, {"task": 2}, ""),
        (K.AGREEMENT, {"task": 2}, ""),
        # but nothing counts twice under one task
        (K.RED_HEADER, {}, "two_items"),
        (K.PHOTO, {}, "two_items"),
        # two units: only what both of them rightly have
        (K.RED_HEADER, {"unit": 2, "task": 2}, ""),
        (K.AGREEMENT, {"unit": 2, "task": 2}, ""),
        (K.ROSTER, {"unit": 2, "task": 2}, "two_units"),
        (K.INVOICE, {"unit": 2, "task": 2}, "two_units"),
        # another year: only what goes on being valid
        (K.RED_HEADER, {"year": 2025, "task": 2}, ""),
        (K.CONTRACT, {"year": 2025, "task": 2}, "two_tasks"),
        (K.MINUTES, {"year": 2025, "task": 2}, "other_year"),
        (K.PHOTO, {"year": 2025, "task": 2}, "other_year"),
        # one file cannot be two kinds of evidence
        (K.INVOICE, {"kind": "contract", "task": 2}, "two_kinds"),
        (K.RED_HEADER, {"kind": "agreement", "task": 2}, "two_kinds"),
    ],
)  # fmt: skip
def test_the_rules_on_one_file(kind, change, rule):
    new, old = piece(kind=kind), piece(**{"pk": 2, "kind": kind, **change})
    found = same_file(new, old, "d" * 64)
    assert (found.rule if found else "") == rule
    if found:
        assert old.code in found.reason


def test_every_pair_of_kinds_is_judged_the_same_both_ways():
    """Whoever comes second, the pair is suspected or not."""
    for first in RULES:
        for second in RULES:
            for change in ({}, {"unit": 2}, {"task": 2}, {"year": 2025, "task": 2}):
                one, two = piece(kind=first), piece(**{"pk": 2, "kind": second, **change})
                assert bool(same_file(one, two, "x")) == bool(same_file(two, one, "x"))


def test_one_suspicion_for_each_other_piece():
    new, old = piece(), piece(pk=2, task=2)
    found = list(suspicions(new, [(old, "a"), (old, "b"), (new, "c")], [(old, "a")]))
    assert [(one.other, one.digest) for one in found] == [(2, "a")]
    assert set(TITLES) == {*SAME_FILE, "alike"}


# Pictures ------------------------------------------------------------------------------------
def test_a_picture_saved_anew_is_alike_another_is_not():
    first = picture(7)
    smaller = Image.open(io.BytesIO(first)).resize((160, 120))
    again = io.BytesIO()
    smaller.save(again, "JPEG", quality=60)
    assert apart(fingerprint(first), fingerprint(again.getvalue())) <= ALIKE_BITS
    others = [fingerprint(picture(seed)) for seed in range(20, 60)]
    assert min(apart(fingerprint(first), other) for other in others) > ALIKE_BITS


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0broken", pdf()])
def test_what_is_no_picture_has_no_fingerprint(data):
    assert fingerprint(data) == ""


def test_a_blank_page_has_no_fingerprint():
    target = io.BytesIO()
    Image.new("RGB", (600, 800), "white").save(target, "PNG")
    assert fingerprint(target.getvalue()) == ""


# Handed in -----------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


def test_a_photo_for_two_tasks_is_flagged_and_may_not_be_accepted():
    world, photo = make_world(), picture()
    first = submitted(world, asked(world), photo)
    second = submitted(world, asked(world, world.tasks[1]), photo)
    flag = EvidenceFlag.objects.get()
    assert (flag.evidence, flag.other, flag.rule) == (second, first, "two_tasks")
    assert second.flag == FlagState.OPEN and first.flag == ""
    with pytest.raises(Refused, match="先判定"):
        checks.accept_evidence(second, by=world.office, at=AT)
    checks.clear_flag(flag, "同一天两项任务的活动", by=world.office, at=AT)
    second.refresh_from_db()
    assert second.flag == FlagState.CLEARED
    assert checks.accept_evidence(second, by=world.office, at=AT).state == EvidenceState.ACCEPTED


def test_a_confirmed_one_goes_back_and_counts_until_replaced():
    world, photo = make_world(), picture()
    submitted(world, asked(world), photo)
    second = accepted(world, asked(world, world.tasks[1]), picture())
    extra = filled(world, asked(world, world.tasks[1]), photo)
    extra = actions.submit_evidence(extra, by=world.teacher, at=AT)
    flag = extra.flags.get()
    checks.confirm_flag(flag, "照片与任务不符", by=world.office, at=AT)
    extra.refresh_from_db()
    assert (extra.state, extra.flag) == (EvidenceState.RETURNED, FlagState.CONFIRMED)
    assert "确认重复提交" in extra.returned_reasons["files"]
    remove_file(extra.files.get(), by=world.teacher, at=AT)
    extra.refresh_from_db()
    extra = submitted(world, extra, picture())
    assert extra.flag == ""
    assert second.state == EvidenceState.ACCEPTED


def test_a_cleared_suspicion_does_not_come_back_but_another_file_does():
    world, photo, other = make_world(), picture(), picture()
    submitted(world, asked(world), photo, other)
    second = submitted(world, asked(world, world.tasks[1]), photo)
    checks.clear_flag(second.flags.get(), "可以共用", by=world.office, at=AT)
    second.refresh_from_db()
    second = actions.take_back(second, by=world.teacher, at=AT)
    second = actions.submit_evidence(second, by=world.teacher, at=AT)
    assert second.flag == FlagState.CLEARED
    second = actions.take_back(second, by=world.teacher, at=AT)
    remove_file(second.files.get(), by=world.teacher, at=AT)
    second.refresh_from_db()
    second = submitted(world, second, other)
    assert second.flag == FlagState.OPEN


def test_two_units_with_one_file():
    world, invoice = make_world(), pdf("发票")
    submitted(world, asked(world, kind="invoice"), invoice, name="票.pdf")
    theirs = submitted(world, asked(world, world.tasks[2], "invoice"), invoice, name="票.pdf")
    assert theirs.flags.get().rule == "two_units"


def test_last_years_photo():
    world, photo = make_world(), picture()
    old_plan = make_plan(world.consortium, 2025)
    old = asked(world, make_task(old_plan, "2-1-1", world.school))
    submitted(world, old, photo)
    assert submitted(world, asked(world), photo).flags.get().rule == "other_year"


def test_a_photo_nearly_the_same():
    world, photo = make_world(), picture(11)
    image, again = Image.open(io.BytesIO(photo)), io.BytesIO()
    image.save(again, "JPEG", quality=40)
    submitted(world, asked(world), photo)
    second = submitted(world, asked(world, world.tasks[2]), again.getvalue())
    assert second.flags.get().rule == "alike"


def test_another_consortium_or_what_is_let_go_does_not_matter():
    world, far, photo = make_world(), make_world(), picture()
    submitted(far, asked(far), photo)
    gone = submitted(world, asked(world), photo)
    actions.drop_evidence(gone, "不需要了", by=world.office, at=AT)
    assert submitted(world, asked(world, world.tasks[1]), photo).flag == ""


def test_who_may_judge():
    world, photo = make_world(), picture()
    submitted(world, asked(world), photo)
    flag = submitted(world, asked(world, world.tasks[1]), photo).flags.get()
    for actor in (world.teacher, world.outsider, world.far_office):
        with pytest.raises(Refused):
            checks.clear_flag(flag, "理由", by=actor, at=AT)
    with pytest.raises(Refused):
        checks.clear_flag(flag, " ", by=world.office, at=AT)
