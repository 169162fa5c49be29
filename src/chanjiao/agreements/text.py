"""What an agreement says: its values as words, its names, its text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from chanjiao.agreements.enums import FieldType, PartySide
from chanjiao.agreements.kinds import Field, KindFacts, Role
from chanjiao.agreements.models import Agreement, Party
from chanjiao.documents.names import Name
from chanjiao.kernel import money
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import book

NOTHING = "／"  # how a contract shows that nothing stands here
_TAG = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_STOPS = re.compile(r"[。；，]+。")  # a value may end with the stop that the text puts after it
_ARTICLE = re.compile(r"第[一二三四五六七八九十百]+条|[一二三四五六七八九十]+、")
_GENERAL = {
    "编号": "协议编号", "名称": "协议名称", "起始日期": "期限的第一天", "终止日期": "期限的最后一天",
    "各方": "各签署方，一行一个", "原协议编号": "补充协议所补充的协议的编号", "原协议名称": "所补充的协议的名称",
}  # fmt: skip


def said_day(day: date | None) -> str:
    """2027年3月1日."""
    return f"{day.year}年{day.month}月{day.day}日" if day else NOTHING


def said(field: Field, value: Any) -> str:
    """A kept value as the text says it."""
    if value is None or value == "":
        return NOTHING
    if field.type == FieldType.DATE:
        return said_day(date.fromisoformat(str(value)))
    if field.type == FieldType.MONEY:
        return f"人民币 {money.yuan(int(value))} 元"
    return str(value)


def names_of(kind: KindFacts) -> tuple[Name, ...]:
    """Every name the kind's text or Word template may use, with its meaning."""
    general = [Name(key, meaning) for key, meaning in _GENERAL.items()]
    roles = [name for role in kind.roles for name in _names_of_role(role)]
    return (*general, *roles, *(Name(one.name, one.help or one.name) for one in kind.fields))


def _names_of_role(role: Role) -> list[Name]:
    more = {"签署人": "签署人姓名", "联系方式": "联系方式"}
    if role.side == PartySide.UNIT:
        more |= {"信用代码": "统一社会信用代码", "地址": "单位地址"}
    elif role.side == PartySide.STUDENT:
        more |= {"学号": "学号", "专业": "专业名称"}
    return [
        Name(role.name, role.title),
        *(Name(f"{role.name}{key}", f"{role.title}的{meaning}") for key, meaning in more.items()),
    ]


def words_of(agreement: Agreement, kind: KindFacts, parties: Sequence[Party]) -> dict[str, str]:
    """The value of every name of the kind; what is missing is shown as ／."""
    parent = agreement.supplements
    found = {name.key: NOTHING for name in names_of(kind)}
    found |= {
        "编号": agreement.number, "名称": agreement.title,
        "起始日期": said_day(agreement.starts_on), "终止日期": said_day(agreement.ends_on),
        "各方": "\n".join(f"{party.label}：{party.called}" for party in parties),
        "原协议编号": parent.number if parent else NOTHING,
        "原协议名称": parent.title if parent else NOTHING,
    }  # fmt: skip
    by_code = {party.role: party for party in parties}
    for role in kind.roles:
        if role.code in by_code:
            found |= _words_of_party(role, by_code[role.code])
    return found | {one.name: said(one, agreement.values.get(one.name)) for one in kind.fields}


def _words_of_party(role: Role, party: Party) -> dict[str, str]:
    words = {"": party.called, "签署人": party.signatory, "联系方式": party.contact}
    if party.side == PartySide.UNIT and party.unit:
        words |= {"信用代码": party.unit.credit_code or "", "地址": party.unit.address}
    elif party.side == PartySide.STUDENT and party.student:
        code = party.student.cohort.major_code
        words |= {"学号": party.student.student_number, "专业": book().name(Table.MAJOR, code)}
    return {f"{role.name}{key}": value or NOTHING for key, value in words.items()}


def tags_in(body: str) -> list[str]:
    """The names a text asks for, in order."""
    return _TAG.findall(body)


def rendered(body: str, words: Mapping[str, str]) -> str:
    """The text with its names replaced, one paragraph a line, no empty ones."""
    filled = _TAG.sub(lambda tag: words[tag[1]], body)
    return _STOPS.sub("。", "\n".join(paragraphs(filled)))


def paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def is_article(line: str) -> bool:
    """Whether a paragraph is the heading of an article: 第三条 …, 二、 …"""
    return bool(_ARTICLE.match(line)) and len(line) <= 30 and not line.endswith(("。", "；"))


def read_paragraphs(text: str) -> Iterable[tuple[str, bool]]:
    """Each paragraph with whether it is a heading, for pages."""
    return [(line, is_article(line)) for line in paragraphs(text)]
