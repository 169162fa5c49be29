"""The task book: round trips in our layout and the customer's, merged cells, what is remembered."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.plans import actions
from chanjiao.plans.book_actions import (
    confirm_layout,
    forget_layout,
    import_book,
    import_sample,
    receive_book,
)
from chanjiao.plans.book_columns import LAYOUT
from chanjiao.plans.models import BookLayout, Task, TaskGroup
from chanjiao.plans.sheets import BINDING, arrangement_of
from chanjiao.sheets.actions import commit_import
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.foreign import Outline, suggest, survey
from chanjiao.sheets.foreign_writing import export_into
from chanjiao.sheets.models import Import
from chanjiao.sheets.writing import export, template
from chanjiao.trail.models import Entry
from tests.plans.world import START, held, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def saved(book):
    target = io.BytesIO()
    book.save(target)
    target.seek(0)
    return target


def customers(rows=(), sheet="任务分解表", change=None):
    """A book like those of consortia: a title, a header of two rows, merged cells down the side."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    page["A1"] = "示例联合体 2026 年建设任务分解表"
    page.merge_cells("A1:K1")
    for column, title in zip("ABCDEHIJK", ("重点领域", "编码", "任务事项", "牵头部门", "年度目标",
                                            "配合单位", "责任领导", "完成时限", "经费来源"), strict=True):  # fmt: skip
        page[f"{column}3"] = title
        if column != "E":
            page.merge_cells(f"{column}3:{column}4")
    page.merge_cells("E3:G3")
    for column, title in zip("EFG", ("具体目标", "数值", "单位"), strict=True):
        page[f"{column}4"] = title
    for row in rows:
        page.append(list(row))
    if change:
        change(page)
    return saved(book)


ROWS = [
    ("组织建设", "1-1-1", "召开成员大会", "示例职业学院", "全年两次", 2, "次", "示例机床厂", "王某某", date(2026, 11, 30), "自筹"),
    (None, "1-1-2", "修订章程", "示例机床厂", "通过新章程", None, None, None, "王某某", date(2026, 6, 30), ""),
    ("人才培养", "2-1-1", "订单班", "示例职业学院", "", 1000, "人", None, "李某某", None, ""),
]  # fmt: skip


def merged_side(page):
    page.merge_cells("A5:A6")


def received(world, content, commits, name="任务书.xlsx", **fields):
    with commits():
        return receive_book(content, name, world.plan, by=world.office, at=START, **fields)


def mapped(world, content, commits, **fields):
    """Upload an unknown book, take the suggestions, and check it."""
    row = received(world, content, commits)
    assert isinstance(row, BookLayout)
    row = confirm_layout(
        row, row.mapping, title=row.title, revision=row.revision, by=world.office, at=START
    )
    with commits():
        made = import_sample(row, world.plan, by=world.office, at=START, **fields)
    return row, held(made)


def written(world, made, commits):
    with commits():
        commit_import(held(made), by=world.office, at=START)
    return held(made)


def problems(made):
    return [(p["row"], p["column"], p["code"]) for p in held(made).report["problems"]]


# The customer's layout ---------------------------------------------------------------------------
def test_headers_of_several_rows_are_joined_and_suggested():
    outline = survey(customers(ROWS).read(), LAYOUT)[0]
    assert (outline.sheet, outline.first_row, outline.last_row) == ("任务分解表", 3, 4)
    assert outline.titles[4:7] == ("年度目标/具体目标", "年度目标/数值", "年度目标/单位")
    assert suggest(outline, LAYOUT) == {
        "area": 0, "code": 1, "name": 2, "unit": 3, "goal": 4, "target": 5, "measure": 6,
        "partners": 7, "leader": 8, "due_on": 9,
    }  # fmt: skip


def test_a_book_is_mapped_once_and_known_again(world, commits):
    row, made = mapped(world, customers(ROWS, change=merged_side), commits)
    assert made.state == ImportState.CHECKED, made.report
    assert not made.report["problems"]
    assert not Task.objects.exists()
    assert written(world, made, commits).report["written"]["created"] == 3
    task = Task.objects.get(code="1-1-1")
    assert (task.unit, task.target, task.measure) == (world.school, Decimal(2), "次")
    assert [*task.partners.all()] == [world.firm]
    assert task.due_on == date(2026, 11, 30)
    assert Task.objects.get(code="2-1-1").due_on == date(2026, 12, 31)
    names = dict(TaskGroup.objects.order_by("code").values_list("code", "name"))
    assert names == {"1": "组织建设", "2": "人才培养"}
    again = received(world, customers(ROWS, change=merged_side), commits, "下月.xlsx")
    assert isinstance(again, Import)
    assert held(again).context["book"] == row.pk
    assert held(again).report["good"] == 3


def test_out_in_the_same_layout_and_back_is_unchanged(world, commits):
    row, made = mapped(world, customers(ROWS, change=merged_side), commits)
    written(world, made, commits)
    context = BINDING.load(user=world.office, scope={"plan": world.plan.pk}, at=START)
    content = export_into(arrangement_of(row), LAYOUT, BINDING.export_rows(context))
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page.title == "任务分解表"
    assert page["A1"].value == "示例联合体 2026 年建设任务分解表"
    assert {str(r) for r in page.merged_cells.ranges} >= {"A1:K1", "E3:G3", "A3:A4", "K3:K4"}
    assert [c.value for c in page[4]][4:7] == ["具体目标", "数值", "单位"]
    assert [c.value for c in page[5]][:4] == ["组织建设", "1-1-1", "召开成员大会", "示例职业学院"]
    before = list(Task.objects.order_by("pk").values())
    again = received(world, io.BytesIO(content), commits)
    assert isinstance(again, Import), "the header is known again"
    done = written(world, again, commits)
    assert done.report["written"] == {"created": 0, "updated": 0, "unchanged": 3}
    assert list(Task.objects.order_by("pk").values()) == before


def test_columns_the_book_lacks_keep_their_values(world, commits):
    task = world.task(
        "1-1-1", weight=Decimal("7.5"), milestones={"2026Q3": "验收"}, person="赵某某"
    )
    _, made = mapped(world, customers(ROWS), commits)
    written(world, made, commits)
    task = held(task)
    assert (task.weight, task.person, task.name) == (Decimal("7.5"), "赵某某", "召开成员大会")
    assert task.milestones.get().text == "验收"


def test_a_value_across_two_columns_is_a_problem_with_its_cell(world, commits):
    _, made = mapped(world, customers(ROWS, change=lambda page: page.merge_cells("C6:D6")), commits)
    found = next(p for p in made.report["problems"] if p["code"] == "merged")
    assert (found["row"], found["column"]) == (6, "C")
    assert "C6:D6 是合并单元格" in found["message"]


def test_headings_and_sums_are_passed_over_and_said(world, commits):
    def change(page):
        page.insert_rows(5)
        page["A5"] = "一、组织建设"
        page.merge_cells("A5:K5")
        page["A9"], page["F9"] = "合计", 1002

    _, made = mapped(world, customers(ROWS, change=change), commits)
    assert made.report["good"] == 3
    notices = "".join(made.report["notices"])
    assert "第 5 行“一、组织建设”" in notices
    assert "第 9 行“合计”" in notices


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [("B5", "一", "code"), ("D5", "外星工厂", "unknown_unit"), ("F5", "两次", "number"),
     ("B6", "1-1-1", "repeated"), ("C7", None, "required"), ("J5", "年底", "date"),
     ("H5", "示例职业学院", "same_unit"), ("J6", date(2025, 1, 1), "dates"), ("F7", "=1+1", "formula"),
     ("B7", "9-9-9.1", "no_whole")],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_nothing_is_written(
    world, commits, cell, value, code
):
    def change(page):
        page[cell] = value

    _, made = mapped(world, customers(ROWS, change=change), commits)
    row, column = int(cell[1:]), cell[0]
    assert (row, column, code) in problems(made)
    assert all(p["advice"] or "应写成" in p["message"] for p in made.report["problems"])
    with pytest.raises(Refused):
        commit_import(made, by=world.office, at=START)
    assert not Task.objects.exists()


def test_a_changed_header_is_another_layout(world, commits):
    mapped(world, customers(ROWS), commits)

    def change(page):
        page["K3"] = "资金来源"

    assert isinstance(received(world, customers(ROWS, change=change), commits), BookLayout)


# Mapping ---------------------------------------------------------------------------------------
def test_a_mapping_needs_code_name_and_unit_each_once(world, commits):
    row = received(world, customers(ROWS), commits)
    for mapping, key in (({"code": 1, "name": 2}, "unit"), ({"code": 1, "name": 1, "unit": 3}, "name"),
                         ({"code": 1, "name": 2, "unit": 99}, ""), ({"code": 1, "name": 2, "unit": 3, "x": 4}, "")):  # fmt: skip
        with pytest.raises(Invalid) as caught:
            confirm_layout(row, mapping, title="", revision=1, by=world.office, at=START)
        assert key in caught.value.problems
    with pytest.raises(Refused, match="确认"):
        import_sample(row, world.plan, by=world.office, at=START)
    assert held(row).confirmed_at is None


def test_two_people_map_at_once(world, commits):
    row = received(world, customers(ROWS), commits)
    confirm_layout(row, row.mapping, title="甲", revision=1, by=world.office, at=START)
    with pytest.raises(Conflict):
        confirm_layout(row, row.mapping, title="乙", revision=1, by=world.second, at=START)
    assert held(row).title == "甲"


def test_layouts_are_the_consortiums_own(world, commits):
    row, _ = mapped(world, customers(ROWS), commits)
    for actor in (world.far_office, world.teacher):
        with pytest.raises(Refused):
            receive_book(customers(ROWS), "x.xlsx", world.plan, by=actor, at=START)
        with pytest.raises(Refused):
            forget_layout(row, by=actor, at=START)
        with pytest.raises(Refused):
            import_book(row, customers(ROWS), "x.xlsx", world.plan, by=actor, at=START)
    other = make_world()
    with pytest.raises(Refused):
        import_book(row, customers(ROWS), "x.xlsx", other.plan, by=world.office, at=START)
    forget_layout(row, by=world.office, at=START)
    assert isinstance(received(world, customers(ROWS), commits), BookLayout)


# Ours --------------------------------------------------------------------------------------------
def ours(world, change=None):
    context = BINDING.load(user=world.office, scope={"plan": world.plan.pk}, at=START)
    target = io.BytesIO()
    export(BINDING.fit(LAYOUT, context), BINDING.export_rows(context), target)
    if change is None:
        target.seek(0)
        return target
    book = openpyxl.load_workbook(target)
    change(book.worksheets[0])
    return saved(book)


def test_our_own_layout_round_trips(world, commits):
    world.task(
        "1-1-1", partners=[world.firm], milestones={"2026Q1": "启动"}, indicators=["6", "7"],
        baseline=Decimal("0.5"), goal="第一行\n第二行",
    )  # fmt: skip
    world.task("1-1-2", direction="yes_no", target=None)
    whole = world.task("1-1-3")
    actions.split_task(
        whole, [{"unit": world.school}, {"unit": world.firm}], by=world.office, at=START
    )
    before = list(Task.objects.order_by("pk").values())
    made = received(world, ours(world), commits)
    assert isinstance(made, Import)
    done = written(world, made, commits)
    assert done.report["written"] == {"created": 0, "updated": 0, "unchanged": 5}
    assert list(Task.objects.order_by("pk").values()) == before


def test_the_empty_template_is_ours(world, commits):
    content = io.BytesIO(template(LAYOUT))
    made = received(world, content, commits)
    assert isinstance(made, Import)
    assert held(made).report["rows"] == 0


def test_in_force_an_import_has_a_reason_and_each_change_its_old_and_new(world, commits):
    world.task("1-1-1")
    world.in_force()
    world.plan = held(world.plan)

    def change(page):
        titles = {cell.value: cell.column for cell in page[3]}
        page.cell(4, titles["任务名称*"]).value = "改过的名称"

    with pytest.raises(Invalid, match="原因"):
        received(world, ours(world, change), commits)
    made = received(world, ours(world, change), commits, reason="年中调整")
    written(world, made, commits)
    entry = Entry.objects.filter(action="plan.task_update").get()
    assert entry.reason == "年中调整"
    assert entry.data["before"] == {"name": "任务1-1-1"}
    assert entry.data["after"] == {"name": "改过的名称"}


def test_a_task_changed_since_the_check_stops_the_whole_import(world, commits):
    task = world.task("1-1-1")

    def change(page):
        titles = {cell.value: cell.column for cell in page[3]}
        page.cell(4, titles["责任人"]).value = "新责任人"

    content = ours(world, change).read()
    context = BINDING.load(user=world.office, scope={"plan": world.plan.pk}, at=START)
    from chanjiao.sheets.checking import check_file

    checked = check_file(content, LAYOUT)
    BINDING.note_absent(context, checked.absent)
    checked.add(BINDING.check_rows(checked.rows, context))
    assert checked.clean
    actions.update_task(task, {"name": "抢先"}, revision=task.revision, by=world.second, at=START)
    with pytest.raises(Conflict, match="1-1-1"):
        BINDING.commit(checked.rows, by=world.office, at=START, context=context)


# What is no task book ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "空"), (b"MZ\x90\x00" * 40, "xlsx"), (b"PK\x03\x04broken", ""), ("只有一列\n甲\n".encode(), "没有找到表头")],
)  # fmt: skip
def test_hostile_and_foreign_files_are_refused_with_a_message(world, content, says):
    name = "任务书.csv" if says == "没有找到表头" else "任务书.xlsx"
    with pytest.raises(Invalid) as caught:
        receive_book(io.BytesIO(content), name, world.plan, by=world.office, at=START)
    assert says in caught.value.problems["file"][0]
    assert not BookLayout.objects.exists()
    assert not Import.objects.exists()


def test_formulas_in_a_title_do_not_come_out_as_formulas(world, commits):
    def change(page):
        page["K3"] = "'=HYPERLINK(1)"
        page["A1"] = "'@x"

    row = received(world, customers(ROWS, change=change), commits)
    outline = Outline.from_dict(row.outline)
    mapping = {"code": 1, "name": 2, "unit": 3}
    row = confirm_layout(row, mapping, title="", revision=1, by=world.office, at=START)
    world.task(name="=1+1")
    context = BINDING.load(user=world.office, scope={"plan": world.plan.pk}, at=START)
    content = export_into(arrangement_of(row), LAYOUT, BINDING.export_rows(context))
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page["C5"].value == "=1+1"
    assert page["C5"].data_type == "s"
    assert outline.titles[10].startswith("'=HYPERLINK")


# A book without codes ------------------------------------------------------------------------------
def uncoded(rows=ROWS, change=None):
    """The customers' book without its column of codes, with a group beside the field of work."""

    def without(page):
        page["B3"] = "任务类别"
        for row in range(5, 5 + len(rows)):
            page.cell(row, 2).value = None
        if change:
            change(page)

    return customers(rows, change=without)


def test_a_book_without_codes_is_numbered_by_its_order_and_says_so_first(world, commits):
    def change(page):
        page["B7"] = "订单培养"

    row, made = mapped(world, uncoded(change=change), commits)
    assert "code" not in row.mapping
    assert made.state == ImportState.CHECKED and not made.report["problems"], made.report
    said = made.report["notices"]
    assert any("没有任务编号，按行的顺序编号" in text for text in said)
    assert "1-1-1 召开成员大会；1-1-2 修订章程。" in said and "2-1-1 订单班。" in said
    assert not Task.objects.exists()
    assert written(world, made, commits).report["written"]["created"] == 3
    names = dict(Task.objects.order_by("place").values_list("code", "name"))
    assert names == {"1-1-1": "召开成员大会", "1-1-2": "修订章程", "2-1-1": "订单班"}
    assert TaskGroup.objects.get(code="2-1").name == "订单培养"


def test_the_same_book_without_codes_changes_nothing_the_second_time(world, commits):
    _, made = mapped(world, uncoded(), commits)
    written(world, made, commits)
    again = received(world, uncoded([ROWS[2], *ROWS[:2]]), commits)
    done = written(world, again, commits)
    assert done.report["written"] == {"created": 0, "updated": 0, "unchanged": 3}


def test_new_tasks_of_a_book_without_codes_take_free_numbers(world, commits):
    _, made = mapped(world, uncoded(), commits)
    written(world, made, commits)
    more = ("组织建设", None, "设立专家委员会", *ROWS[0][3:])
    done = written(world, received(world, uncoded([*ROWS, more]), commits), commits)
    assert done.report["written"]["created"] == 1
    assert Task.objects.get(name="设立专家委员会").code == "1-1-3"


def test_our_own_template_may_lack_the_codes_too(world, commits):
    book = openpyxl.Workbook()
    book.active.append(["工作领域", "任务名称", "责任单位"])
    book.active.append(["组织建设", "召开成员大会", "示例职业学院"])
    _, made = mapped(world, saved(book), commits)
    assert "1-1-1 召开成员大会。" in made.report["notices"]
