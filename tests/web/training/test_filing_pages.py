"""The pages of the filing roster: filtered like the list, one's own school only, a template mapped."""

from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chanjiao.training.models import RosterLayout
from tests.matching.world import make_world
from tests.training.test_filing import TITLES, template
from tests.training.world import AT, plan, running
from tests.web.rounds.pages import get, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def page(name="filing", *args):
    return reverse(f"member:placement_{name}", args=args)


def lines(sent):
    book = openpyxl.load_workbook(BytesIO(b"".join(sent.streaming_content)))
    return [list(row) for row in book.active.values]


def test_a_roster_holds_the_rows_the_list_shows_and_no_others(world):
    plan(world, 0)
    running(world, 2)
    plan(world, 1)
    school = world.teachers[0]
    first, third = world.students[0].name, world.students[2].name
    for query, wanted in (
        ("", {first, third}), ("&state=running", {third}), ("&state=ended", set()),
        (f"&q={first}", {first}),
    ):  # fmt: skip
        found = lines(get(school, f"{page()}?layout=national{query}", at=AT))
        assert {row[4] for row in found[1:]} == wanted
    shown = get(school, page() + "?state=running", at=AT).text
    assert "导出 1 条" in shown and "layout=henan&amp;state=running" in shown
    assert "个人信息" in shown and "示范布局" in shown
    assert get(school, page() + "?layout=nowhere", at=AT).status_code == 404
    for stranger in (world.recruiters[0], world.secretary):
        assert get(stranger, page() + "?layout=national", at=AT).status_code in {403, 404}


def test_a_template_is_uploaded_mapped_and_used_by_both_schools(world):
    plan(world, 1)
    school, other = world.teachers
    file = SimpleUploadedFile("备案.xlsx", template(*TITLES).read())
    sent = post(school, page(), {"file": file}, at=AT)
    row = RosterLayout.objects.get()
    assert sent.headers["Location"] == page("layout", row.pk)
    assert "B 身份证号" in get(school, sent.headers["Location"], at=AT).text
    given = {"revision": 1, "title": "某省", "column-name": "2", "column-host": ""}
    refused = post(school, page("layout", row.pk), given, at=AT)
    assert refused.status_code == 422 and "请指定哪一列是“实习单位”" in refused.text
    assert get(other, f"{page()}?layout={row.pk}", at=AT).status_code == 404, "not mapped yet"
    given |= {"column-host": "4", "words": "henan"}
    assert post(school, page("layout", row.pk), given, at=AT).status_code == 302
    found = lines(get(other, f"{page()}?layout={row.pk}", at=AT))
    assert found[2][2] == world.students[1].name
    assert get(other, page("layout", row.pk), at=AT).status_code == 404
    assert post(other, page("layout_forget", row.pk), {}, at=AT).status_code == 404
    assert post(school, page("layout_forget", row.pk), {}, at=AT).status_code == 302
    assert not RosterLayout.objects.exists()
