"""Word templates a customer writes in Word: checked with places, filled in a sandbox.

Tags are docxtpl's: {{ 名称 }}, {% if … %}, {% for … %}, {%tr for … %} for the rows of a table,
{%p … %} for whole paragraphs. What may be said is in `grammar`; what may be named in `names`.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from chanjiao.documents.blocks import Chart, Series
from chanjiao.documents.charts import inline
from chanjiao.documents.grammar import PARSER, NotAllowed, Reader, judge
from chanjiao.documents.names import Name
from chanjiao.documents.package import legal, saved, set_properties
from chanjiao.documents.safety import UnsafeDocument, inspect_word
from chanjiao.documents.tags import Tag, TemplateProblem, tags_of
from chanjiao.kernel.verdict import Refused

__all__ = ["TemplateProblem", "TemplateRefused", "check_template", "fill_template"]

_PROPERTIES = {
    "author": "作者", "comments": "备注", "identifier": "标识", "language": "语言",
    "subject": "主题", "title": "标题",
}  # fmt: skip
_FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_MOST_PROBLEMS = 200
# What python-docx raises for a package that is sound as a zip and as XML, yet is not put together:
# a part that is referred to and missing, an odd name, a relationships file that holds none.
_NOT_OPENED = (KeyError, ValueError, AttributeError, TypeError, OpcError, etree.XMLSyntaxError)
_PART = re.compile(r"'(/?[^']*\.(?:xml|rels|png|jpe?g|emf|bin))'", re.IGNORECASE)


class TemplateRefused(Refused):
    """A template with broken tags; `problems` are all of them, with their places."""

    def __init__(self, problems: Sequence[TemplateProblem]) -> None:
        super().__init__(
            f"模板有 {len(problems)} 处标签不对，没有使用：{problems[0].place}，{problems[0].advice}"
        )
        self.problems = tuple(problems)


def check_template(template: bytes, names: Sequence[Name]) -> list[TemplateProblem]:
    """Everything wrong with a template, first to last; empty when it can be used.

    Raises UnsafeDocument for a file that may not be opened at all.
    """
    inspect_word(template)
    opened = _Template(template)
    parts = list(opened.readable())
    problems: list[TemplateProblem] = []
    for label, root in parts:
        found = tags_of(root, label)
        problems += found.problems
        problems += Reader(names, charts=label == "正文").read(found.tags)
    if not problems:
        problems = _hidden(opened, {name.key: name for name in names})
    if not problems:
        problems = _tried(template, names, _all_tags(parts))
    return problems[:_MOST_PROBLEMS]


def fill_template(
    template: bytes, context: Mapping[str, Any], *, names: Sequence[Name],
    title: str = "", author: str = "", made_at: datetime | None = None,
) -> bytes:  # fmt: skip
    """The template with its tags replaced. A `Chart` block becomes a native chart.

    What `check_template` finds is refused here as well (TemplateRefused): a template may be older
    than the names. Same template, same context, same bytes.
    """
    problems = check_template(template, names)
    if problems:
        raise TemplateRefused(problems)
    return _filled(template, context, title=title, author=author, made_at=made_at)


def _filled(
    template: bytes, context: Mapping[str, Any], *, title: str = "", author: str = "",
    made_at: datetime | None = None,
) -> bytes:  # fmt: skip
    opened = _Template(template)
    sandbox = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    opened.render({key: _ready(value, opened) for key, value in context.items()}, sandbox, True)
    _order_merges(opened.docx.element.body)
    set_properties(opened.docx, title, author=author, made_at=made_at)
    return saved(opened.docx)


def _order_merges(body: Any) -> None:
    """docxtpl puts a cell's merging last in its properties, where Word does not look for it."""
    for merge in body.iter(qn("w:vMerge")):
        properties = merge.getparent()
        before = [c for c in properties if c.tag in {qn("w:tcW"), qn("w:gridSpan")}]
        if before:
            before[-1].addnext(merge)


def _ready(value: Any, template: "_Template") -> Any:
    """Plain text, rows of plain text, and charts: nothing with methods worth calling."""
    if isinstance(value, Chart):
        return _Drawn(value, template)
    if isinstance(value, Mapping):
        return {key: _ready(one, template) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_ready(one, template) for one in value]
    if isinstance(value, bool | int) or value is None:
        return value
    # docxtpl reads these as tags of its own once the text is in place
    text = legal(str(value))
    for mark, other in (("{{", "{ {"), ("{%", "{ %"), ("{_{", "{ _{"), ("{_%", "{ _%")):
        text = text.replace(mark, other)
    return text


class _Drawn:
    """A chart where its name stands: the run around the tag is closed and opened again."""

    def __init__(self, chart: Chart, template: "_Template") -> None:
        self._chart, self._template = chart, template

    def __html__(self) -> str:
        self._template.drawings += 1
        part = self._template.current_rendering_part
        drawing = inline(self._chart, part, self._template.drawings)
        return f'</w:t></w:r><w:r>{drawing}</w:r><w:r><w:t xml:space="preserve">'


def _damaged_at(error: Exception) -> str:
    """Where a package is not put together, as far as it is said: the part that is missing or torn."""
    named = _PART.search(str(error))
    if named:
        return f"缺少部件 {named[1].lstrip('/')}"
    return f"部件之间的关系不对（{str(error).strip(chr(34))[:120]}）"


class _Template(DocxTemplate):  # type: ignore[misc]
    """docxtpl's template, with its parts readable, and strict where docxtpl would guess."""

    def __init__(self, template: bytes) -> None:
        super().__init__(io.BytesIO(template))
        self.drawings = 0
        try:
            self.init_docx()
        except _NOT_OPENED as error:
            raise UnsafeDocument(
                f"Word 文件已损坏，打不开：{_damaged_at(error)}。请在 Word 中另存一次后再上传。"
            ) from error

    def readable(self) -> Iterator[tuple[str, Any]]:
        """Every part whose tags are filled, by the label people know it by."""
        yield "正文", self.docx.element.body
        for uri, label in ((self.HEADER_URI, "页眉"), (self.FOOTER_URI, "页脚")):
            for _, part in self.get_headers_footers(uri):
                yield label, etree.fromstring(part.blob)
        for part in self.docx.part.package.iter_parts():
            if part.content_type == _FOOTNOTES:
                yield "脚注", etree.fromstring(part.blob)

    def sources(self) -> Iterator[tuple[str, str]]:
        """Each text that Jinja will read, exactly as it will read it."""
        for label, root in self.readable():
            yield label, self.patch_xml(self.xml_to_string(root))
        for name, label in _PROPERTIES.items():
            yield f"文档属性“{label}”", str(getattr(self.docx.core_properties, name) or "")

    def build_xml(self, context: Any, jinja_env: Any = None) -> str:
        xml: str = super().build_xml(context, jinja_env)
        etree.fromstring(xml)  # docxtpl would mend a broken tree silently, and lose text
        return xml


def _hidden(opened: _Template, top: dict[str, Name]) -> list[TemplateProblem]:
    """What Jinja would read outside the visible text: field codes, descriptions, properties."""
    problems = []
    for label, source in opened.sources():
        try:
            judge(PARSER.parse(source), top)
        except (NotAllowed, TemplateError) as error:
            problems.append(
                TemplateProblem(label, "", f"看不见的地方（域代码、图片说明等）有标签：{error}")
            )
    return problems


def _all_tags(parts: Sequence[tuple[str, Any]]) -> list[Tag]:
    return [tag for label, root in parts for tag in tags_of(root, label).tags]


def _tried(
    template: bytes, names: Sequence[Name], tags: Sequence[Tag]
) -> list[TemplateProblem]:  # fmt: skip
    """Fill it once with samples: what docxtpl cannot put together is told by its first tag."""
    try:
        _filled(template, {name.key: _sample(name) for name in names})
    except (TemplateError, etree.XMLSyntaxError, ValueError, KeyError, AttributeError):
        suspect = next((tag for tag in tags if tag.kind == "{%"), None)
        place = suspect.place if suspect else "正文"
        advice = "试填时文档结构被破坏。请检查循环和判断的开头与结尾是否各自成段、成行。"
        return [TemplateProblem(place, suspect.text if suspect else "", advice)]
    return []


def _sample(name: Name) -> Any:
    if name.kind == "chart":
        return Chart("bar", "示例", ["甲"], [Series("示例", [1])])
    if name.kind == "rows":
        return [{one.key: _sample(one) for one in name.fields}] * 2
    return f"〔{name.key}〕"
