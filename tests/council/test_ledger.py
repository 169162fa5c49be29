"""Promised against delivered: what counts, exact sums, who may, and the two sheets."""

from datetime import date
from decimal import Decimal

import pytest

from chanjiao.council import commitment_actions as acts
from chanjiao.council import ledger
from chanjiao.council.commitment_actions import CommitmentFacts
from chanjiao.council.enums import DELIVERY_MOVES, DeliveryState, Presence
from chanjiao.council.models import Commitment, Delivery
from chanjiao.council.sheets import ATTENDANCE, BINDINGS, COMMITMENTS
from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.sheets.binding import Committed
from chanjiao.sheets.checking import check_file
from chanjiao.sheets.writing import export
from tests.council.world import ON_THE_DAY, attended, make_world, opened, paper
from tests.people.world import AT

pytestmark = pytest.mark.django_db
ROLL, LEDGER = BINDINGS
FACTS = CommitmentFacts("money", "捐赠", Decimal(300_000_00), date(2026, 1, 1), date(2026, 10, 1))


@pytest.fixture
def world():
    return make_world()


def promise(world, facts=FACTS, unit=0) -> Commitment:
    return acts.add_commitment(world.consortium, world.units[unit], facts, **world.by)


def deliver(world, row, quantity=10_000_000, **more) -> Delivery:
    values = {"quantity": Decimal(quantity), "delivered_on": date(2026, 9, 1)} | more
    return acts.record_delivery(row, by=world.people[0], at=AT, **values)


def seen(world) -> Commitment:
    return ledger.commitments_visible_to(world.secretary).get()


def test_only_what_is_confirmed_counts(world):
    row = promise(world)
    made = deliver(world, row, file=paper(name="到款.pdf"))
    assert (seen(world).delivered, seen(world).waiting) == (0, 10_000_000)
    acts.confirm_delivery(made, **world.by)
    assert (seen(world).delivered, seen(world).waiting) == (10_000_000, 0)
    acts.return_delivery(made, reason="重复", **world.by)
    assert seen(world).delivered == 0


def test_sums_are_exact_by_side_and_kind(world):
    hours = CommitmentFacts("hours", "课时", Decimal("0.1"), date(2026, 1, 1))
    for unit in range(3):
        promise(world, hours, unit)
    promise(world)
    found = ledger.totals(ledger.commitments_visible_to(world.secretary))
    assert [(t.side, t.kind, t.promised) for t in found] == [
        ("企", "money", Decimal(30_000_000)), ("企", "hours", Decimal("0.3")),
    ]  # fmt: skip


@pytest.mark.parametrize(("delivered", "is_behind"), [(29_999_999, True), (30_000_000, False)])
@pytest.mark.parametrize(
    ("day", "is_late"), [(date(2026, 10, 1), False), (date(2026, 10, 2), True)]
)
def test_behind_turns_at_the_last_fen_and_the_day_after(world, delivered, is_behind, day, is_late):
    acts.confirm_delivery(deliver(world, promise(world), delivered), **world.by)
    rows = ledger.behind(ledger.commitments_visible_to(world.secretary), day)
    assert rows.exists() == (is_behind and is_late)


def test_numbers_follow_each_other(world):
    assert [promise(world).number for _ in range(2)] == ["CN-2026-001", "CN-2026-002"]


def test_others_neither_see_nor_deliver(world):
    row = promise(world)
    assert not ledger.commitments_visible_to(world.people[1]).exists()
    with pytest.raises(Refused):
        acts.record_delivery(
            row, quantity=Decimal(1), delivered_on=date(2026, 9, 1), by=world.people[1], at=AT
        )
    with pytest.raises(Refused):
        acts.confirm_delivery(deliver(world, row), by=world.people[0], at=AT)


@pytest.mark.parametrize(
    "change",
    [{"delivered_on": date(2026, 11, 24)}, {"delivered_on": date(2025, 12, 31)}, {"quantity": 0}],
)
def test_impossible_deliveries_are_refused(world, change):
    with pytest.raises(Invalid):
        deliver(world, promise(world), **change)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("state", DeliveryState.values)
@pytest.mark.parametrize("who", ["secretary", "own", "other"])
def test_every_move_of_a_delivery_by_everybody(world, state, who):
    row = deliver(world, promise(world))
    Delivery.objects.filter(pk=row.pk).update(
        state=state, returned_reason="缺凭证" if state == DeliveryState.RETURNED else ""
    )
    row.refresh_from_db()
    actor = {"secretary": world.secretary, "own": world.people[0], "other": world.people[1]}[who]
    ways = {
        DeliveryState.CONFIRMED: lambda: acts.confirm_delivery(row, by=actor, at=AT),
        DeliveryState.RETURNED: lambda: acts.return_delivery(row, reason="缺", by=actor, at=AT),
        DeliveryState.RECORDED: lambda: acts.mend_delivery(
            row, quantity=Decimal(5), delivered_on=date(2026, 9, 1), revision=row.revision,
            by=actor, at=AT,
        ),
    }  # fmt: skip
    for target, act in ways.items():
        people = {"secretary", "own"} if target == DeliveryState.RECORDED else {"secretary"}
        row.refresh_from_db()
        if row.state != state:
            break
        if target in DELIVERY_MOVES[state] and who in people:
            assert act().state == target
        else:
            with pytest.raises(Refused):
                act()


# The sheets ------------------------------------------------------------------------------------
def read(tmp_path, layout, rows, binding, context):
    file = tmp_path / "sheet.xlsx"
    with file.open("wb") as target:
        export(layout, rows, target)
    checked = check_file(file, layout)
    checked.add(binding.check_rows(checked.rows, context))
    return checked


def test_the_ledger_comes_back_as_it_went_out(world, tmp_path):
    promise(world)
    promise(world, CommitmentFacts("hours", "课时", Decimal("12.5"), date(2026, 1, 1)), 1)
    context = LEDGER.load(user=world.secretary, scope={"consortium": world.consortium.pk}, at=AT)
    checked = read(tmp_path, COMMITMENTS, LEDGER.export_rows(context), LEDGER, context)
    assert not checked.problems, checked.problems
    done = LEDGER.commit(checked.good_rows(), by=world.secretary, at=AT, context=context)
    assert done == Committed(unchanged=2)
    assert Commitment.objects.get(kind="money").promised == 30_000_000


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"unit": "没有这家"}, "不是本联合体的在任成员"),
        ({"number": "CN-2020-999"}, "没有编号"),
        ({"promised": Decimal("1.5"), "kind": "posts"}, "整数"),
        ({"promised": Decimal("0.001")}, "精确到分"),
        ({"promised": Decimal(0)}, "大于 0"),
        ({"due_on": date(2025, 1, 1)}, "早于承诺日期"),
    ],
)
def test_bad_rows_of_the_ledger_are_named(world, tmp_path, change, word):
    row = dict.fromkeys(COMMITMENTS.by_key) | {
        "unit": world.units[0].name, "kind": "money", "title": "捐赠", "promised": Decimal(100),
        "promised_on": date(2026, 1, 1),
    }  # fmt: skip
    context = LEDGER.load(user=world.secretary, scope={"consortium": world.consortium.pk}, at=AT)
    checked = read(tmp_path, COMMITMENTS, [row | change], LEDGER, context)
    assert [p for p in checked.problems if word in p.message], checked.problems
    assert not checked.good_rows()


def roll_rows(context, **change):
    rows = [dict(row) | {"presence": "present"} for row in ROLL.export_rows(context)]
    rows[0] |= change
    return rows


def test_attendance_comes_in(world, tmp_path):
    meeting = opened(world)
    context = ROLL.load(user=world.secretary, scope={"meeting": meeting.pk}, at=ON_THE_DAY)
    checked = read(tmp_path, ATTENDANCE, roll_rows(context, attendee="王立"), ROLL, context)
    assert not checked.problems, checked.problems
    ROLL.commit(checked.good_rows(), by=world.secretary, at=ON_THE_DAY, context=context)
    first = meeting.attendances.order_by("place").first()
    assert (first.presence, first.attendee) == (Presence.PRESENT, "王立")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"place": 99}, "没有这个序号"),
        ({"name": "别人"}, "不符"),
        ({"holder": 2}, "没有委托出席"),
        ({"presence": "proxy"}, "另一个席位"),
        ({"presence": "proxy", "holder": 1}, "另一个席位"),
        ({"presence": "proxy", "holder": 2}, "委托书"),
    ],
)
def test_bad_rows_of_the_roll_are_named(world, tmp_path, change, word):
    meeting = opened(world)
    context = ROLL.load(user=world.secretary, scope={"meeting": meeting.pk}, at=ON_THE_DAY)
    checked = read(tmp_path, ATTENDANCE, roll_rows(context, **change), ROLL, context)
    assert [p for p in checked.problems if word in p.message], checked.problems


def test_attendance_taken_since_the_check_is_not_overwritten(world, tmp_path):
    meeting = opened(world)
    context = ROLL.load(user=world.secretary, scope={"meeting": meeting.pk}, at=ON_THE_DAY)
    checked = read(tmp_path, ATTENDANCE, roll_rows(context), ROLL, context)
    attended(world, meeting, present=1)
    with pytest.raises(Conflict):
        ROLL.commit(checked.good_rows(), by=world.secretary, at=ON_THE_DAY, context=context)


def test_no_other_office_uses_the_sheets(world):
    other, meeting = make_world(1), opened(world)
    assert not ROLL.may(other.secretary, {"meeting": meeting.pk})
    assert not LEDGER.may(other.secretary, {"consortium": world.consortium.pk})
    assert not LEDGER.may(world.people[0], {"consortium": world.consortium.pk})
