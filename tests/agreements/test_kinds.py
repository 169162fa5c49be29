"""The kinds: shipped texts complete, a consortium's own, what is refused; texts and their differences."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from chanjiao.agreements import kind_actions
from chanjiao.agreements.bridge import text_of_word, word_of
from chanjiao.agreements.checks import check_kind, checked_values
from chanjiao.agreements.comparing import side_by_side
from chanjiao.agreements.enums import FieldType
from chanjiao.agreements.expiry import tell_expiring
from chanjiao.agreements.kind_lines import field_lines, read_fields, read_roles, role_lines
from chanjiao.agreements.kinds import (
    Field,
    NoSuchKind,
    is_shipped,
    kind_called,
    offered,
    shipped,
)
from chanjiao.agreements.text import is_article, names_of, rendered, tags_in
from chanjiao.documents.filling import TemplateRefused
from chanjiao.documents.writing import write_word
from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.notices.models import Notice
from chanjiao.plans.record_kinds import all_kinds
from chanjiao.plans.records import digest_of as record_digest
from tests.agreements.world import make_world, paper, version
from tests.people.world import AT, TODAY

WANTED = {
    "three-party", "consent", "framework", "order-class", "apprentice", "field-engineer",
    "industry-college", "base", "technology", "international", "mentor", "addendum",
}  # fmt: skip


def test_the_kinds_the_issue_asks_for_are_shipped():
    assert set(shipped()) == WANTED


@pytest.mark.parametrize("code", sorted(WANTED))
def test_a_shipped_kind_can_be_used_and_its_text_names_all_its_fields(code):
    kind = shipped()[code]
    check_kind(kind)
    said = set(tags_in(kind.body))
    assert not [one.name for one in kind.fields if one.name not in said]
    parties = {role.name for role in kind.roles}
    named = "各方" in said
    assert named or parties <= said
    assert any(is_article(line) for line in kind.body.splitlines())
    assert all(len(one.name) <= 30 for one in kind.fields)


def test_the_three_party_agreement_has_what_the_rules_ask_to_be_in_it():
    """教职成〔2021〕4号: parties, period, place, content, pay, hours, rest, safety, insurance, breach."""
    body = shipped()["three-party"].body
    for word in (
        "实习期限", "实习岗位、内容和地点", "工作时间和休息休假", "实习报酬和支付方式", "食宿", "劳动保护、安全和卫生",
        "责任保险和伤亡事故处理", "实习考核", "违约责任", "不得扣押", "80%", "不得上岗",
    ):  # fmt: skip
        assert word in body, word


def test_lines_of_roles_and_fields_are_read_as_they_are_written():
    for kind in shipped().values():
        assert read_roles(role_lines(kind.roles)) == kind.roles
        assert read_fields(field_lines(kind.fields)) == kind.fields


@pytest.mark.parametrize(
    ("read", "line", "said"),
    [
        (read_roles, "school | 甲方", "第 1 行：应有 5 项"),
        (read_roles, "school | 甲方 | 学校 | 公司 | 必填", "性质“公司”应为"),
        (read_roles, "school | 甲方 | 学校 | 单位 | 是", "应为必填或可不填"),
        (read_roles, "a | 甲 | 甲 | 单位 | 必填\na | 乙 | 乙 | 单位 | 必填", "代号“a”重复"),
        (read_fields, "金额", "应有 3 到 5 项"),
        (read_fields, "金额 | 钱 | 必填", "类型“钱”应为"),
        (read_fields, "金额 | 整数 | 要", "第三项应为"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_place(read, line, said):
    with pytest.raises(Invalid, match=said):
        read(line)


def test_a_kind_that_cannot_be_used_is_refused_with_every_reason():
    kind = shipped()["framework"]
    bad = replace(
        kind, code="Bad Code", name=" ", roles=kind.roles[:1],
        fields=(Field("类型", FieldType.CHOICE, choices=("一",)), Field("类型")),
        body="{{ 没有这个 }}\n{{ 甲方 }}",
    )  # fmt: skip
    with pytest.raises(Invalid) as caught:
        check_kind(bad)
    assert set(caught.value.problems) == {"code", "name", "roles", "lines", "body"}
    assert caught.value.problems["body"] == ["正文第 1 段：没有名为“没有这个”的填写项或签署方。"]


FIELDS = (
    Field("日期", FieldType.DATE), Field("人数", FieldType.WHOLE), Field("金额", FieldType.MONEY),
    Field("类型", FieldType.CHOICE, choices=("甲", "乙")), Field("说明", FieldType.LONG, False),
)  # fmt: skip


def test_values_are_kept_in_one_form_whoever_brings_them():
    kept = {"日期": "2027-03-01", "人数": 12, "金额": 450_050, "类型": "甲", "说明": "一\n二"}
    typed = {
        "日期": "2027-03-01",
        "人数": "12",
        "金额": "4,500.50",
        "类型": "甲",
        "说明": " 一 \n\n二 ",
    }
    native = kept | {"日期": date(2027, 3, 1), "金额": Decimal("4500.50")}
    assert checked_values(FIELDS, typed, complete=True) == kept
    assert checked_values(FIELDS, native, complete=True) == kept
    assert checked_values(FIELDS, kept, complete=True) == kept


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("日期", "三月", "请按 2027-03-01 的格式"), ("人数", "-1", "请填写整数"), ("人数", "1e3", "请填写整数"),
        ("人数", "１２", "请填写整数"), ("金额", "4.005", "最多精确到分"), ("金额", "-1", "超出范围"),
        ("金额", "NaN", "请填写金额"), ("类型", "丙", "请从甲、乙中选择"), ("说明", "长" * 4001, "最多 4000 字"),
        ("别的", "一", "没有“别的”这一项"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_kept_says_how_to_mend_it(name, value, said):
    with pytest.raises(Invalid, match=said) as caught:
        checked_values(FIELDS, {name: value}, complete=False)
    assert list(caught.value.problems) == [f"value-{name}"]


# Texts -------------------------------------------------------------------------------------------
def test_a_text_is_filled_once_and_what_is_missing_shows():
    words = {"甲": "{{ 乙 }}", "乙": "换行\n第二段", "丙": "句号。"}
    assert (
        rendered("{{ 甲 }}，{{乙}}。\n\n {{ 丙 }}。", words) == "{{ 乙 }}，换行\n第二段。\n句号。"
    )


def test_side_by_side_marks_what_differs_and_keeps_the_rest():
    lines = side_by_side("一\n报酬每月 4500 元\n三", "一\n报酬每月 5000 元\n三\n四")
    assert [line.kind for line in lines] == ["same", "changed", "same", "added"]
    assert "".join(text for text, _ in lines[1].left) == "报酬每月 4500 元"
    assert "".join(text for text, _ in lines[1].right) == "报酬每月 5000 元"
    assert any(differs for _, differs in lines[1].left)
    assert [line.kind for line in side_by_side("一\n二", "一")] == ["same", "removed"]
    assert side_by_side("", "") == []


@pytest.mark.django_db
def test_the_word_file_says_what_the_version_says():
    world = make_world()
    one = version(world.sent())
    assert one.document is None, "without a template the text says all; Word is made when asked"
    name, word = word_of(one)
    assert name.endswith("第1版）.docx")
    said = text_of_word(word)
    assert all(line in said for line in one.text.splitlines())
    assert "专业" in one.text and world.students[0].student_number in one.text
    assert "{{" not in one.text


# A consortium's own --------------------------------------------------------------------------------
@pytest.mark.django_db
def test_another_version_of_a_kind_leaves_what_was_drafted_alone():
    world = make_world()
    old = world.sent(world.framework(), "framework")
    kind = world.kind("framework")
    assert kind.version == 1 and is_shipped(kind)
    changed = replace(kind, body=f"{kind.body}\n第十条 附件\n无。")
    kind_actions.save_kind(world.consortium, changed, **world.by(world.office))
    new = world.sent(world.framework(), "framework")
    assert (old.kind.version, new.kind.version) == (1, 2)
    assert "第十条 附件" in version(new).text and "第十条 附件" not in version(old).text
    assert not is_shipped(world.kind("framework"))
    with pytest.raises(Conflict, match="新的版本"):
        kind_actions.save_kind(world.consortium, changed, **world.by(world.office))
    with pytest.raises(Refused, match="只有本联合体秘书处"):
        kind_actions.save_kind(world.consortium, changed, **world.by())


@pytest.mark.django_db
def test_a_kind_first_saved_leaves_room_for_the_shipped_text():
    world = make_world()
    kind = world.kind("base")
    row = kind_actions.save_kind(world.consortium, kind, **world.by(world.office))
    assert (kind.version, row.version) == (0, 2)


@pytest.mark.django_db
def test_a_retired_kind_is_not_offered_and_another_consortium_keeps_its_own():
    world, other = make_world(), make_world()
    kind_actions.retire_kind(world.consortium, world.kind("mentor"), **world.by(world.office))
    assert "mentor" not in {kind.code for kind in offered(world.consortium)}
    assert "mentor" in {kind.code for kind in offered(other.consortium)}
    with pytest.raises(NoSuchKind, match="mentor"):
        kind_called(world.consortium, "mentor")
    with pytest.raises(Refused, match="不能停用"):
        kind_actions.retire_kind(world.consortium, world.kind("addendum"), **world.by(world.office))


@pytest.mark.django_db
def test_a_word_template_is_checked_tag_by_tag_and_then_is_the_text():
    world = make_world()
    kind = world.kind("framework")
    bad = write_word("", kind_actions.text_blocks("{{ 编号 }}", "甲方：{{ 甲方名称 }}"))
    with pytest.raises(TemplateRefused, match="甲方名称"):
        kind_actions.save_kind(
            world.consortium, kind, template=paper(bad, "模板.docx"), **world.by(world.office)
        )
    assert world.kind("framework").version == 0
    good = kind_actions.starting_template(kind)
    kind_actions.save_kind(
        world.consortium, kind, template=paper(good, "模板.docx"), **world.by(world.office)
    )
    one = version(world.sent(world.framework(), "framework"))
    assert "共建专业" in one.text and world.firm.name in one.text
    used = world.kind("framework")
    again = kind_actions.save_kind(world.consortium, used, **world.by(world.office))
    assert again.template == used.template
    fewer = replace(world.kind("framework"), fields=used.fields[1:])
    with pytest.raises(TemplateRefused, match="合作内容"):
        kind_actions.save_kind(world.consortium, fewer, **world.by(world.office))
    assert one.facts["template"] == world.kind("framework").template.digest
    assert {"甲方", "乙方信用代码", "合作内容"} <= {name.key for name in names_of(kind)}


# What agreements give to others --------------------------------------------------------------------
@pytest.mark.django_db
def test_an_agreement_in_force_may_stand_as_evidence_and_its_digest_stays():
    world = make_world()
    kind = next(one for one in all_kinds() if one.key == "agreement")
    signed = world.signed(world.framework(starts_on=date(2026, 1, 1)))
    world.sent(world.framework(), "framework")
    assert list(kind.visible_to(world.recruiter, TODAY)) == [signed]
    assert list(kind.visible_to(world.office, TODAY)) == [signed]
    assert not kind.visible_to(make_world().recruiter, TODAY).exists()
    before = record_digest(kind, signed)
    world.firm.name = "改名"
    world.firm.save()
    assert record_digest(kind, signed) == before
    assert kind.content(signed)["内容摘要"] == version(signed).digest


@pytest.mark.django_db
def test_people_are_told_once_at_sixty_thirty_and_seven_days(django_capture_on_commit_callbacks):
    world = make_world()
    world.signed(world.framework(starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 22)))
    Notice.objects.all().delete()

    def run(day: date) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return tell_expiring(at=AT.replace(year=day.year, month=day.month, day=day.day))

    assert run(date(2026, 11, 20)) == 0
    assert [run(date(2026, 11, day)) for day in (23, 24, 25)] == [0, 1, 0]
    assert run(date(2026, 12, 30)) == 1
    assert [run(date(2027, 1, day)) for day in (16, 17, 22, 23)] == [1, 0, 0, 0]
    told = Notice.objects.filter(user=world.recruiter.user)
    assert told.count() == 3
