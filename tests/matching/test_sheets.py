"""Scores and paper lists as Excel: what goes out comes back, and nothing is overwritten unseen."""

from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from chanjiao.kernel.verdict import Refused
from chanjiao.matching.models import Choice, ChoiceSheet, Score
from chanjiao.matching.scoring import Mark, save_scores
from chanjiao.matching.sheets import CHOICES, SCORES
from chanjiao.sheets.binding import get
from chanjiao.sheets.checking import check_file
from chanjiao.sheets.writing import export
from tests.matching.world import AT, CLOSES, choose, make_student, make_world, opened, scoring

pytestmark = pytest.mark.django_db


def went_out(key, user, scope):
    """The workbook, its layout and context, as the site makes them."""
    binding = get(key)
    assert binding.may(user, scope)
    context = binding.load(user=user, scope=scope, at=AT)
    layout = binding.fit(binding.layout, context)
    out = BytesIO()
    export(layout, binding.export_rows(context), out)
    return out.getvalue()


def came_back(key, user, scope, content, at=AT):
    """Problems found, and what the commit did if there were none."""
    binding = get(key)
    context = binding.load(user=user, scope=scope, at=at)
    checked = check_file(content, binding.fit(binding.layout, context), name="a.xlsx")
    checked.add(binding.check_rows(checked.rows, context))
    if not checked.clean:
        return [problem.text for problem in checked.problems], None
    return [], binding.commit(checked.good_rows(), by=user, at=at, context=context)


def filled(content, **columns):
    """The workbook with cells set: title → values from the first data row on."""
    book = load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    header = 3
    titles = {str(cell.value).rstrip("*"): cell.column for cell in sheet[header]}
    for title, values in columns.items():
        for offset, value in enumerate(values, 1):
            sheet.cell(header + offset, titles[title]).value = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_scores_go_round():
    world = make_world()
    scoring(world)
    scope, hr = {"round": world.round.pk, "unit": world.firms[0].pk}, world.recruiters[0]
    content = went_out(SCORES.key, hr, scope)
    content = filled(content, **{"评分（分）": [90, 80.5], "评语": ["好"]})
    problems, done = came_back(SCORES.key, hr, scope, content)
    assert problems == []
    assert (done.created, done.updated, done.unchanged) == (2, 0, 4)
    assert sorted(Score.objects.values_list("hundredths", flat=True)) == [8050, 9000]
    again = went_out(SCORES.key, hr, scope)
    problems, done = came_back(SCORES.key, hr, scope, again)
    assert (problems, done.unchanged) == ([], 6)


def test_a_score_changed_since_the_download_is_not_overwritten():
    world = make_world()
    scoring(world)
    scope, hr = {"round": world.round.pk, "unit": world.firms[0].pk}, world.recruiters[0]
    content = filled(went_out(SCORES.key, hr, scope), **{"评分（分）": [50] * 6})
    save_scores(world.seats()[0], [Mark(world.students[0], 9900)], by=hr, at=AT)
    problems, _ = came_back(SCORES.key, hr, scope, content)
    assert len(problems) == 1
    assert "已被修改" in problems[0]
    assert Score.objects.get().hundredths == 9900


def test_other_units_applicants_are_neither_read_nor_scored():
    world = make_world()
    scoring(world)
    own = {"round": world.round.pk, "unit": world.firms[0].pk}
    binding = get(SCORES.key)
    for actor in (None, world.recruiters[1], world.teachers[0]):
        assert not binding.may(actor, own)
    content = filled(went_out(SCORES.key, world.recruiters[0], own), **{"评分（分）": [50] * 6})
    other = {"round": world.round.pk, "unit": world.firms[1].pk}
    problems, _ = came_back(SCORES.key, world.recruiters[1], other, content)
    assert len(problems) == 6
    assert "没有编号" in problems[0]
    elsewhere = make_world()
    opened(elsewhere)
    with pytest.raises(Refused):
        binding.may(world.recruiters[0], own | {"round": elsewhere.round.pk})


def test_paper_lists_go_round():
    world = make_world()
    make_student(world.cohorts[0], 7, user=None)
    opened(world)
    scope, teacher = {"round": world.round.pk, "unit": world.schools[0].pk}, world.teachers[0]
    content = went_out(CHOICES.key, teacher, scope)
    label = [f"{p.number} {p.title}" for p in world.posts]
    content = filled(content, 志愿1=[label[2], None, label[0]], 志愿2=[label[1]])
    problems, done = came_back(CHOICES.key, teacher, scope, content)
    assert problems == []
    assert done.created == 2
    first = ChoiceSheet.objects.get(student=world.students[0])
    listed = Choice.objects.filter(sheet=first).order_by("rank")
    assert [c.round_post.post for c in listed] == [world.posts[2], world.posts[1]]
    assert (
        came_back(CHOICES.key, teacher, scope, went_out(CHOICES.key, teacher, scope))[1].unchanged
        == 3
    )


def test_paper_lists_say_what_is_wrong():
    world = make_world()
    opened(world)
    choose(world, 2, 0)
    scope, teacher = {"round": world.round.pk, "unit": world.schools[0].pk}, world.teachers[0]
    content = went_out(CHOICES.key, teacher, scope)
    label = [f"{p.number} {p.title}" for p in world.posts]
    numbers = [world.students[0].student_number, world.students[2].student_number, "999"]
    content = filled(
        content, 学号=numbers, 姓名=["别人", None, None], 志愿1=[None, label[1], label[0]],
        志愿2=[label[0], None, None],
    )  # fmt: skip
    problems, _ = came_back(CHOICES.key, teacher, scope, content)
    text = "".join(problems)
    for part in ("姓名是", "中间有空格", "已自行填报", "没有学号为 999"):
        assert part in text
    content = filled(went_out(CHOICES.key, teacher, scope), 志愿1=[label[0]])
    assert "截止" in came_back(CHOICES.key, teacher, scope, content, at=CLOSES)[0][0]


def test_grades_are_shown_exactly():
    world = make_world()
    scoring(world)
    scope = {"round": world.round.pk, "unit": world.firms[0].pk}
    context = get(SCORES.key).load(user=world.recruiters[0], scope=scope, at=AT)
    grades = {row["grade"] for row in get(SCORES.key).export_rows(context)}
    assert grades == {Decimal("80.00"), Decimal("81.00"), Decimal("82.00")}
