"""Templates: each broken tag with its place, hostile ones refused, good ones filled."""

import io
import time
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn

from chanjiao.documents.blocks import Chart, Series
from chanjiao.documents.filling import TemplateRefused, check_template, fill_template
from chanjiao.documents.names import Name, rows
from chanjiao.documents.safety import UnsafeDocument
from chanjiao.documents.writing import write_word

NAMES = (
    Name("联合体名称", "全称"),
    Name("年度", "四位数字"),
    rows("指标", "四十四项", Name("编号", ""), Name("值", ""), rows("佐证", "", Name("编号", ""))),
    Name("达标图", "按二级指标", "chart"),
)
CHART = Chart("bar", "达标", ["甲", "乙"], [Series("达标", [3, 1])])
CONTEXT = {
    "联合体名称": "大连 <金普> & {{ 年度 }}\x00",
    "年度": 2026,
    "指标": [
        {"编号": "1", "值": "3", "佐证": [{"编号": "2-1-1-1"}]},
        {"编号": "2", "值": "—", "佐证": []},
    ],
    "达标图": CHART,
}


def made(*paragraphs, table=(), header="", split=False):
    """A template as Word saves it; `split` puts every character into a run of its own."""
    document = Document()
    for text in paragraphs:
        paragraph = document.add_paragraph()
        for piece in text if split else [text]:
            paragraph.add_run(piece)
    if table:
        grid = document.add_table(len(table), len(table[0]))
        for cells, texts in zip(grid.rows, table, strict=True):
            for cell, text in zip(cells.cells, texts, strict=True):
                cell.paragraphs[0].add_run(text)
    if header:
        document.sections[0].header.paragraphs[0].add_run(header)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def problems(*paragraphs, **more):
    return check_template(made(*paragraphs, **more), NAMES)


def with_part(data, name, content, *, types=None):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            text = old.read(entry)
            if entry == "[Content_Types].xml" and types:
                text = text.replace(*types)
            if entry != name:
                new.writestr(entry, text)
        new.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def swapped(data, name, old, new):
    part = zipfile.ZipFile(io.BytesIO(data)).read(name)
    assert old in part
    return with_part(data, name, part.replace(old, new))


GOOD_TABLE = [
    ["编号", "值"],
    ["{%tr for 行 in 指标 %}", ""],
    ["{{ 行.编号 }}", "{{ 行.值 }}"],
    ["{%tr endfor %}", ""],
]


@pytest.mark.parametrize("split", [False, True])
def test_a_good_template_is_filled(split):
    template = made(
        "{{ 联合体名称 }} {{ 年度 }}", "{% if 年度 %}有{% else %}无{% endif %}", "{{ 达标图 }}",
        "{%p for 行 in 指标 %}", "{{ loop.index }} {{ 行.编号 }}：{% for 证 in 行.佐证 %}{{ 证.编号 }}{% endfor %}",
        "{%p endfor %}", table=GOOD_TABLE, header="{{ 年度 }} 年度", split=split,
    )  # fmt: skip
    assert check_template(template, NAMES) == []
    data = fill_template(template, CONTEXT, names=NAMES, title="报告")
    assert data == fill_template(template, CONTEXT, names=NAMES, title="报告")
    document = Document(io.BytesIO(data))
    texts = [p.text for p in document.paragraphs]
    assert texts[0] == "大连 <金普> & { { 年度 }} 2026"
    assert texts[1] == "有" and texts[3:5] == ["1 1：2-1-1-1", "2 2："]
    cells = [[c.text for c in r.cells] for r in document.tables[0].rows]
    assert cells == [["编号", "值"], ["1", "3"], ["2", "—"]]
    assert document.sections[0].header.paragraphs[0].text == "2026 年度"
    assert len(list(document.element.iter(qn("wp:docPr")))) == 1
    assert "word/charts/chart1.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()


BROKEN = [
    ("{{ 联合体名称 ", "正文第 1 段", "没有正确结束"),
    ("{{ 联合体名称 }", "正文第 1 段", "没有正确结束"),
    ("{{ 联合体名称 %}", "正文第 1 段", "没有正确结束"),
    ("{{ {{ 年度 }} ", "正文第 1 段", "没有正确结束"),
    ("年度 }}", "正文第 1 段", "多出一个"),
    ("｛｛ 年度 ｝｝", "正文第 1 段", "全角"),
    ("{％ if 年度 ％}", "正文第 1 段", "全角"),
    ("{{ 联合体名 }}", "正文第 1 段", "是不是“联合体名称”"),
    ("{{ 指标 }}", "正文第 1 段", "请用循环"),
    ("{{ 年度 + }}", "正文第 1 段", "写法不对"),
    ("{% for 行 in 指标 %}", "正文第 1 段", "缺少与它配对"),
    ("{% for 行 in 年度 %}x{% endfor %}", "正文第 1 段", "不是多行数据"),
    ("{% for 行 in 指标 %}{{ 行.数值 }}{% endfor %}", "正文第 1 段", "没有“行.数值”"),
    ("{% for 年度 in 指标 %}{% endfor %}", "正文第 1 段", "请换一个"),
    ("{% endfor %}", "正文第 1 段", "前面没有"),
    ("{% else %}", "正文第 1 段", "前面没有"),
    ("{% if 年度 %}{% for 行 in 指标 %}{% endif %}{% endfor %}", "正文第 1 段", "应先结束它"),
    ("{{ 行.编号 }}", "正文第 1 段", "没有“行”"),
    ("{{ 达标图 }}{{ 达标图 ~ 年度 }}", "正文第 1 段", "单独占一段"),
    ("{%tr for 行 in 指标 %}{%tr endfor %}", "正文第 1 段", "只能用在表格里"),
    ("{%p if 年度 %}其余", "正文第 1 段", "会丢失"),
    ("{% for 甲 in 指标 %}{% for 乙 in 指标 %}x{% endfor %}{% endfor %}", "正文第 1 段", "自己的多行"),
]  # fmt: skip


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize(("text", "place", "advice"), BROKEN)
def test_a_broken_tag_is_told_with_its_place(text, place, advice, split):
    found = problems(text, split=split)
    assert any(p.place == place and advice in p.advice for p in found), found
    assert all(p.tag for p in found)


def test_places_in_tables_headers_and_further_down():
    found = problems(
        "好", "{{ 年度", table=[["{{ 年 度 }}", "好"], ["好", "{{ 无此名 }}"]], header="{{ 错 }}"
    )
    assert [p.place for p in found] == [
        "正文第 2 段", "第 1 个表格第 1 行第 1 列", "第 1 个表格第 2 行第 2 列", "页眉第 1 段",
    ]  # fmt: skip
    assert found[2].tag == "{{ 无此名 }}"


@pytest.mark.parametrize(
    "table",
    [
        [["{% for 行 in 指标 %}", "{{ 行.值 }}{% endfor %}"]],
        [["{%tr for 行 in 指标 %}", ""], ["{{ 行.值 }}", "{% endfor %}"]],
        [["{%tr for 行 in 指标 %}", "丢失"], ["{%tr endfor %}", ""]],
        [["{%tr for 行 in 指标 %}{%tr endfor %}", ""]],
    ],
)
def test_loops_that_would_tear_a_table_are_refused(table):
    assert problems(table=table)


HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ 年度.__class__ }}",
    "{{ 联合体名称.format(1) }}",
    "{{ 指标[0] }}",
    "{{ 指标.__len__() }}",
    "{{ loop.__init__ }}",
    "{{ self }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum() }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 10 ** 1000000 }}",
    "{{ 年度|attr('__class__') }}",
    "{{ 指标|map(attribute='值')|list }}",
    "{% set x = 1 %}",
    "{% for x in range(1000000000) %}a{% endfor %}",
    "{% for x in 'abc' %}a{% endfor %}",
    "{% for 行 in 指标 recursive %}a{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{% macro m() %}{% endmacro %}",
    "{% call m() %}{% endcall %}",
    "{% raw %}{{ x }}{% endraw %}",
    "{% filter upper %}x{% endfilter %}",
    "{% if joiner() %}{% endif %}",
    "{%tr set y = 2 %}",
    "{% colspan 年度 %}",
    "{{r 年度.real }}",
    "{{ [年度, 年度] }}",
    "{{ {'a': 1} }}",
    "{{ 年度 is callable }}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_tags_are_refused_before_anything_runs(text):
    began = time.monotonic()
    assert problems(text)
    template = made(text)
    with pytest.raises(TemplateRefused):
        fill_template(template, CONTEXT, names=NAMES)
    assert time.monotonic() - began < 5


def test_tags_hidden_in_field_codes_and_properties_are_found():
    document = Document()
    document.core_properties.title = "{{ ''.__class__ }}"
    out = io.BytesIO()
    document.save(out)
    assert "文档属性" in check_template(out.getvalue(), NAMES)[0].place
    template = swapped(
        write_word("标题", []), "word/footer1.xml", b" PAGE ", b" PAGE {{ ''.__class__ }} "
    )
    assert "看不见" in check_template(template, NAMES)[0].advice


def test_the_documents_properties_come_from_the_caller():
    document = Document()
    document.core_properties.author = "某人"
    out = io.BytesIO()
    document.save(out)
    data = fill_template(out.getvalue(), CONTEXT, names=NAMES, title="报告", author="秘书处")
    core = Document(io.BytesIO(data)).core_properties
    assert (core.title, core.author) == ("报告", "秘书处")


REL = b"</Relationships>"
EXTERNAL = b'<Relationship Id="rX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s" TargetMode="External"/></Relationships>'


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (b"attachedTemplate", b"http://evil.example/t.dotm"),
        (b"image", b"http://evil.example/x.png"),
        (b"oleObject", b"file:///c:/x.doc"),
        (b"frame", b"http://evil.example"),
        (b"hyperlink", b"file://evil/share"),
        (b"hyperlink", b"javascript:alert(1)"),
    ],
)
def test_external_content_is_refused(kind, target):
    template = swapped(made("好"), "word/_rels/document.xml.rels", REL, EXTERNAL % (kind, target))
    with pytest.raises(UnsafeDocument, match="外部"):
        check_template(template, NAMES)


def test_ordinary_hyperlinks_stay():
    template = swapped(
        made("好"),
        "word/_rels/document.xml.rels",
        REL,
        EXTERNAL % (b"hyperlink", b"https://example.org"),
    )
    assert check_template(template, NAMES) == []


def test_other_files_macros_and_entities_are_refused():
    good = made("好")
    xml = zipfile.ZipFile(io.BytesIO(good)).read("word/document.xml")
    entity = b'<!DOCTYPE x [<!ENTITY a "b">]>'
    head, _, rest = xml.partition(b"?>")
    main = b"wordprocessingml.document.main+xml"
    cases = {
        "宏": with_part(good, "word/vbaProject.bin", b"x"),
        "带宏": with_part(good, "x.xml", b"<x/>", types=(
            b"vnd.openxmlformats-officedocument." + main, b"vnd.ms-word.document.macroEnabled.main+xml")),
        "实体": with_part(good, "word/document.xml", head + b"?>" + entity + rest),
        "展开后过大": with_part(good, "word/big.xml", b" " * 9_000_000),
        "域": swapped(write_word("x", []), "word/footer1.xml", b" PAGE ", b" INCLUDETEXT c:/x "),
        "嵌入了另一份": with_part(good, "word/afchunk.docx", b"x"),
        "已损坏（word/document": with_part(good, "word/document.xml", b"<w:document"),
        "旧版": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100,
        "不是 Word 文件": b"PK\x03\x04 nothing",
    }  # fmt: skip
    for words, data in cases.items():
        with pytest.raises(UnsafeDocument, match=words):
            check_template(data, NAMES)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("word/styles.xml", None, "缺少部件 word/styles.xml"),
        ("word/theme/theme1.xml", None, "缺少部件 word/theme/theme1.xml"),
        ("_rels/.rels", b"<none/>", "部件之间的关系不对"),
        ("_rels/.rels", None, "部件之间的关系不对"),
    ],
)
def test_a_package_that_is_not_put_together_is_told_with_its_part(name, content, told):
    """Sound as a zip and as XML, and still nothing that Word could open."""
    good = made("{{ 联合体名称 }}")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            kept = content if entry == name else old.read(entry)
            if kept is not None:
                new.writestr(entry, kept)
    with pytest.raises(UnsafeDocument, match=told):
        check_template(out.getvalue(), NAMES)
    with pytest.raises(UnsafeDocument, match=told):
        fill_template(out.getvalue(), CONTEXT, names=NAMES)
