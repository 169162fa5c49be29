"""What makes a membership, a contribution and a contact acceptable. Shared by forms and imports."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chanjiao.kernel.verdict import Invalid
from chanjiao.members.enums import MemberRole
from chanjiao.people.checks import tidy
from chanjiao_engine.codes import CodeError, parse_division, parse_industry

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SEMICOLON = re.compile(r"[;\uff1b\n]")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,24}(转[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class ConsortiumFacts:
    """A consortium as the operator registers it. `industries` are GB/T 4754 codes."""

    code: str
    name: str
    short_name: str
    park: str
    division_code: str
    industries: tuple[str, ...] = ()
    industry_text: str = ""
    founded_on: date | None = None


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """Whom to ring at a member. The main contact is one per member."""

    name: str
    position: str = ""
    phone: str = ""
    email: str = ""
    is_main: bool = False


def check_consortium(facts: ConsortiumFacts) -> None:
    """`Invalid` by field for a code that is no short latin name, or no division."""
    problems: dict[str, list[str]] = {}
    if not _CODE.fullmatch(facts.code):
        problems["code"] = ["代号用小写字母、数字和连字符，如 dalian-jinpu。"]
    try:
        parse_division(facts.division_code)
    except CodeError as error:
        problems["division_code"] = [f"{error.message}。"]
    if problems:
        raise Invalid(problems)


def checked_industries(codes: Iterable[str]) -> list[str]:
    """GB/T 4754 codes normalised, each once, in the order given; `Invalid` under "industries"."""
    found: dict[str, None] = {}
    problems = []
    for code in codes:
        try:
            found[parse_industry(code).code] = None
        except CodeError as error:
            problems.append(f"{error.message}。")
    if problems:
        raise Invalid({"industries": problems})
    return list(found)


def check_role(role: str) -> None:
    """`Invalid` for a role that does not exist."""
    if role not in MemberRole.values:
        raise Invalid({"role": ["请选择成员角色。"]})


def checked_text(text: str) -> str:
    """One contribution in a few words. A semicolon would split it in the member list's sheet."""
    found = tidy(text)
    if _SEMICOLON.search(found):
        raise Invalid({"text": ["一条只写一项，不用分号；多项请分别添加。"]})
    return found


def checked_contact(facts: ContactFacts) -> ContactFacts:
    """The contact with blanks tidied; `Invalid` by field."""
    problems = {}
    if not tidy(facts.name):
        problems["name"] = ["请填写联系人姓名。"]
    if facts.phone.strip() and not _PHONE.fullmatch(facts.phone.strip()):
        problems["phone"] = ["电话写作 13800000000 或 0411-80000000，分机号写“转 123”。"]
    if problems:
        raise Invalid(problems)
    return ContactFacts(
        tidy(facts.name), tidy(facts.position), facts.phone.strip(), facts.email.strip(),
        facts.is_main,
    )  # fmt: skip
