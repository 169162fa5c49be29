"""The house keeps its shape: sizes, arrows, purity, names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from tests.shape.house import ORDER, ROOT, SRC, called_names, functions, place, sources, tree_of

OURS = [model for model in apps.get_models() if model.__module__.startswith("chanjiao.")]


def test_files_and_functions_stay_small():
    too_big = []
    for path in sources():
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > 600:
            too_big.append(f"{place(path)}: {lines} lines")
        for function in functions(tree_of(path)):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > 60:
                too_big.append(f"{place(path)}:{function.lineno} {function.name}: {length} lines")
    assert not too_big


def test_foreign_keys_point_upstream():
    wrong = []
    for model in OURS:
        for field in model._meta.get_fields():
            if not (field.is_relation and field.concrete) or field.related_model is None:
                continue
            target = field.related_model._meta.app_label
            if target in ORDER and ORDER.index(target) > ORDER.index(model._meta.app_label):
                wrong.append(
                    f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
                )
    assert OURS and not wrong


def test_every_package_has_its_place():
    packages = {p.name for p in (SRC / "chanjiao").iterdir() if (p / "__init__.py").exists()}
    assert packages - {"settings"} == set(ORDER)


def test_imports_go_down_only():
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_signals_between_our_packages():
    for path in sources("chanjiao"):
        names = called_names(tree_of(path)) | _imported(tree_of(path))
        assert not names & {"receiver", "pre_save", "post_save", "post_delete"}, place(path)


def test_the_engine_reads_no_clock_no_files_and_draws_nothing_unseeded():
    forbidden = {
        "django",
        "time",
        "datetime.now",
        "random",
        "os",
        "socket",
        "subprocess",
        "requests",
    }
    for path in sources("chanjiao_engine"):
        roots = {name.split(".")[0] for name in _modules(tree_of(path))}
        assert not roots & forbidden, (place(path), roots & forbidden)
        assert not called_names(tree_of(path)) & {"now", "today", "default_rng", "urandom"}, place(
            path
        )
        if "indicators" not in path.parts:
            assert "open" not in called_names(tree_of(path)), place(path)


def test_the_engine_loads_without_django():
    code = "import chanjiao_engine.matching, chanjiao_engine.codes, chanjiao_engine.redlines, sys; sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=SRC, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_clock_is_read_only_at_the_edge():
    """`clock.now()` belongs to requests, workers and commands; everything else gets `at=`."""
    edge = {
        "gate.py",
        "tasks.py",
        "commands.py",
        "pack_commands.py",
        "received_tasks.py",
        "clock.py",
    }
    for path in sources("chanjiao"):
        if path.name in edge or "demo" in path.parts:
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                reads = node.func.attr in {"now", "today", "utcnow"} and owner.split(".")[-1] in {
                    "clock", "datetime", "date", "timezone",
                }  # fmt: skip
                assert not reads, f"{place(path)}:{node.lineno}"


@pytest.mark.parametrize(
    "name", ["common", "utils", "util", "helpers", "misc", "services", "managers"]
)
def test_no_drawer_for_everything(name):
    assert not [place(p) for p in sources() if p.stem == name or name in p.parts]


def test_nothing_dangerous_is_called():
    banned = {
        "mark_safe",
        "csrf_exempt",
        "extra",
        "RawSQL",
        "eval",
        "exec",
        "xframe_options_exempt",
    }
    for path in sources("chanjiao"):
        found = (called_names(tree_of(path)) | _decorators(tree_of(path))) & banned
        assert not found, (place(path), found)
        text = path.read_text(encoding="utf-8")
        assert 'order_by("?")' not in text and "objects.raw(" not in text, place(path)


@pytest.mark.django_db
def test_migrations_say_what_the_models_say():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_nothing_of_this_machine_is_committed():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    words = [
        "/wo" + "rk/",
        "/ro" + "ot/",
        "pypi" + ".org",
        "npmjs" + ".org",
        "npm" + "mirror",
        "tsinghua" + ".edu",
    ]
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in {".png", ".xlsx", ".ico"} or not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        found = [word for word in words if word in text]
        assert not found, (name, found)


def _imported(tree: ast.AST) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _modules(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def _decorators(tree: ast.AST) -> set[str]:
    return {
        ast.unparse(decorator).split("(")[0].split(".")[-1]
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        for decorator in node.decorator_list
    }


@pytest.mark.parametrize("name", ["states", "facts", "report_names", "redlines"])
def test_documents_made_from_code_are_current(name):
    command = [sys.executable, f"scripts/{name}.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
