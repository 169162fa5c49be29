"""The homes say what to do now; their numbers open to the rows they are summed from."""

import re
from datetime import timedelta

import pytest

from chanjiao.needs.chasing import remind_units
from chanjiao.needs.enums import ListingState
from chanjiao.notices.models import Notice
from chanjiao.trail.models import Entry
from tests.needs.world import in_state, make_cohort, make_post, make_world
from tests.people.world import AT
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


def lines(answer) -> dict[str, str]:
    """Queue title → its row's text."""
    rows = re.findall(r"<tr data-href.*?</tr>", text(answer), re.S)
    plain = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]
    return {line.split(" ")[0]: line for line in plain}


def test_the_secretary_sees_what_waits_and_for_how_long():
    world = make_world()
    row = in_state(make_post(world), ListingState.SUBMITTED)
    type(row).objects.filter(pk=row.pk).update(submitted_at=AT - timedelta(days=7))
    found = lines(get(world.office, "/desk/"))
    assert "逾期 2 天" in found["审核成员提交的人才需求"]
    assert " 2 " in next(v for k, v in found.items() if "尚未提交任何清单" in k)


def test_an_empty_queue_says_so():
    world = make_world()
    answer = text(get(world.recruiter, "/member/"))
    assert "没有待办事项" in answer


def test_a_member_sees_what_came_back_and_nobody_elses():
    world = make_world()
    in_state(make_post(world), ListingState.RETURNED)
    assert any("被退回的人才需求" in key for key in lines(get(world.recruiter, "/member/")))
    assert not any("被退回" in key for key in lines(get(world.rival, "/member/")))


def test_the_figures_open_to_exactly_the_rows_they_count():
    world = make_world()
    in_state(make_post(world, title="在列的岗位"), ListingState.PUBLISHED)
    in_state(make_post(world, title="未发布的岗位"), ListingState.SUBMITTED)
    in_state(make_cohort(world), ListingState.PUBLISHED)
    page = text(get(world.office, "/desk/"))
    assert re.search(r"本季度在列需求.*?>6 <.*?1 个岗位", page, re.S)
    url = re.search(r'href="(/desk/lists/posts/\?shown=1[^"]*)"', page)[1].replace("&amp;", "&")
    rows = text(get(world.office, url))
    assert "在列的岗位" in rows and "未发布的岗位" not in rows


def test_charts_say_the_finding_and_their_lines_open_to_posts():
    world = make_world()
    in_state(make_post(world, title="在列的岗位"), ListingState.PUBLISHED)
    page = text(get(world.office, "/desk/charts/"))
    assert "缺口最大" in page
    url = re.search(r'href="(/desk/lists/posts/\?shown=1&amp;occupation=[^"]*)"', page)[1]
    assert "在列的岗位" in text(get(world.office, url.replace("&amp;", "&")))
    answer = get(world.office, "/desk/charts/", chart="majors")
    table = b"".join(answer.streaming_content)
    assert table.startswith(b"\xef\xbb\xbf") and "460103" in table.decode()


def test_reminding_reaches_the_silent_only(django_capture_on_commit_callbacks):
    world = make_world()
    in_state(make_post(world), ListingState.SUBMITTED)
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(
            world.office, "/desk/silent/remind/", {"row": [world.firm.pk, world.other.pk]}
        )
    assert answer.status_code == 302
    told = set(Notice.objects.values_list("user_id", flat=True))
    assert told == {world.rival.pk}
    assert Entry.objects.filter(action="needs.remind").count() == 1


def test_only_the_secretariat_reminds():
    world = make_world()
    with pytest.raises(Exception, match="只有秘书处"):
        remind_units(world.consortium, [world.other], AT.date(), by=world.recruiter, at=AT)


@pytest.mark.parametrize("rows", [1, 3])
def test_homes_cost_the_same_whatever_the_rows(rows):
    world = make_world()
    for _ in range(rows):
        in_state(make_post(world), ListingState.SUBMITTED)
    assert queries(world.office, "/desk/") == 31
    assert queries(world.recruiter, "/member/") == 25


def test_a_unit_whose_only_administrator_is_switched_off_has_none():
    world = make_world()
    assert "示例机床厂" not in text(get(world.office, "/desk/unattended/"))
    type(world.recruiter.user).objects.filter(pk=world.recruiter.pk).update(is_active=False)
    assert "示例机床厂" in text(get(world.office, "/desk/unattended/"))
