"""What a template may say. Everything not named here is refused, so nothing has to be feared:
no calls, no attributes but the declared fields, loops only over declared rows, nothing defined."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from docx.oxml.ns import qn
from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from chanjiao.documents.names import Name
from chanjiao.documents.tags import Tag, TemplateProblem

_FILTERS: Final = frozenset({"default", "length"})
_TESTS: Final = frozenset({"defined", "none"})
_LOOP: Final = frozenset({"index", "first", "last", "length"})
_PLAIN: Final = (
    nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat,
    nodes.CondExpr, nodes.Output, nodes.TemplateData, nodes.If, nodes.Template,
)  # fmt: skip
_DEPTH: Final = 3
_NOT_ALLOWED: Final = "模板里只能用数据名称、for 循环和 if 判断，不能用这种写法。"
PARSER: Final = SandboxedEnvironment(autoescape=True)


class NotAllowed(Exception):
    """The Chinese advice for the first thing that is refused."""


Scope = Mapping[str, Name]


def judge(node: nodes.Node, scope: Scope, *, loops: int = 0) -> None:
    """Raise NotAllowed for the first node that is refused."""
    if isinstance(node, nodes.For):
        inner = loop_scope(node, scope, loops=loops)
        for child in [*node.body, *([node.test] if node.test else [])]:
            judge(child, inner, loops=loops + 1)
        for child in node.else_:
            judge(child, scope, loops=loops)
        return
    if isinstance(node, nodes.Output):
        _judge_output(node, scope)
    elif isinstance(node, nodes.Name | nodes.Getattr):
        resolve(node, scope, loops=loops)
        return
    elif isinstance(node, nodes.Filter | nodes.Test):
        allowed = _FILTERS if isinstance(node, nodes.Filter) else _TESTS
        if node.name not in allowed:
            raise NotAllowed(f"不能用“{node.name}”。可用的只有：{'、'.join(sorted(allowed))}。")
    elif not isinstance(node, _PLAIN):
        raise NotAllowed(_NOT_ALLOWED)
    for child in node.iter_child_nodes():
        judge(child, scope, loops=loops)


def _judge_output(node: nodes.Output, scope: Scope) -> None:
    for one in node.nodes:
        if isinstance(one, nodes.Name | nodes.Getattr):
            name = resolve(one, scope)
            if name is not None and name.kind == "rows":
                raise NotAllowed(
                    f"“{name.key}”有多行，不能直接写。请用循环："
                    f"{{% for 行 in {name.key} %}}…{{% endfor %}}。"
                )


def resolve(node: nodes.Expr, scope: Scope, *, loops: int = 0) -> Name | None:
    """The declared name an expression means; None for a fact about the loop itself."""
    if isinstance(node, nodes.Name):
        if node.name in scope:
            return scope[node.name]
        raise NotAllowed(_unknown(node.name, list(scope)))
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        holder = node.node.name
        if holder == "loop" and holder not in scope and node.attr in _LOOP:
            return None
        if holder in scope:
            return _field(scope[holder], node.attr, holder)
        raise NotAllowed(_unknown(holder, list(scope)))
    raise NotAllowed(_NOT_ALLOWED)


def _field(name: Name, attribute: str, holder: str) -> Name:
    found = name.field(attribute)
    if found is None or name.kind != "rows":
        raise NotAllowed(
            _unknown(f"{holder}.{attribute}", [f"{holder}.{f.key}" for f in name.fields])
        )
    return found


def _unknown(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.45)
    close = close or [one for one in known if len(name) > 1 and (name in one or one in name)][:3]
    hint = f"是不是“{'”“'.join(close)}”？" if close else "请在模板页查看可用的名称。"
    return f"没有“{name}”这个名称。{hint}"


def loop_scope(node: nodes.For, scope: Scope, *, loops: int) -> dict[str, Name]:
    """What is known inside a loop. Inside another loop only the row's own rows may be walked, so
    that what comes out grows with the data, never with its square."""
    if loops >= _DEPTH:
        raise NotAllowed("循环套得太深。")
    if not isinstance(node.target, nodes.Name) or node.recursive:
        raise NotAllowed("循环请写成：{% for 行 in 名称 %}。")
    if not isinstance(node.iter, nodes.Name | nodes.Getattr):
        raise NotAllowed("循环只能用在列出的多行数据上，写成：{% for 行 in 名称 %}。")
    name = resolve(node.iter, scope)
    if name is None or name.kind != "rows" or _is_row(node.iter, scope):
        raise NotAllowed(f"“{name.key if name else 'loop'}”不是多行数据，不能循环。")
    if loops and isinstance(node.iter, nodes.Name):
        raise NotAllowed("循环里面只能再循环这一行自己的多行数据。")
    if node.target.name in scope or node.target.name == "loop":
        raise NotAllowed(f"循环变量“{node.target.name}”与已有的名称相同，请换一个。")
    return {**scope, node.target.name: Name(_ROW, name.meaning, "rows", name.fields)}


_ROW: Final = "（一行）"


def _is_row(node: nodes.Expr, scope: Scope) -> bool:
    return isinstance(node, nodes.Name) and scope[node.name].key == _ROW


@dataclass(slots=True)
class _Open:
    tag: Tag
    word: str
    scope: dict[str, Name]
    loops: int


@dataclass
class Reader:
    """Reads the tags of one part in order, and collects what is wrong with each."""

    names: Sequence[Name]
    charts: bool
    problems: list[TemplateProblem] = field(default_factory=list)

    def read(self, tags: Sequence[Tag]) -> list[TemplateProblem]:
        self.open: list[_Open] = []
        self.top = {name.key: name for name in self.names}
        for tag in tags:
            try:
                self._read(tag)
            except NotAllowed as refusal:
                self._say(tag, str(refusal))
            except TemplateSyntaxError as error:
                self._say(tag, f"写法不对（{error.message}）。请对照模板页的示例。")
        for left in self.open:
            self._say(left.tag, f"缺少与它配对的 {{% end{left.word} %}}。")
        return self.problems

    def _say(self, tag: Tag, advice: str) -> None:
        self.problems.append(TemplateProblem(tag.place, tag.text, advice))

    @property
    def scope(self) -> dict[str, Name]:
        return self.open[-1].scope if self.open else self.top

    @property
    def loops(self) -> int:
        return self.open[-1].loops if self.open else 0

    def _read(self, tag: Tag) -> None:
        if tag.kind == "{{":
            self._output(tag)
            return
        word, _, rest = tag.inner.partition(" ")
        if word in {"for", "if"}:
            self._begin(tag, word)
        elif word in {"endfor", "endif"}:
            self._end(tag, word.removeprefix("end"))
        elif word in {"else", "elif"}:
            self._middle(tag, word, rest)
        elif tag.inner == "vm":
            self._merging(tag)
        else:
            raise NotAllowed(f"不支持“{word}”。{_NOT_ALLOWED}")

    def _merging(self, tag: Tag) -> None:
        """Cells of a loop's rows become one cell."""
        if not self.loops or tag.prefix or tag.paragraph.getparent().tag != qn("w:tc"):
            raise NotAllowed("{% vm %} 只能写在循环行的单元格里，它把循环各行的这一格上下合并。")

    def _output(self, tag: Tag) -> None:
        tree = PARSER.parse(f"{{{{ {tag.inner} }}}}")
        judge(tree, self.scope, loops=self.loops)
        output = tree.body[0]
        assert isinstance(output, nodes.Output)
        drawn = {key for key, name in self.scope.items() if name.kind == "chart"}
        if any(node.name in drawn for node in output.find_all(nodes.Name)):
            self._chart(tag, output)

    def _chart(self, tag: Tag, output: nodes.Output) -> None:
        if not self.charts:
            raise NotAllowed("图表只能放在正文里。")
        if len(output.nodes) != 1 or not isinstance(output.nodes[0], nodes.Name) or tag.prefix:
            raise NotAllowed("图表的标签里只写图表名称，单独占一段。")

    def _begin(self, tag: Tag, word: str) -> None:
        tree = PARSER.parse(f"{{% {tag.inner} %}}{{% end{word} %}}").body[0]
        scope, loops = dict(self.scope), self.loops
        self.open.append(_Open(tag, word, scope, loops))
        if isinstance(tree, nodes.For):
            self.open[-1].scope = loop_scope(tree, scope, loops=loops)
            self.open[-1].loops = loops + 1
            if tree.test:
                judge(tree.test, self.open[-1].scope, loops=loops + 1)
        else:
            judge(tree, scope, loops=loops)
        self._alone(tag)

    def _middle(self, tag: Tag, word: str, rest: str) -> None:
        if not self.open:
            raise NotAllowed(f"{{% {word} %}} 前面没有 {{% if %}}。")
        if word == "elif":
            judge(PARSER.parse(f"{{% if {rest} %}}{{% endif %}}"), self.scope, loops=self.loops)
        self._same_place(tag)
        self._alone(tag)

    def _end(self, tag: Tag, word: str) -> None:
        if not self.open or self.open[-1].word != word:
            opened = self.open[-1].tag.text if self.open else ""
            advice = (
                f"前面打开的是 {opened}，应先结束它。" if opened else "前面没有与它配对的开头。"
            )
            raise NotAllowed(advice)
        self._same_place(tag)
        self.open.pop()
        self._alone(tag)

    def _same_place(self, tag: Tag) -> None:
        first = self.open[-1].tag
        if first.prefix != tag.prefix:
            self._say(
                tag, f"与开头 {first.text} 的写法不一致，两处都要写“{first.prefix or '不带前缀'}”。"
            )
        elif first.container() is not tag.container():
            self._say(tag, f"与开头 {first.text} 不在同一处。{_WHERE[tag.prefix]}")

    def _alone(self, tag: Tag) -> None:
        """A tr, tc or p tag takes its whole row, cell or paragraph away with it."""
        if tag.prefix in {"tr", "tc", "p"}:
            other = _rest_of(tag)
            if other:
                what = {"tr": "这一行", "tc": "这一格", "p": "这一段"}[tag.prefix]
                self._say(tag, f"{what}只能有这个标签；其余文字“{other[:20]}”会丢失，请移到别处。")


_WHERE: Final = {
    "": "开头和结尾要在同一段，或同在正文、同在一个单元格里；重复表格的行请用 {%tr … %}。",
    "p": "开头和结尾要同在正文，或同在一个单元格里；重复表格的行请用 {%tr … %}。",
    "r": "开头和结尾要在同一段里。",
    "tr": "{%tr … %} 的开头和结尾要在同一个表格里，各占一行。",
    "tc": "{%tc … %} 的开头和结尾要在同一行里，各占一格。",
}


def _rest_of(tag: Tag) -> str:
    levels = {"tr": "w:tr", "tc": "w:tc"}
    holder = tag.paragraph
    if tag.prefix in levels:
        holder = next(tag.paragraph.iterancestors(qn(levels[tag.prefix])), None)
        if holder is None:
            raise NotAllowed(f"{{%{tag.prefix} … %}} 只能用在表格里。")
    text = "".join(piece.text or "" for piece in holder.iter(qn("w:t")))
    return text.replace(tag.text, "", 1).strip()
