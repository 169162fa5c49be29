"""The member list as Excel: round trip, the same checks as the forms, nobody else's list."""

from datetime import date
from pathlib import Path

import pytest

from chanjiao.members.models import Contact, Contribution, Membership
from chanjiao.members.sheets import BINDING, LAYOUT, may_use
from chanjiao.people.enums import Duty
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import Committed, get
from chanjiao.sheets.checking import check_file
from chanjiao.sheets.writing import export, template
from chanjiao.trail.models import Entry
from tests.members.world import make_consortium, make_member, secretary
from tests.people.world import AT, acting, credit_code, make_unit, with_duty

pytestmark = pytest.mark.django_db


def row(**values):
    base = dict.fromkeys(LAYOUT.by_key) | {
        "name": "示例机床有限公司", "kind": "enterprise", "credit_code": credit_code(),
        "role": "member", "industries": ("3421", "38"), "joined_on": date(2024, 1, 1),
        "staff_count": 300, "contact_name": "李明", "contact_phone": "0411-80000000",
        "funds_brought": "设备捐赠；奖学金",
    }  # fmt: skip
    return base | values


def book_for(consortium, actor=None):
    actor = actor or secretary(consortium)
    return BINDING.load(user=actor, scope={"consortium": consortium.pk}, at=AT)


def read(tmp_path: Path, rows, consortium):
    file = tmp_path / "members.xlsx"
    with file.open("wb") as target:
        export(LAYOUT, rows, target)
    checked = check_file(file, LAYOUT)
    book = book_for(consortium)
    checked.add(BINDING.check_rows(checked.rows, book))
    return checked, book


def write(tmp_path, rows, consortium):
    checked, book = read(tmp_path, rows, consortium)
    assert not checked.problems, checked.problems
    return BINDING.commit(checked.good_rows(), by=book.actor, at=AT, context=book)


def test_it_is_registered():
    assert get("members") is BINDING


def test_the_worked_row_is_passed_over(tmp_path):
    file = tmp_path / "template.xlsx"
    file.write_bytes(template(LAYOUT))
    checked = check_file(file, LAYOUT)
    assert not checked.rows and not checked.problems


def test_import_creates_then_finds_nothing_changed(tmp_path):
    consortium = make_consortium()
    rows = [row(), row(name="示例轴承有限公司", role="lead", industries=(), contact_name=None)]
    assert write(tmp_path, rows, consortium) == Committed(created=2)
    entries = Entry.objects.count()
    assert write(tmp_path, rows, consortium) == Committed(unchanged=2)
    assert Entry.objects.count() == entries
    assert Membership.objects.count() == 2
    assert sorted(Contribution.objects.filter(membership__role="member").values_list("text", flat=True)) == [
        "奖学金", "设备捐赠"
    ]  # fmt: skip


def test_what_is_exported_imports_unchanged(tmp_path):
    consortium = make_consortium()
    write(
        tmp_path,
        [row(), row(name="示例（大连）学院", kind="university", school_code="4121010001")],
        consortium,
    )
    exported = list(BINDING.export_rows(book_for(consortium)))
    assert len(exported) == 2
    assert write(tmp_path, exported, consortium) == Committed(unchanged=2)


def test_import_updates_and_blank_cells_keep(tmp_path):
    consortium = make_consortium()
    first = row(address="示例路 1 号")
    write(tmp_path, [first], consortium)
    changed = first | {
        "name": "更名后的公司", "role": "director", "staff_count": 320, "address": None,
        "contact_phone": "13800000000", "funds_brought": "奖学金", "industries": ("38",),
    }  # fmt: skip
    assert write(tmp_path, [changed], consortium) == Committed(updated=1)
    unit = Unit.objects.get(credit_code=first["credit_code"])
    assert (unit.name, unit.staff_count, unit.address) == ("更名后的公司", 320, "示例路 1 号")
    membership = Membership.objects.get()
    assert (membership.role, membership.industries) == ("director", ["38"])
    assert Contact.objects.get().phone == "13800000000"
    assert Contribution.objects.get().text == "奖学金"


def test_a_unit_known_elsewhere_is_used(tmp_path):
    known = make_member(make_consortium()).unit
    write(tmp_path, [row(credit_code=known.credit_code)], make_consortium())
    assert known.memberships.count() == 2


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"school_code": "4121010001"}, "school_code"),
        ({"contact_phone": "打不通"}, "contact_phone"),
        ({"kind": "secondary", "school_code": "4121010001"}, "school_code"),
    ],
)
def test_a_check_of_the_actions_is_a_fault_with_its_place(tmp_path, values, key):
    checked, _ = read(tmp_path, [row(), row(**values)], make_consortium())
    assert [(p.row, p.title) for p in checked.problems] == [
        (LAYOUT.header_row + 2, LAYOUT.by_key[key].title)
    ]


def test_a_merged_duplicate_beside_its_kept_unit_is_one_unit_twice(tmp_path):
    consortium = make_consortium()
    kept = make_member(consortium).unit
    lost = make_unit(merged_into=kept)
    rows = [row(credit_code=unit.credit_code) for unit in (kept, lost)]
    checked, _ = read(tmp_path, rows, consortium)
    assert [p.code for p in checked.problems] == ["repeated"]
    assert write(tmp_path, rows[1:], consortium) == Committed(updated=1)


def test_only_the_consortium_s_secretariat():
    consortium = make_consortium()
    member = make_member(consortium)
    scope = {"consortium": consortium.pk}
    assert may_use(secretary(consortium), scope)
    for actor in (
        acting(member.unit), secretary(make_consortium()), with_duty(Duty.OPERATOR), None
    ):  # fmt: skip
        assert not may_use(actor, scope)


def test_past_members_are_not_exported():
    consortium = make_consortium()
    make_member(consortium, left_on=date(2026, 1, 1), left_reason="注销")
    make_member(make_consortium())
    assert not list(BINDING.export_rows(book_for(consortium)))
