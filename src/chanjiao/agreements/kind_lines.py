"""Roles and fields of a kind as lines of text, for the form a secretariat edits them in.

A role: 代号 | 名称 | 身份 | 性质 | 必填; a field: 名称 | 类型 | 必填 | 选项、选项 | 说明.
"""

from chanjiao.agreements.enums import FieldType, PartySide
from chanjiao.agreements.kinds import Field, Role
from chanjiao.kernel.verdict import Invalid

YES, NO = "必填", "可不填"
_SIDES = {str(side.label): side.value for side in PartySide}
_TYPES = {str(kind.label): kind.value for kind in FieldType}
ROLE_HELP = f"每行一方：代号 | 名称 | 身份 | 性质（{'、'.join(_SIDES)}）| {YES}或{NO}"
FIELD_HELP = f"每行一项：名称 | 类型（{'、'.join(_TYPES)}）| {YES}或{NO} | 选项用顿号隔开 | 说明"


def role_lines(roles: tuple[Role, ...]) -> str:
    return "\n".join(
        " | ".join(
            (r.code, r.name, r.label, str(PartySide(r.side).label), YES if r.required else NO)
        )
        for r in roles
    )


def field_lines(fields: tuple[Field, ...]) -> str:
    return "\n".join(
        " | ".join(
            (f.name, str(FieldType(f.type).label), YES if f.required else NO,
             "、".join(f.choices), f.help)
        ).rstrip(" |")
        for f in fields
    )  # fmt: skip


def read_roles(text: str) -> tuple[Role, ...]:
    """The roles; `Invalid` under "roles" with the line and what is wrong in it."""
    found, problems = [], []
    for place, cells in _lines(text):
        if len(cells) != 5:
            problems.append(f"第 {place} 行：应有 5 项，用 | 隔开，现有 {len(cells)} 项。")
            continue
        code, name, label, side, must = cells
        if side not in _SIDES:
            problems.append(f"第 {place} 行：性质“{side}”应为{'、'.join(_SIDES)}之一。")
        elif must not in {YES, NO}:
            problems.append(f"第 {place} 行：最后一项应为{YES}或{NO}。")
        else:
            found.append(Role(code, name, label, _SIDES[side], must == YES))
    codes = [role.code for role in found]
    problems += [f"代号“{code}”重复。" for code in sorted({c for c in codes if codes.count(c) > 1})]
    if problems:
        raise Invalid({"roles": problems})
    return tuple(found)


def read_fields(text: str) -> tuple[Field, ...]:
    """The fields; `Invalid` under "lines" with the line and what is wrong in it."""
    found, problems = [], []
    for place, cells in _lines(text):
        if not 3 <= len(cells) <= 5:
            problems.append(f"第 {place} 行：应有 3 到 5 项，用 | 隔开，现有 {len(cells)} 项。")
            continue
        name, kind, must, choices, said = [*cells, "", ""][:5]
        if kind not in _TYPES:
            problems.append(f"第 {place} 行：类型“{kind}”应为{'、'.join(_TYPES)}之一。")
        elif must not in {YES, NO}:
            problems.append(f"第 {place} 行：第三项应为{YES}或{NO}。")
        else:
            options = tuple(one.strip() for one in choices.split("、") if one.strip())
            found.append(Field(name, _TYPES[kind], must == YES, options, said))
    if problems:
        raise Invalid({"lines": problems})
    return tuple(found)


def _lines(text: str) -> list[tuple[int, list[str]]]:
    wide = text.replace("｜", "|")
    return [
        (place, [cell.strip() for cell in line.split("|")])
        for place, line in enumerate(wide.splitlines(), 1)
        if line.strip()
    ]
