"""Where things are: the packages in order, their files, and their syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

# Upstream first; a foreign key may point only to the same package or to one before it.
ORDER = [
    "kernel", "trail", "people", "reference", "notices", "files", "links", "jobs", "documents",
    "sheets", "members", "council", "needs", "matching", "agreements",
    "training", "plans", "indicators", "reports", "web",
    "demo",
]  # fmt: skip


def sources(*parts: str) -> Iterator[Path]:
    """Every Python file of ours below src/<parts>, migrations left out."""
    for path in sorted((SRC.joinpath(*parts)).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def called_names(node: ast.AST) -> set[str]:
    """The last part of everything that is called below a node: f(), a.f() → f."""
    names = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            function = call.func
            if isinstance(function, ast.Name):
                names.add(function.id)
            elif isinstance(function, ast.Attribute):
                names.add(function.attr)
    return names
