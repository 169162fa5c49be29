"""Front-end files: pinned, without addresses, copied once."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_versions_are_pinned_exactly_and_the_lock_names_no_registry():
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    assert wanted["htmx.org"].startswith("2.0.")
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, facts in packages.items() if "resolved" in facts]
    assert all("integrity" in facts for name, facts in packages.items() if name)


def test_a_second_run_copies_nothing():
    target = ROOT / "src/chanjiao/web/static/vendor"
    subprocess.run([sys.executable, "scripts/vendor.py"], cwd=ROOT, check=True, capture_output=True)
    before = {file: file.stat().st_mtime_ns for file in target.iterdir()}
    done = subprocess.run(
        [sys.executable, "scripts/vendor.py"], cwd=ROOT, check=True, capture_output=True
    )
    assert done.stdout == b""
    assert before == {file: file.stat().st_mtime_ns for file in target.iterdir()}


def test_every_file_the_pages_ask_for_is_copied():
    import re

    copied = set(runpy.run_path(str(ROOT / "scripts/vendor.py"))["FILES"].values())
    templates = (ROOT / "src/chanjiao/web/templates").rglob("*.html")
    asked = {
        name for file in templates for name in re.findall(r"vendor/([\w.-]+)", file.read_text())
    }
    assert asked and asked <= copied
