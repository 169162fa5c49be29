"""From a plan to the post: the school sends the papers, each signs in their own way, the gate opens.

The school sits at a desk; enterprise, student and guardian hold a phone, the guardian without an
account and without JavaScript.
"""

from datetime import timedelta

import pytest
import time_machine

from chanjiao.agreements.models import Agreement, Party
from chanjiao.agreements.queries import links_of
from chanjiao.links.queries import token_of
from chanjiao.training.gate import recomputed
from chanjiao.training.models import Placement
from tests.journeys.walker import Stage, Walker, window
from tests.matching.world import World, make_world
from tests.people.world import make_user, seen
from tests.training.world import AT, STARTS, plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
_TERMS = {
    "insurance": "示例保险公司 PZ-1", "risks": "机械伤害；按规程操作可防。", "contact": "王老师 13000000000",
}  # fmt: skip


def tick(school: Walker, row: Placement, button: str) -> None:
    """A form over the row ticked in the list; it is swapped in, the page stays."""
    school.go("/member/placements/")
    school.page.locator(f"input[name=row][value='{row.pk}']").check()
    school.page.get_by_role("button", name=button, exact=True).click()
    school.page.wait_for_selector("[name=fill]", state="attached")
    school.look()


def send_papers(stage: Stage, world: World, row: Placement) -> None:
    """The school ticks the student and fills the terms once."""
    with stage.walk("school", world.teachers[0]) as school:
        school.go("/member/placements/gate/")
        school.says("还差条件", "学校、实习单位、学生三方须签订实习协议")
        tick(school, row, "送签协议和同意书")
        for name, text in _TERMS.items():
            school.page.fill(f"[name={name}]", text)
        school.page.fill(f"[name=guardian_{row.pk}]", "张家长")
        school.press("登记")
    assert Agreement.objects.filter(student=row.student, state="signing").count() == 2


def sign(stage: Stage, world: World, row: Placement, pupil) -> None:
    """School and enterprise after signing in, the student too, the guardian by the link."""
    row.refresh_from_db()
    three, consent = row.agreement, row.consent
    assert three is not None and consent is not None
    for who, actor, audience, size in (
        ("school", world.teachers[0], "member", "wide"),
        ("enterprise", world.recruiters[0], "member", "narrow"),
    ):
        with stage.walk(who, actor, size) as unit:
            unit.go(f"/{audience}/agreements/{three.pk}/sign/")
            unit.page.get_by_label("我已阅读全文").check()
            unit.press("签署")
    with stage.walk("student", pupil, "narrow") as student:
        for agreement in (three, consent):
            student.go("/student/agreements/")
            student.go(f"/student/agreements/{agreement.pk}/")
            student.page.get_by_label("我已阅读全文").check()
            student.press("签署")
    guardian = Party.objects.get(agreement=consent, side="guardian")
    address = f"/portal/sign/{token_of(links_of([guardian])[guardian.pk])}/"
    with (
        time_machine.travel(stage.at, tick=True),
        window(stage.browser, stage.address, "narrow", "guardian", None, script=False) as phone,
    ):
        phone.go(address)
        phone.says("张家长，您好", "风险")
        phone.page.fill("[name=name]", "张家长")
        phone.page.get_by_role("button", name="确认签署").click()
        phone.page.wait_for_load_state()
        phone.look()
        phone.go(address)
        phone.says("不用再办")
    assert {one.state for one in Agreement.objects.filter(student=row.student)} == {"in_force"}


def prepare_and_start(stage: Stage, world: World, row: Placement) -> None:
    with stage.walk("school", world.teachers[0]) as school:
        for button, values in (
            ("上岗前自查", {"clean_hands": True}),
            ("登记保险", {"insurer": "示例保险公司", "policy": "PZ-1", "starts_on": str(STARTS),
                      "last_on": str(row.ends_on)}),
            ("登记安全培训", {"kind": "training", "day": str(STARTS - timedelta(days=1))}),
            ("登记安全培训", {"kind": "test", "day": str(STARTS - timedelta(days=1)), "score": "95"}),
        ):  # fmt: skip
            tick(school, row, button)
            for name, value in values.items():
                field = school.page.locator(f"[name={name}]")
                if value is True:
                    field.check()
                elif name == "kind":
                    field.select_option(value)
                else:
                    field.fill(value)
            school.press("登记")
        school.go("/member/placements/gate/")
        school.says("1 人条件已齐、等开始日期")
    stage.at += timedelta(days=1)
    with stage.walk("school", world.teachers[0]) as school:
        school.go("/member/placements/gate/")
        school.press("所选学生上岗")
        school.go(f"/member/placements/{row.pk}/")
        school.says("实习中", "重算一致")
    with stage.walk("school", world.teachers[0], "narrow") as school:
        school.go(f"/member/placements/{row.pk}/")


def test_from_a_plan_to_the_post(browser, live_server, tmp_path):
    world = make_world()
    user = make_user("学生一")
    world.students[0].user = user
    world.students[0].save()
    row = plan(world, 0)
    stage = Stage(browser=browser, address=live_server.url, folder=tmp_path, at=AT)
    send_papers(stage, world, row)
    sign(stage, world, row, seen(user))
    prepare_and_start(stage, world, row)
    row.refresh_from_db()
    assert row.state == "running" and recomputed(row.gates.get())
