"""The main job, from a member's workbook to a stranger's check, wide and narrow."""

import pytest
from django.core.cache import cache

from tests.journeys import season as steps
from tests.journeys.walker import SIZES, window
from tests.matching import world as rounds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", SIZES)
def test_from_a_workbook_to_a_checked_placement(browser, live_server, folder, size):
    cache.clear()
    season = steps.make_season(browser, live_server.url, size, folder)
    steps.hand_in(season)
    steps.hand_back(season)
    steps.mend(season)
    steps.publish_list(season)
    steps.plan_and_open(season)
    steps.choose(season)
    steps.score(season)
    steps.decide(season)
    number = steps.read_outcomes(season)
    steps.verify_as_a_stranger(season, number)
    assert season.pages >= 40


def test_a_student_without_javascript(browser, live_server):
    """Every button is a plain form: adding, reordering and removing work, and stay."""
    import time_machine

    world = rounds.make_world()
    rounds.opened(world)
    titles = [post.title for post in world.posts]
    with (
        time_machine.travel(rounds.AT, tick=True),
        window(
            browser, live_server.url, "narrow", "plain", world.actor(0), script=False
        ) as student,
    ):
        student.go("/student/")
        student.follow("填报志愿")
        for title in titles[:2]:
            steps.add(student, title)
            student.page.wait_for_load_state()
        student.says("志愿已保存")
        assert steps.listed(student) == titles[:2]
        student.page.get_by_role("button", name=f"上移：{titles[1]}").click()
        assert steps.listed(student) == [titles[1], titles[0]]
        student.page.get_by_role("button", name=f"移除：{titles[0]}").click()
        assert steps.listed(student) == [titles[1]]
        student.page.fill("#post-search", "维修")
        student.page.locator("noscript button, .post-filters button").first.click()
        student.look()
        student.says("共 1 个岗位")
        student.page.reload()
        assert steps.listed(student) == [titles[1]]
