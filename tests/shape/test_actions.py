"""Writing happens in actions, every action leaves a trail row, and states are complete."""

import ast
import importlib

import pytest
from django.db.models import TextChoices

from tests.shape.house import SRC, called_names, place, sources, tree_of

PACKAGES = sorted(p.parent.name for p in (SRC / "chanjiao").glob("*/actions.py"))

# What a person does only for themselves, or what decides nothing. Each with its reason.
WITHOUT_TRAIL = {
    "trail.record": "it is the trail",
    "trail.digest_of": "pure",
    "notices.tell": "a notice follows from an action that has its own row",
    "notices.mark_read": "a person's own reading",
    "jobs.claim_job": "start and end of a job are recorded",
    "jobs.note_progress": "progress decides nothing",
    "people.save_filter": "a person's own convenience",
    "people.delete_filter": "a person's own convenience",
}  # fmt: skip

WRITES = {"bulk_create", "bulk_update", "update_or_create", "get_or_create", "delete", "save"}


def public_actions():
    """Every public function of an actions.py, and any other that says who and when."""
    for package in PACKAGES:
        for file in sorted((SRC / "chanjiao" / package).glob("*.py")):
            for node in tree_of(file).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    keywords = {argument.arg for argument in node.args.kwonlyargs}
                    if package != "sheets" and node.name.startswith("commit_"):
                        continue  # called by sheets.actions, which writes the import's one row
                    if file.name == "actions.py" or {"by", "at"} <= keywords:
                        yield package, node


@pytest.mark.parametrize(
    ("package", "node"), list(public_actions()), ids=lambda v: getattr(v, "name", v)
)
def test_an_action_says_who_and_when(package, node):
    if f"{package}.{node.name}" in WITHOUT_TRAIL:
        return
    keyword_only = {argument.arg for argument in node.args.kwonlyargs}
    assert "at" in keyword_only, "the moment is passed in, keyword-only"


@pytest.mark.parametrize(
    ("package", "node"), list(public_actions()), ids=lambda v: getattr(v, "name", v)
)
def test_an_action_leaves_a_trail_row(package, node):
    if f"{package}.{node.name}" in WITHOUT_TRAIL:
        return
    assert _records(package, node.name, set()), f"{package}.{node.name} never reaches trail.record"


def _records(package: str, name: str, seen: set[tuple[str, str]]) -> bool:
    """Whether a function reaches `record`, directly or through other functions of actions."""
    if (package, name) in seen:
        return False
    seen.add((package, name))
    path = SRC / "chanjiao" / package
    for file in sorted(path.glob("*.py")):
        for node in tree_of(file).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                called = called_names(node)
                if "record" in called:
                    return True
                imported = _imports(file)
                homes = {home for home, name_ in imported.values() if name_ == "actions"}
                for other in called:
                    targets = [imported.get(other, (package, other)), *((h, other) for h in homes)]
                    if any(_exists(*t) and _records(*t, seen) for t in targets):
                        return True
    return False


def _imports(file) -> dict[str, tuple[str, str]]:
    """Names imported from another of our packages: local name → (package, name)."""
    found = {}
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chanjiao."):
            parts = node.module.split(".")
            for alias in node.names:
                found[alias.asname or alias.name] = (parts[1], alias.name)
    return found


def _exists(package: str, name: str) -> bool:
    folder = SRC / "chanjiao" / package
    return folder.is_dir() and any(
        isinstance(node, ast.FunctionDef) and node.name == name
        for file in folder.glob("*.py")
        for node in tree_of(file).body
    )


def test_rows_are_written_only_by_actions():
    """Views, rules, queries, forms and checks read; a silent bulk write leaves no trail."""
    reading = {
        "queries.py",
        "rules.py",
        "checks.py",
        "forms.py",
        "bridge.py",
        "enums.py",
        "models.py",
    }
    for path in sources("chanjiao"):
        in_web = "web" in path.parts
        if not in_web and path.name not in reading:
            continue
        for node in ast.walk(tree_of(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = ast.unparse(node.func.value)
            bulk = node.func.attr == "update" and ".objects" in owner
            row = node.func.attr in WRITES and (".objects" in owner or _is_model_save(node))
            assert not (bulk or row), f"{place(path)}:{node.lineno} {ast.unparse(node)[:80]}"


def _is_model_save(node: ast.Call) -> bool:
    """`something.save()` without arguments, outside files and workbooks."""
    assert isinstance(node.func, ast.Attribute)
    owner = ast.unparse(node.func.value)
    others = {"book", "form", "user"}  # workbooks; forms; UserManager, called by people.actions
    return node.func.attr == "save" and not node.args and not any(o in owner for o in others)


def state_tables():
    for package in PACKAGES:
        try:
            enums = importlib.import_module(f"chanjiao.{package}.enums")
        except ModuleNotFoundError:
            continue
        for name, moves in vars(enums).items():
            if name.endswith("MOVES"):
                yield pytest.param(enums, moves, id=f"{package}.{name}")


@pytest.mark.parametrize(("enums", "moves"), list(state_tables()))
def test_every_state_has_its_moves_and_its_label(enums, moves):
    states = {type(state) for state in moves}
    assert len(states) == 1
    choices = states.pop()
    assert issubclass(choices, TextChoices)
    assert set(moves) == set(choices)
    for targets in moves.values():
        assert targets <= set(choices)
    assert all(any("一" <= letter <= "鿿" for letter in state.label) for state in choices)
