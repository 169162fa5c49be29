"""The filing roster: shipped layouts, a province's own template mapped once, and who may."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.trail.models import Entry
from chanjiao.training.filing import FACTS, own_arrangement, roster, shipped, words_of
from chanjiao.training.filing_actions import (
    bring_template,
    forget_template,
    map_template,
    roster_layouts,
)
from chanjiao.training.models import Placement, RosterLayout
from tests.matching.world import make_world
from tests.training.care_world import master
from tests.training.world import AT, plan, prepare, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def sheet(data):
    return [list(row) for row in openpyxl.load_workbook(BytesIO(data)).active.values]


def every():
    return Placement.objects.order_by("number")


def template(*titles, rows=((),)):
    book = openpyxl.Workbook()
    book.active.append(["某省学生实习备案表"])
    book.active.append(list(titles))
    for row in rows:
        book.active.append(list(row))
    target = BytesIO()
    book.save(target)
    target.seek(0)
    return target


def bring(world, *titles, index=0, rows=((),)):
    return bring_template(
        template(*titles, rows=rows), "备案.xlsx", world.consortium, world.schools[index],
        by=world.teachers[index], at=AT,
    )  # fmt: skip


TITLES = ("序号", "身份证号", "学生姓名", "性别", "实习企业名称", "实习起始日期", "实习终止日期")


def test_shipped_layouts_say_the_same_facts_each_in_its_words(world):
    row = prepare(world, plan(world, master=master(world, world.firms[0])))
    Placement.objects.filter(pk=row.pk).update(kind="observe", self_chosen=True)
    said = {}
    for code, one in shipped().items():
        titles, values = sheet(roster(every(), one.arrangement, one.words))
        assert titles == list(one.arrangement.outline.titles)
        at = one.arrangement.mapping
        said[code] = {key: values[index] for key, index in at.items()}
    student = world.students[0]
    plainly, coded = said["national"], said["henan"]
    assert (
        plainly.items()
        >= {
            "line": 1,
            "name": student.name,
            "student_number": student.student_number,
            "host": world.firms[0].name,
            "host_code": world.firms[0].credit_code,
            "wage_fen": 4000,
            "policy": "PZ-1",
            "agreed": "是",
            "master": "王师傅",
            "major_code": "460102",
        }.items()
    )
    assert plainly["last_on"].date() == date(2027, 5, 23)
    assert [plainly[k] for k in ("sex", "kind", "chosen")] == ["男", "认识实习", "学生自行联系"]
    assert [coded[k] for k in ("sex", "kind", "chosen")] == ["1", "01", "是"]
    same = set(coded) & set(plainly) - {"sex", "kind", "chosen"}
    assert {k: coded[k] for k in same} == {k: plainly[k] for k in same}
    assert "示范布局" in shipped()["henan"].note


def test_a_text_that_looks_like_a_formula_stays_a_text(world):
    plan(world, workplace='=HYPERLINK("x")', position="@岗位")
    data = roster(every(), shipped()["national"].arrangement, {})
    cells = [c for row in openpyxl.load_workbook(BytesIO(data)).active.iter_rows() for c in row]
    risky = [c for c in cells if str(c.value or "").startswith(("=", "@"))]
    assert len(risky) == 2 and all(c.data_type == "s" and c.quotePrefix for c in risky)


def test_a_province_template_is_mapped_once_and_keeps_no_student(world):
    row = bring(world, *TITLES, rows=[(1, "210", "张三", "男", "某厂", None, None)])
    assert row.mapping == {"line": 0, "name": 2, "sex": 3, "host": 4, "starts_on": 5, "last_on": 6}
    assert "张三" not in str(row.outline) and row.confirmed_at is None
    map_template(
        row, row.mapping, title="某省", words="henan", revision=1, by=world.teachers[0], at=AT
    )
    again = bring(world, *TITLES, index=1)
    assert again.pk == row.pk and again.confirmed_at, "the other school finds it ready"
    assert list(roster_layouts(world.consortium, world.schools[1])) == [again]
    plan(world, 0)
    lines = sheet(roster(every(), own_arrangement(again), words_of(again)))
    assert lines[0][0] == "某省学生实习备案表" and lines[1] == list(TITLES)
    name = world.students[0].name
    assert lines[2][:5] == [1, None, name, "1", world.firms[0].name]
    actions = Entry.objects.filter(action__contains="template").order_by("pk")
    assert [one.action for one in actions] == ["training.bring_template", "training.map_template"]


def test_a_mapping_that_cannot_be_is_refused(world):
    row = bring(world, *TITLES)

    def mapped(mapping, index=0, **changed):
        given = {"title": "", "words": "", "revision": 1} | changed
        return map_template(row, mapping, by=world.teachers[index], at=AT, **given)

    for mapping, key in (
        ({"name": 2}, "host"), ({"name": 2, "host": 2}, "host"), ({"name": 2, "host": 99}, ""),
        ({"name": 2, "host": 4, "secret": 1}, ""),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            mapped(mapping)
        assert key in refused.value.problems
    good = {"name": 2, "host": 4}
    with pytest.raises(Invalid):
        mapped(good, words="nowhere")
    with pytest.raises(Conflict):
        mapped(good, revision=7)
    with pytest.raises(Refused):
        mapped(good, index=1)
    with pytest.raises(Refused, match="示例职业学院A已上传"):
        bring(world, *TITLES, index=1)
    with pytest.raises(Refused):
        forget_template(row, by=world.teachers[1], at=AT)
    forget_template(row, by=world.teachers[0], at=AT)
    assert not RosterLayout.objects.exists()


def test_only_a_school_brings_a_template_and_a_sheet_without_header_is_refused(world):
    with pytest.raises(Refused):
        bring_template(
            template(*TITLES), "备案.xlsx", world.consortium, world.schools[0],
            by=world.recruiters[0], at=AT,
        )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        bring(world, "只有一列")
    assert "没有找到表头" in refused.value.problems["file"][0]


def test_many_cost_the_same_queries(world, django_assert_num_queries):
    one = shipped()["henan"]
    for index in (0, 2):
        running(world, index)
        with django_assert_num_queries(4):
            roster(every(), one.arrangement, one.words)
    assert set(one.words) <= set(FACTS.by_key)
