"""Tags in a Word template with their places, as a person finds them again in Word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from docx.oxml.ns import qn

_TOKEN: Final = re.compile(r"\{\{|\{%|\{#|\}\}|%\}|#\}")
_CLOSER: Final = {"{{": "}}", "{%": "%}", "{#": "#}"}
_WIDE: Final = re.compile(r"｛\s*[{｛%％]|\{[｛％]|[％%}｝]\s*｝|[％｝]\}")
_QUOTES: Final = str.maketrans("“”‘’", "\"\"''")
# docxtpl: tr, tc, p and r take the whole row, cell, paragraph or run away with the tag.
_PREFIX: Final = re.compile(r"^(tr|tc|p|r) +")


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """What is wrong in a template: where, which tag, and how to mend it (Chinese)."""

    place: str
    tag: str
    advice: str


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag as written. `kind` is {{ or {%; `prefix` tr, tc, p, r or empty."""

    place: str
    text: str
    kind: str
    prefix: str
    inner: str
    paragraph: Any

    def container(self) -> Any:
        """What the tag may repeat: its beginning and end must stand in the same one."""
        levels = {"tr": "w:tbl", "tc": "w:tr"}
        if self.prefix in levels:
            return next(self.paragraph.iterancestors(qn(levels[self.prefix])), None)
        return self.paragraph.getparent()


@dataclass(slots=True)
class Found:
    """The tags of one part in order, and what is wrong with their braces."""

    tags: list[Tag]
    problems: list[TemplateProblem]


def tags_of(root: Any, label: str) -> Found:
    """Walk the paragraphs of a part (`label`: 正文, 页眉, 页脚, 脚注)."""
    found = Found([], [])
    for place, paragraph, text in _paragraphs(root, label):
        if "{" in text or "}" in text or "｛" in text or "｝" in text:
            _scan(found, place, paragraph, text)
    return found


def _paragraphs(root: Any, label: str) -> Iterator[tuple[str, Any, str]]:
    texts: dict[Any, list[str]] = {}
    for piece in root.iter(qn("w:t")):
        owner = next(piece.iterancestors(qn("w:p")), None)
        if owner is not None:
            texts.setdefault(owner, []).append(piece.text or "")
    tables = {table: number for number, table in enumerate(root.iter(qn("w:tbl")), 1)}
    fallback = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
    plain = 0
    for paragraph in root.iter(qn("w:p")):
        if next(paragraph.iterancestors(fallback), None) is not None:
            continue  # the same text box once more, for old programs
        cell = next(paragraph.iterancestors(qn("w:tc")), None)
        if cell is None:
            plain += 1
            place = f"{label}第 {plain} 段"
        else:
            place = _cell_place(cell, tables, label)
        yield place, paragraph, "".join(texts.get(paragraph, ()))


def _cell_place(cell: Any, tables: dict[Any, int], label: str) -> str:
    row = cell.getparent()
    table = next(cell.iterancestors(qn("w:tbl")))
    row_number = 1 + list(table.iterchildren(qn("w:tr"))).index(row) if row.tag == qn("w:tr") else 0
    column = 1 + list(row.iterchildren(qn("w:tc"))).index(cell)
    where = "" if label == "正文" else label
    return f"{where}第 {tables[table]} 个表格第 {row_number} 行第 {column} 列"


def _scan(found: Found, place: str, paragraph: Any, text: str) -> None:
    wide = _WIDE.search(text)
    if wide:
        found.problems.append(
            TemplateProblem(
                place, _near(text, wide.start()),
                "花括号或百分号是全角的。请切换到英文输入法，改成半角的 {{ }} 或 {% %}。",
            )
        )  # fmt: skip
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token[0] not in _CLOSER:
            _complain(
                found, place, text, token.start(), f"多出一个 {token[0]}，前面没有与它配对的开头。"
            )
            at += 1
            continue
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        wanted = _CLOSER[token[0]]
        if after is None or after[0] != wanted:
            advice = f"标签没有正确结束。{token[0]} 要在同一段文字里用 {wanted} 结束。"
            _complain(found, place, text, token.start(), advice)
            at += 2 if after is not None and after[0] not in _CLOSER else 1
            continue
        if token[0] != "{#":
            found.tags.append(_tag(place, paragraph, text[token.start() : after.end()]))
        at += 2


def _complain(found: Found, place: str, text: str, at: int, advice: str) -> None:
    found.problems.append(TemplateProblem(place, _near(text, at), advice))


def _near(text: str, at: int) -> str:
    return text[max(0, at - 6) : at + 34].strip()


def _tag(place: str, paragraph: Any, text: str) -> Tag:
    inner = text[2:-2].translate(_QUOTES)
    prefix = _PREFIX.match(inner)
    if prefix:
        inner = inner[prefix.end() :]
    inner = inner.strip().removeprefix("-").removesuffix("-").strip()
    return Tag(place, text, text[:2], prefix[1] if prefix else "", inner, paragraph)
