"""What people read is Chinese as it is printed: full-width punctuation after a Chinese character."""

import ast
import re

from tests.shape.house import SRC, place, sources, tree_of

HALF_WIDTH = re.compile(r"[一-鿿”》][,;!?]|[一-鿿](?:\(|:(?!//))")
PATTERN = re.compile(r"\[0-9\]|\\d")  # a regular expression, not a sentence


def _texts(tree: ast.AST):
    """(line, text) of every string literal but docstrings; of f-strings the literal parts."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node.lineno, node.value


def test_chinese_texts_use_full_width_punctuation():
    found = []
    for path in sources():
        for line, text in _texts(tree_of(path)):
            if HALF_WIDTH.search(text) and not PATTERN.search(text):
                found.append(f"{place(path)}:{line} {text[:60]}")
    for path in sorted((SRC / "chanjiao" / "web").rglob("*.html")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if HALF_WIDTH.search(line):
                found.append(f"{place(path)}:{number} {line.strip()[:60]}")
    assert not found
