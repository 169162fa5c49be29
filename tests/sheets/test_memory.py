"""100,000 rows × 12 columns, checked and exported, in a process of their own: 600 MB at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys
from dataclasses import replace
from pathlib import Path
from chanjiao.sheets.checking import check_file
from chanjiao.sheets.layout import Column
from chanjiao.sheets.writing import export
from tests.sheets.samples import LAYOUT
layout = replace(LAYOUT, columns=(*LAYOUT.columns, Column("place", "地点")), unique=(("name",),))
path = Path(sys.argv[1])
example = {c.key: c.example for c in layout.columns}
with path.open("wb") as file:
    rows = (example | {"name": f"单位{n}", "place": f"大连{n}"} for n in range(100_000))
    export(layout, rows, file)
checked = check_file(path, layout)
# Not ru_maxrss: it starts with the size of the process that began this one.
peak = next(int(x.split()[1]) // 1024 for x in open("/proc/self/status") if x.startswith("VmHWM"))
print(json.dumps([len(checked.good_rows()), peak]))
"""


def test_100_000_rows_stay_below_600_mb(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment["PYTHONPATH"] += os.pathsep + str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "大.xlsx")],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    rows, peak = json.loads(done.stdout)
    assert rows == 100_000
    assert peak < 600
