"""The cockpit: live figures that open to their rows, both themes, nobody's name on the wall."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from chanjiao.council.enums import CommitmentKind, DeliveryState, MeetingState
from chanjiao.council.models import Body, CharterRule, Commitment, Delivery, Meeting
from chanjiao.needs.enums import ListingState
from chanjiao.plans.enums import PlanState, TaskState
from chanjiao.plans.models import Plan, Task, TaskGroup
from tests.needs.world import in_state, make_post, make_world
from tests.people.world import AT, TODAY
from tests.web.rounds.pages import client_of, get, queries, text

pytestmark = pytest.mark.django_db
PATH = "/desk/cockpit/"


def make_plan(world, *progress: int) -> Plan:
    plan = Plan.objects.create(
        consortium=world.consortium, year=TODAY.year, title="示例计划", state=PlanState.IN_FORCE,
        created_at=AT,
    )  # fmt: skip
    TaskGroup.objects.create(plan=plan, code="1-1", name="组织机构")
    for index, percent in enumerate(progress, 1):
        Task.objects.create(
            plan=plan, code=f"1-1-{index}", name="示例任务", unit=world.firm, weight=Decimal(index),
            starts_on=date(TODAY.year, 1, 1), due_on=TODAY - timedelta(days=1), progress=percent,
            state=TaskState.DONE if percent == 100 else TaskState.UNDER_WAY, created_at=AT,
        )  # fmt: skip
    return plan


def test_figures_open_to_exactly_the_rows_they_count():
    world = make_world()
    in_state(make_post(world, title="在列的岗位"), ListingState.PUBLISHED)
    in_state(make_post(world, title="待审的岗位"), ListingState.SUBMITTED)
    page = text(get(world.office, PATH))
    assert "供需清单在列 1 条，待审核 1 条" in page
    shown = re.search(r'href="(/desk/lists/posts/\?shown=1)"', page)[1]
    rows = text(get(world.office, shown))
    assert "在列的岗位" in rows and "待审的岗位" not in rows
    waiting = re.search(r'href="(/desk/lists/posts/\?state=submitted)"', page)[1]
    assert "待审的岗位" in text(get(world.office, waiting))


def test_progress_is_by_weight_and_late_tasks_are_told():
    world = make_world()
    make_plan(world, 100, 40)
    page = text(get(world.office, PATH))
    assert "2 项任务，总进度 60%，完成 1 项，逾期 1 项" in page and "1-1 组织机构" in page


def test_only_what_was_confirmed_counts_as_delivered():
    world = make_world()
    promise = Commitment.objects.create(
        consortium=world.consortium, unit=world.firm, number="CN-1", kind=CommitmentKind.MONEY,
        title="示例", promised=Decimal(400_000_000), promised_on=TODAY,
    )  # fmt: skip
    for state in (DeliveryState.CONFIRMED, DeliveryState.RECORDED):
        Delivery.objects.create(
            commitment=promise, quantity=Decimal(100_000_000), delivered_on=TODAY, state=state,
            by=world.office.user, at=AT,
        )  # fmt: skip
    assert "承诺资金与设备 400 万元，已兑现 100 万元（25%）" in text(get(world.office, PATH))


def test_cells_of_plan_and_money_open_to_the_rows_they_count():
    world = make_world()
    make_plan(world, 100, 40)
    for number, kind in (("CN-1", CommitmentKind.MONEY), ("CN-2", CommitmentKind.POSTS)):
        Commitment.objects.create(
            consortium=world.consortium, unit=world.firm, number=number, kind=kind, title=number,
            promised=Decimal(400_000_000), promised_on=TODAY,
        )  # fmt: skip
    page = text(get(world.office, PATH)).replace("&amp;", "&")
    plan = Plan.objects.get()
    for only, codes in (("done", {1}), ("overdue", {2}), ("counted", {1, 2})):
        address = f"/desk/plans/{plan.pk}/?group=1-1&only={only}"
        assert f'href="{address}"' in page
        listed = text(get(world.office, address))
        assert {n for n in (1, 2) if f"1-1-{n}" in listed} == codes, only
    assert "1-1-1" not in text(get(world.office, f"/desk/plans/{plan.pk}/?group=1-2&only=done"))
    side = f"{reverse('desk:commitment_list')}?fen=1&side=%E4%BC%81"
    assert f'href="{side}"' in page
    listed = text(get(world.office, side))
    assert "CN-1" in listed and "CN-2" not in listed
    assert "CN-1" not in text(get(world.office, side.replace("%E4%BC%81", "%E6%A0%A1")))


def test_cells_of_the_council_open_to_the_rows_they_count():
    world = make_world()
    body = Body.objects.create(
        consortium=world.consortium, kind="board", name="理事会", established_on=TODAY
    )
    rule = CharterRule.objects.create(
        consortium=world.consortium, body_kind="board", starts_on=TODAY, source="章程"
    )
    for state in (MeetingState.NOTIFIED, MeetingState.MINUTED, MeetingState.POSTPONED):
        Meeting.objects.create(
            body=body, number=state, title=f"会议{state}", starts_at=AT, chair="示例", state=state,
            created_at=AT, rule=rule, opened_at=AT, closed_at=AT,
        )  # fmt: skip
    page = text(get(world.office, PATH))
    for asked, title in (("coming", "notified"), ("unsigned", "minuted")):
        address = f"{reverse('desk:meeting_list')}?{asked}=1"
        assert f'href="{address}">1</a>' in page
        assert re.findall(
            r"会议(notified|minuted|postponed)", text(get(world.office, address))
        ) == [title]


def test_another_consortium_is_not_counted():
    world, other = make_world(), make_world()
    make_plan(other, 100)
    assert "还没有年度计划" in text(get(world.office, PATH))


def test_an_empty_consortium_is_told_what_to_do():
    world = make_world()
    page = text(get(world.office, PATH))
    for words in (
        "请在“计划”中建立",
        "承诺兑现”中登记",
        "请在“治理”中建立机构",
        "请在“匹配”中建立",
    ):
        assert words in page


def test_no_names_of_people_stand_on_the_wall():
    world = make_world()
    page = text(get(world.office, PATH))
    assert world.office.name not in page and world.recruiter.name not in page


def test_the_theme_is_remembered_without_a_script():
    world = make_world()
    browser = client_of(world.office)
    assert 'data-theme="light"' in browser.get(PATH).content.decode()
    answer = browser.get(PATH, {"theme": "dark"})
    assert 'data-theme="dark"' in answer.content.decode()
    assert answer.cookies["theme"]["httponly"]
    assert 'data-theme="dark"' in browser.get(PATH).content.decode()
    assert 'data-theme="dark"' in browser.get(PATH, {"theme": "<x>"}).content.decode()


def test_it_asks_for_itself_every_minute():
    page = text(get(make_world().office, PATH))
    assert f'hx-get="{PATH}"' in page and 'hx-trigger="every 60s"' in page


def test_each_picture_has_its_csv():
    world = make_world()
    in_state(make_post(world), ListingState.PUBLISHED)
    answer = get(world.office, PATH, chart="needs")
    assert "人才需求,1,0" in b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_cost_does_not_grow_with_the_rows(rows):
    world = make_world()
    for _ in range(rows):
        in_state(make_post(world), ListingState.PUBLISHED)
    make_plan(world, *([50] * rows))
    assert queries(world.office, PATH) == 34
