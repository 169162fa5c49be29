"""The other codes: what is accepted, what is read out of them, what the refusal says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chanjiao_engine.codes import (
    CodeError,
    parse_division,
    parse_identity,
    parse_industry,
    parse_major,
    parse_mobile,
    parse_occupation,
    parse_school_code,
)
from chanjiao_engine.codes.education import FIELDS
from chanjiao_engine.codes.work import SECTIONS

SAMPLE = "11010519491231002X"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _identity(body: str) -> str:
    total = sum(int(sign) * weight for sign, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


identities = st.builds(
    lambda day, serial: _identity(f"210202{day:%Y%m%d}{serial:03}"),
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
)


def test_identity_sample() -> None:
    found = parse_identity(" 11010519491231002x")
    assert (found.number, found.birth, found.sex) == (SAMPLE, date(1949, 12, 31), "女")
    assert found.masked == "110105********002X"


@given(identities, st.data())
def test_identity_single_digit_errors_are_found(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from("0123456789X").filter(lambda sign: sign != number[place]))
    with pytest.raises(CodeError):
        parse_identity(number[:place] + other + number[place + 1 :])


@given(identities)
def test_identity_says_sex_and_age(number: str) -> None:
    found = parse_identity(number)
    assert found.sex == ("男" if int(number[16]) % 2 else "女")
    assert found.age_on(found.birth) == 0


def test_age_counts_on_the_birthday() -> None:
    found = parse_identity(_identity("21020220101123001"))
    assert found.age_on(date(2026, 11, 22)) == 15
    assert found.age_on(date(2026, 11, 23)) == 16


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("110105491231002", "15 位旧号"),
        ("11010519491331002X", "不是一个存在的日期"),
        ("11010519491231003X", "校验位应为 8"),
        ("99010519491231002X", "不是省级"),
        ("1101051949123100X2", "第 17 位是“X”，应为数字"),
        (_identity("11010518991231002"), "不合理"),
        ("", "没有填写"),
    ],
)
def test_identity_messages(text: str, words: str) -> None:
    with pytest.raises(CodeError) as caught:
        parse_identity(text)
    assert words in caught.value.message


def test_identity_not_born_yet() -> None:
    with pytest.raises(CodeError, match="不合理"):
        parse_identity(SAMPLE, on=date(1949, 12, 30))


def test_school() -> None:
    found = parse_school_code("4121010158")
    assert (found.category, found.province, found.serial) == ("普通高等学校", "辽宁省", "010158")


@pytest.mark.parametrize(
    ("text", "level", "field"),
    [
        ("660301", "中职", "装备制造大类"),
        ("460301", "高职专科", "装备制造大类"),
        ("260301", "职教本科", "装备制造大类"),
        ("590101", "高职专科", "公共管理与服务大类"),
        ("790101", "中职", "公共管理与服务大类"),
        ("080202", "普通本科", "工学"),
        ("080717t", "普通本科", "工学"),
    ],
)
def test_major(text: str, level: str, field: str) -> None:
    found = parse_major(text)
    assert (found.level, found.field_name, found.group) == (level, field, found.code[:4])


def test_every_field_has_the_three_levels() -> None:
    for number, name in enumerate(FIELDS, 1):
        levels = [parse_major(f"{base + number}0101") for base in (60, 40, 20)]
        assert [found.level for found in levels] == ["中职", "高职专科", "职教本科"]
        assert {found.field_name for found in levels} == {name}


def test_occupation() -> None:
    found = parse_occupation("6180107")
    assert (found.code, found.middle, found.minor) == ("6-18-01-07", "6-18", "6-18-01")
    assert parse_occupation("6—18—01—07") == found
    assert found.major == "生产制造及有关人员"


@pytest.mark.parametrize(
    ("text", "full", "level"),
    [
        ("c", "C", "门类"),
        ("34", "C34", "大类"),
        ("341", "C341", "中类"),
        ("C3411", "C3411", "小类"),
    ],
)
def test_industry(text: str, full: str, level: str) -> None:
    found = parse_industry(text)
    assert (found.full, found.level, found.section_name) == (full, level, "制造业")


def test_industry_sections_cover_01_to_97_without_a_gap() -> None:
    numbers = [n for first, last, _ in SECTIONS.values() for n in range(first, last + 1)]
    assert numbers == list(range(1, 98))


def test_division() -> None:
    found = parse_division("210202")
    assert (found.level, found.province, found.parent) == ("县级", "辽宁省", "210200")
    assert parse_division("210200").parent == "210000"
    assert parse_division("210000").parent is None


@pytest.mark.parametrize(
    "text",
    ["13812345678", "+86 138-1234-5678", "8613812345678", "138\u30001234 5678", "0086 13812345678"],
)
def test_mobile(text: str) -> None:
    found = parse_mobile(text)
    assert (found.number, found.masked) == ("13812345678", "138****5678")


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "86", "0086", "+86"]))
def test_every_mobile_is_read_with_and_without_country_code(number: str, prefix: str) -> None:
    assert parse_mobile(prefix + number).number == number


def test_a_country_code_inside_a_number_is_part_of_it() -> None:
    assert parse_mobile("13800000086").number == "13800000086"


@pytest.mark.parametrize(
    ("parse", "text", "words"),
    [
        (parse_school_code, "3521010158", "前两位应为 36"),
        (parse_school_code, "4199010158", "第 3–4 位"),
        (parse_school_code, "412101015", "应为 10 位"),
        (parse_major, "800101", "不在目录中"),
        (parse_major, "600101", "不在目录中"),
        (parse_major, "46030", "应为 6 位，现为 5 位"),
        (parse_major, "46O301", "第 3 位是“O”"),
        (parse_occupation, "9-18-01-07", "X-XX-XX-XX"),
        (parse_occupation, "", "没有填写"),
        (parse_industry, "D3411", "属于门类 C，不属于 D"),
        (parse_industry, "98", "大类“98”不存在"),
        (parse_industry, "3", "门类字母"),
        (parse_industry, "", "没有填写"),
        (parse_industry, "U", "门类字母"),
        (parse_division, "990000", "不是省级代码"),
        (parse_division, "210002", "只能是 00"),
        (parse_division, "21020", "应为 6 位"),
        (parse_mobile, "12812345678", "13–19"),
        (parse_mobile, "0411-84708", "应为 11 位"),
        (parse_mobile, "1381234567X", "第 11 位"),
    ],
)
def test_refusals(parse: Callable[[str], object], text: str, words: str) -> None:
    with pytest.raises(CodeError) as caught:
        parse(text)
    assert words in caught.value.message


PARSERS = (
    parse_division,
    parse_identity,
    parse_industry,
    parse_major,
    parse_mobile,
    parse_occupation,
    parse_school_code,
)


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.text(max_size=20))
def test_no_text_raises_anything_but_code_error(parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except CodeError as error:
        assert error.message
