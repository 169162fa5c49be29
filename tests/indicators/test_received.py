"""Packs at an authority: what verifying decides, whose key counts, what replaces what."""

import io
from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from chanjiao.indicators import received_rules as rules
from chanjiao.indicators.enums import (
    RECEIVED_MOVES,
    SIGNER_MOVES,
    ReceivedState,
    SignerState,
)
from chanjiao.indicators.models import ReceivedPack, Signer
from chanjiao.indicators.pack_report import report_of
from chanjiao.indicators.received import (
    _move,
    confirm_signer,
    fail_pack,
    receive_pack,
    refuse_signer,
    settle_pack,
)
from chanjiao.indicators.received_tasks import verify_apart
from chanjiao.indicators.side_by_side import side_by_side
from chanjiao.kernel.verdict import Invalid, Refused
from chanjiao.members.models import Authority
from chanjiao.people.enums import Duty, UnitKind
from chanjiao.trail.models import Entry
from chanjiao_engine.indicators.packs import verify_bytes
from tests.engine.indicators.packs.world import KEY, OTHER_KEY, ROWS, pack
from tests.people.world import AT, acting, make_unit, stranger, with_duty

pytestmark = pytest.mark.django_db


def make_authority(name: str = "示例教育厅") -> Authority:
    unit = make_unit(UnitKind.GOVERNMENT, name)
    return Authority.objects.create(
        unit=unit, level="province", division_code="210000", created_at=AT
    )


@pytest.fixture
def office():
    authority = make_authority()
    return authority, acting(authority.unit)


def hand_in(office, data: bytes, name: str = "年度.cjpack") -> ReceivedPack:
    """Received and verified, as the worker does it."""
    authority, by = office
    made = receive_pack(authority, io.BytesIO(data), name, by=by, at=AT)
    return settle_pack(made.pk, report_of(verify_bytes(memoryview(data))), at=AT)


def confirm(office, signer) -> Signer:
    return confirm_signer(signer, note="电话核对一致", by=office[1], at=AT)


def corrected(**changes) -> bytes:
    return pack(meeting=ROWS["meeting"][:1], **changes)


def test_the_first_pack_waits_until_the_fingerprint_is_compared(office):
    first = hand_in(office, pack())
    assert first.state == ReceivedState.QUESTIONED
    assert first.signer.fingerprint == KEY.fingerprint
    assert not rules.counted(office[0], 2026).exists()
    confirm(office, first.signer)
    assert [p.pk for p in rules.counted(office[0], 2026)] == [first.pk]
    assert {o["code"] for o in first.outcomes} == {"7", "12", "38", "41"}
    assert first.row_counts["member"] == 2


def test_a_corrected_pack_replaces_and_keeps_the_old(office):
    first = hand_in(office, pack())
    confirm(office, first.signer)
    second = hand_in(office, corrected())
    first.refresh_from_db()
    assert (first.state, second.state) == (ReceivedState.SUPERSEDED, ReceivedState.VERIFIED)
    assert first.superseded_by == second
    assert [p.pk for p in rules.counted(office[0], 2026)] == [second.pk]


def test_another_key_is_questioned_and_replaces_nothing(office):
    first = hand_in(office, pack())
    confirm(office, first.signer)
    other = hand_in(office, corrected(key=OTHER_KEY))
    first.refresh_from_db()
    assert (first.state, other.state) == (ReceivedState.VERIFIED, ReceivedState.QUESTIONED)
    assert list(rules.other_signers(other.signer)) == [first.signer]
    refuse_signer(other.signer, reason="对方否认", by=office[1], at=AT)
    other.refresh_from_db()
    assert other.state == ReceivedState.REFUSED
    assert "对方否认" in other.refusal
    again = hand_in(office, corrected(key=OTHER_KEY), "再来.cjpack")
    assert again.state == ReceivedState.REFUSED
    assert rules.counted(office[0], 2026).get() == first


def test_several_waiting_packs_of_one_year_leave_one_current(office):
    first, second = hand_in(office, pack()), hand_in(office, corrected())
    confirm(office, first.signer)
    first.refresh_from_db()
    assert first.state == ReceivedState.SUPERSEDED
    assert rules.counted(office[0], 2026).get() == second


def test_a_pack_that_differs_is_kept_with_its_reason(office):
    data = bytearray(pack())
    data[len(data) // 2] ^= 1
    refused = hand_in(office, bytes(data))
    assert refused.state == ReceivedState.REFUSED
    assert "应为" in refused.refusal
    assert refused.outcomes == []
    assert refused.signer is None
    assert not Signer.objects.exists()


def test_a_file_that_is_no_pack(office):
    authority, by = office
    made = receive_pack(authority, io.BytesIO(b"hello"), "x.cjpack", by=by, at=AT)
    fail_pack(made.pk, "不是证据包", at=AT)
    made.refresh_from_db()
    assert (made.state, made.refusal) == (ReceivedState.REFUSED, "不是证据包")
    fail_pack(made.pk, "再次", at=AT)
    made.refresh_from_db()
    assert made.refusal == "不是证据包"
    with pytest.raises(Invalid):
        receive_pack(authority, io.BytesIO(b""), "空.cjpack", by=by, at=AT)


def test_the_same_file_twice_is_one_pack(office):
    first = hand_in(office, pack())
    again = receive_pack(office[0], io.BytesIO(pack()), "改名.cjpack", by=office[1], at=AT)
    assert again.pk == first.pk
    assert ReceivedPack.objects.count() == 1


def test_settling_twice_changes_nothing(office):
    first = hand_in(office, pack())
    confirm(office, first.signer)
    before = Entry.objects.count()
    settle_pack(first.pk, {"holds": False, "difference": ["a", "b", "c"], "failed": "x"}, at=AT)
    first.refresh_from_db()
    assert first.state == ReceivedState.VERIFIED
    assert Entry.objects.count() == before


def test_the_child_process_reports_and_survives_hostile_files(office, tmp_path):
    steps = []
    file = tmp_path / "a.cjpack"
    file.write_bytes(pack())
    report, fault = verify_apart(file, lambda *step: steps.append(step))
    assert fault == ""
    assert report["holds"]
    assert len(steps) >= 9
    file.write_bytes(b"no")
    assert verify_apart(file, lambda *_: None)[0] is None
    assert "不是证据包" in verify_apart(file, lambda *_: None)[1]


@pytest.mark.parametrize(("state", "target"), list(product(ReceivedState, ReceivedState)))
def test_states_move_only_as_the_table_says(state, target):
    row = ReceivedPack(state=state)
    if target in RECEIVED_MOVES[state]:
        _move(row, target)
        assert row.state == target
    else:
        with pytest.raises(Refused):
            _move(row, target)


ACTS = {
    SignerState.CONFIRMED: lambda s, by: confirm_signer(s, note="核对", by=by, at=AT),
    SignerState.REFUSED: lambda s, by: refuse_signer(s, reason="否认", by=by, at=AT),
}


@pytest.mark.parametrize(
    ("state", "target", "who"),
    list(product(SignerState, ACTS, ["own", "other", "operator", "nobody"])),
)
def test_a_signer_is_decided_by_its_authority_only(office, state, target, who):
    authority, own = office
    signer = Signer.objects.create(
        authority=authority, consortium_code="a", consortium_name="甲", fingerprint="f",
        first_seen_at=AT, state=state,
    )  # fmt: skip
    people = {"own": own, "other": acting(make_authority("别的厅").unit),
              "operator": with_duty(Duty.OPERATOR), "nobody": stranger()}  # fmt: skip
    allowed = who == "own" and target in SIGNER_MOVES[state]
    rule = {
        SignerState.CONFIRMED: rules.may_confirm_signer,
        SignerState.REFUSED: rules.may_refuse_signer,
    }
    assert bool(rule[target](people[who], signer)) == allowed
    before = Entry.objects.count()
    if allowed:
        ACTS[target](signer, people[who])
        signer.refresh_from_db()
        assert signer.state == target
        assert Entry.objects.count() == before + 1
    else:
        with pytest.raises(Refused):
            ACTS[target](signer, people[who])
        assert Entry.objects.count() == before


def test_a_decision_needs_words(office):
    first = hand_in(office, pack())
    with pytest.raises(Invalid):
        confirm_signer(first.signer, note="  ", by=office[1], at=AT)
    with pytest.raises(Invalid):
        refuse_signer(first.signer, reason="", by=office[1], at=AT)


def test_an_authority_sees_its_own_packs_only(office):
    hand_in(office, pack())
    other = acting(make_authority("别的厅").unit)
    for who in (other, with_duty(Duty.OPERATOR), stranger(), None):
        assert not rules.packs_visible_to(who).exists()
        assert not rules.signers_visible_to(who).exists()
    assert rules.packs_visible_to(office[1]).count() == 1
    with pytest.raises(Refused):
        receive_pack(office[0], io.BytesIO(pack()), "x.cjpack", by=other, at=AT)


def test_the_database_keeps_one_current_pack_and_a_reason(office):
    first = hand_in(office, pack())
    confirm(office, first.signer)
    first.refresh_from_db()
    first.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)
    first.state, first.refusal = ReceivedState.REFUSED, ""
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


def other_consortium(code: str, **changes) -> bytes:
    return pack(consortium=[(code, f"示例{code}", *ROWS["consortium"][0][2:])], **changes)


def test_who_has_not_sent_the_year(office):
    authority, _ = office
    first = hand_in(office, other_consortium("a"))
    confirm(office, first.signer)
    assert rules.silent_in(authority, 2026) == []
    assert rules.silent_in(authority, 2025) == ["示例a"]
    assert rules.years_of(authority) == [2026]


def test_side_by_side(office):
    """Two consortia: values beside each other, totals of the engine, veto items never averaged."""
    flagged = [(*ROWS["evidence"][0][:6], True, *ROWS["evidence"][0][7:]), *ROWS["evidence"][1:]]
    for data in (
        other_consortium("a"),
        other_consortium("b", meeting=[], typed=(), evidence=flagged),
    ):
        confirm_once(office, hand_in(office, data))
    side = side_by_side(list(rules.counted(office[0], 2026)))
    meetings, money, teachers, veto = side.lines
    assert [cell.text for cell in meetings.cells] == ["2 次", "0 次"]
    assert (meetings.total, meetings.spread) == ("2 次", "0 次 至 2 次")
    assert [c.pack.consortium_code for c in meetings.with_mark("未达标")] == ["b"]
    assert money.total == "33.3%"
    assert [cell.text for cell in teachers.cells] == ["61 人", "待填报"]
    assert (teachers.cells[0].by_hand, teachers.cells[1].mark) == (True, "暂无")
    assert [c.mark for c in veto.cells] == ["", "否决"]
    assert (veto.total, side.vetoes) == ("", [veto])


def confirm_once(office, received: ReceivedPack) -> None:
    if received.state == ReceivedState.QUESTIONED:
        confirm(office, received.signer)


def test_packs_of_another_set_do_not_stand_beside(office):
    from tests.engine.indicators.packs.world import SET_TEXT

    other = SET_TEXT.replace('version = "1"', 'version = "2"', 1)
    for data in (
        other_consortium("a"),
        other_consortium("b"),
        other_consortium("c", set_text=other),
    ):
        confirm_once(office, hand_in(office, data))
    packs = list(rules.counted(office[0], 2026))
    side = side_by_side(packs)
    assert [len(side.packs), [p.consortium_code for p in side.others]] == [2, ["c"]]
    assert side_by_side(packs, side.others[0].set_digest).chosen.version == "2"
    assert side_by_side(packs, "nonsense").chosen.version == "1"
    assert side_by_side([]) is None


def test_time_passes_between_receiving_and_verifying(office):
    authority, by = office
    made = receive_pack(authority, io.BytesIO(pack()), "a.cjpack", by=by, at=AT)
    later = AT + timedelta(minutes=5)
    done = settle_pack(made.pk, report_of(verify_bytes(memoryview(pack()))), at=later)
    assert (done.received_at, done.verified_at) == (AT, later)
