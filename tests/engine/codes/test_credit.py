"""统一社会信用代码: every single-character error is found, and the message mends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chanjiao_engine.codes import (
    CodeError,
    make_credit_code,
    parse_credit_code,
    parse_organisation_code,
)
from chanjiao_engine.codes.credit import ALPHABET

SAMPLES = ("91350100M000100Y43", "91110000802100433B")
codes = st.builds(
    make_credit_code,
    st.sampled_from(["91", "12", "11", "51", "52", "93", "N1", "Y1"]),
    st.sampled_from(["210200", "110000", "100000", "350100"]),
    st.text(ALPHABET, min_size=8, max_size=8),
)


@pytest.mark.parametrize("sample", SAMPLES)
def test_published_samples_are_valid(sample: str) -> None:
    found = parse_credit_code(sample)
    assert (found.code, found.category) == (sample, "企业")
    assert parse_organisation_code(found.organisation) == found.organisation


@given(codes)
def test_made_codes_are_valid(code: str) -> None:
    found = parse_credit_code(code)
    assert found.code == code
    assert found.division == code[2:8]


@given(codes, st.data())
def test_every_single_character_error_is_found(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda sign: sign != code[place]))
    with pytest.raises(CodeError):
        parse_credit_code(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_single_character_error_of_the_samples(sample: str) -> None:
    for place in range(18):
        for other in ALPHABET.replace(sample[place], ""):
            with pytest.raises(CodeError):
                parse_credit_code(sample[:place] + other + sample[place + 1 :])


@given(codes)
def test_typing_habits_are_normalised(code: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    spaced = f" {code[:8].lower()}\u3000{code[8:].lower()}\u200b"
    assert parse_credit_code(wide) == parse_credit_code(code) == parse_credit_code(spaced)


@given(st.text(max_size=24))
def test_anything_else_raises_only_code_error(text: str) -> None:
    try:
        assert len(parse_credit_code(text).code) == 18
    except CodeError as error:
        assert error.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有填写"),
        ("91350100M000100Y4", "应为 18 位，现为 17 位"),
        ("91350100M000100Y44", "校验位应为 3，现为 4"),
        ("91350100M000100Y53", "第 17 位（组织机构代码校验位）应为 4，现为 5"),
        ("9135O100M000100Y43", "第 5 位“O”不在允许的字符中（不用 I、O、S、V、Z），是否应为“0”"),
        ("9135010#M000100Y43", "请对照营业执照核对"),
        ("9135010AM000100Y43", "第 8 位是“A”，应为数字"),
        ("91990100M000100Y43", "不是省级行政区划代码"),
        ("B1350100M000100Y43", "不是登记管理部门代码"),
    ],
)
def test_messages_say_how_to_mend(text: str, words: str) -> None:
    with pytest.raises(CodeError) as caught:
        parse_credit_code(text)
    assert words in caught.value.message


def test_make_refuses_parts_of_wrong_length() -> None:
    with pytest.raises(CodeError, match="行政区划 6 位"):
        make_credit_code("91", "2102", "MA0000001")


@pytest.mark.parametrize("text", ["80210043X", "802-10043", "80210043", "8021004中B"])
def test_organisation_code_refuses(text: str) -> None:
    with pytest.raises(CodeError):
        parse_organisation_code(text)
