"""The pages of a year, computed, locked and published; and that a member sees no other's rows."""

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from chanjiao.indicators import actions, freezing, typed
from chanjiao.indicators.computing import refresh_figures, standing_of
from chanjiao.indicators.drilling import rows_of
from chanjiao.indicators.enums import PeriodState
from chanjiao.indicators.models import MemberReturn, TypedValue
from chanjiao.indicators.pack_report import report_of
from chanjiao.plans.enums import FlagState
from chanjiao.plans.models import Evidence
from chanjiao_engine.indicators.packs import verify_bytes
from tests.indicators.world import AFTER, AT, make_year

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def verified_here(monkeypatch):
    monkeypatch.setattr(
        freezing, "verified", lambda data, pin: report_of(verify_bytes(data, pins=[pin]))
    )


def browser(actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def text_of(answer) -> str:
    return (b"".join(answer) if answer.streaming else answer.content).decode("utf-8", "replace")


def test_every_page_of_a_computed_year(time=AFTER):
    year = make_year(PeriodState.REPORTING)
    refresh_figures(year.period, at=AT)
    with time_machine.travel(time, tick=False):
        office = browser(year.office)
        listed = text_of(office.get(reverse("desk:indicator_list", args=[year.period.pk])))
        for shown in ("演示指标集", "暂无数据来源", "触发否决", "无法计算", "待填报", "5.00 万元"):
            assert shown in listed
        for one in standing_of(year.period).found.indicators:
            for name, pk in (
                ("indicator_detail", year.period.pk),
                ("set_formula", year.version.pk),
            ):
                answer = office.get(reverse(f"desk:{name}", args=[pk, one.code]))
                assert answer.status_code == 200, (name, one.code)
        trial = office.get(reverse("desk:set_formula", args=[year.version.pk, "12"]) + "?trial=1")
        assert "毫秒" in text_of(trial)
        for name in (
            "period_detail",
            "typed_list",
            "return_list",
            "period_lock",
            "period_settings",
        ):
            answer = office.get(reverse(f"desk:{name}", args=[year.period.pk]))
            assert answer.status_code == 200, name


def test_a_member_reaches_no_other_units_rows():
    year = make_year(PeriodState.REPORTING)
    refresh_figures(year.period, at=AT)
    mine, other = (firm.credit_code for firm in year.world.firms)
    with time_machine.travel(AT, tick=False):
        member = browser(year.recruiter)
        page = reverse("member:indicator_detail", args=[year.period.pk, "12"])
        rows = reverse("member:indicator_rows", args=[year.period.pk, "12"])
        for address in (page, f"{page}?group=企", f"{rows}?export=csv", f"{rows}?part=1"):
            said = text_of(member.get(address))
            assert other not in said, address
        assert "另有 1 行" in text_of(member.get(page)) and mine in text_of(member.get(page))
        theirs = MemberReturn.objects.get(period=year.period, unit=year.world.firms[1])
        for name in ("return_detail", "return_submit"):
            address = reverse(f"member:{name}", args=[theirs.pk])
            assert member.post(address, {"revision": 1}).status_code == 404


def test_a_return_goes_its_way():
    year = make_year(PeriodState.REPORTING)
    row = MemberReturn.objects.get(period=year.period, unit=year.world.firms[0])
    with time_machine.travel(AT, tick=False):
        member, office = browser(year.recruiter), browser(year.office)
        here = reverse("member:return_detail", args=[row.pk])
        submit = reverse("member:return_submit", args=[row.pk])
        refused = member.post(submit, {"revision": row.revision})
        assert refused.status_code == 422 and "请先核对" in text_of(refused)
        sections = ("membership", "lists", "commitments", "tasks", "evidence")
        filled = {f"{key}_confirmed": "on" for key in sections}
        assert member.post(here, {"revision": row.revision, **filled}).status_code == 302
        row.refresh_from_db()
        assert member.post(submit, {"revision": row.revision}).status_code == 302
        back = reverse("desk:return_hand_back", args=[row.pk])
        assert office.post(back, {"tasks": "请写明进展"}).status_code == 302
        assert "请写明进展" in text_of(member.get(here))
        row.refresh_from_db()
        assert row.state == "returned" and not row.sections["tasks"]["confirmed"]


def test_four_eyes_on_a_value_by_hand():
    year = make_year(PeriodState.REPORTING)
    with time_machine.travel(AT, tick=False):
        office, second = browser(year.office), browser(year.second)
        enter = reverse("desk:typed_enter", args=[year.period.pk, "11"])
        wrong = office.post(enter, {"value": "3.5", "reason": "文件", "evidence": "9-9-9"})
        assert wrong.status_code == 422
        given = {"value": "3", "reason": "文件", "evidence": "1-1-1-1"}
        assert office.post(enter, given).status_code == 302
        row = TypedValue.objects.get(code="11")
        approve = reverse("desk:typed_decide", args=[row.pk, "approve"])
        assert office.post(approve).status_code == 422
        assert second.post(approve).status_code == 302
        row.refresh_from_db()
        assert row.state == "approved" and row.decided_by_id == year.second.pk
        listed = text_of(office.get(reverse("desk:typed_list", args=[year.period.pk])))
        assert "3 项" in listed and "value-typed" in listed


def test_what_the_public_sees():
    year = make_year(PeriodState.REPORTING)
    period = year.reload()
    refresh_figures(period, at=AFTER)
    for code in ("12",):
        value = standing_of(period).outcomes[code].value
        typed.confirm_value(period, code, value, by=year.office, at=AFTER)
    freezing.lock_period(year.reload(), "仍缺年报", by=year.office, at=AFTER)
    public = reverse("portal:period", args=[period.pk])
    assert Client().get(public).status_code == 404
    actions.publish_period(year.reload(), ["3", "42"], public_pack=True, by=year.office, at=AFTER)
    shown = text_of(Client().get(public))
    assert "参与的园区企业" in shown and "触发否决" in shown and "秘书处经费" not in shown
    assert text_of(Client().get(reverse("portal:period_pack", args=[period.pk])))
    with time_machine.travel(AFTER, tick=False):
        office = browser(year.office)
        page = text_of(office.get(reverse("desk:period_detail", args=[period.pk])))
        assert "chanjiao pack verify" in page
        detail = reverse("desk:indicator_detail", args=[period.pk, "12"])
        assert "定稿" in text_of(office.get(detail))
        pack = office.get(reverse("desk:period_pack", args=[period.pk, 1]))
        assert pack.status_code == 200 and text_of(pack)


@pytest.mark.parametrize(
    ("state", "told"), [(FlagState.OPEN, True), (FlagState.CLEARED, False), ("", False)]
)
def test_a_suspicion_stands_beside_the_veto_light(state: str, told: bool):
    year = make_year(PeriodState.REPORTING)
    Evidence.objects.filter(code="1-1-1-1").update(flag=state)
    refresh_figures(year.period, at=AT)
    with time_machine.travel(AT, tick=False):
        office = browser(year.office)
        for name, args in (
            ("indicator_list", [year.period.pk]),
            ("period_detail", [year.period.pk]),
        ):
            page = text_of(office.get(reverse(f"desk:{name}", args=args)))
            assert ("待核 1 份" in page) is told, name
        cockpit = text_of(office.get(reverse("desk:cockpit")))
        assert ("待核 1 项" in cockpit) is told
        undecided = f"{reverse('desk:evidence_list')}?year=2026&amp;flag=open"
        assert (undecided in cockpit) is told
        if told:
            assert "1-1-1-1" in text_of(office.get(undecided.replace("&amp;", "&")))


def test_cells_of_the_cockpit_open_to_the_indicators_they_count():
    year = make_year(PeriodState.REPORTING)
    refresh_figures(year.period, at=AT)
    with time_machine.travel(AT, tick=False):
        office = browser(year.office)
        cockpit = text_of(office.get(reverse("desk:cockpit"))).replace("&amp;", "&")
        here = reverse("desk:indicator_list", args=[year.period.pk])
        cells = re.findall(rf'href="({here}\?second=[^"]+&stand=\w+)">(\d+)</a>', cockpit)
        counted = [(address, int(count)) for address, count in cells if count != "0"]
        assert sum(count for _, count in counted) == 40  # 44, the four vetoes are lights
        for address, count in counted:
            page = text_of(office.get(address))
            assert f"（{count} 项）" in page and page.count('class="code-mark"') == count, address


def test_what_the_rows_cannot_show_is_told():
    year = make_year(PeriodState.REPORTING)
    refresh_figures(year.period, at=AT)
    told = set()
    with time_machine.travel(AT, tick=False):
        office = browser(year.office)
        for one in standing_of(year.period).found.indicators:
            for part in rows_of(year.period, one, unit_code=None).parts:
                if part.note:
                    page = reverse("desk:indicator_detail", args=[year.period.pk, one.code])
                    assert part.note in text_of(office.get(page)), one.code
                    told.add(one.code)
    assert told
