"""A round as files: reads the five tables, checks every row, and makes the engine's problem.

No database and no Django here. Columns and rules are documented in docs/formats.md.
"""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from chanjiao_engine.matching import Problem, ProblemError
from chanjiao_engine.matching.rows import Rows, build_problem, index_in

COLUMNS: dict[str, tuple[str, ...]] = {
    "students": ("student_id", "school_id", "major_code"),
    "posts": ("post_id", "unit_id", "kind", "capacity", "minimum"),
    "preferences": ("student_id", "post_id", "rank"),
    "priorities": ("post_id", "student_id", "score"),
    "quotas": ("scope", "unit_id", "kind", "post_id", "school_id", "capacity"),
    "ineligible": ("student_id", "post_id", "code"),
}
OPTIONAL = ("quotas", "ineligible")
SHOWN = 50


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in the input, where a person finds it: `row` counts the header as 1 (0: all)."""

    file: str
    row: int
    column: str
    value: str
    advice: str

    def line(self) -> str:
        """The fault in one Chinese line."""
        where = self.file + (f" 第 {self.row} 行" if self.row else "")
        where += f" {self.column} 列" if self.column else ""
        return f"{where}：{f'“{self.value}” ' if self.value else ''}{self.advice}"


@dataclass
class Faults:
    """Everything found wrong: all counted, the first `SHOWN` of each kind kept."""

    total: int = 0
    kept: list[Fault] = field(default_factory=list)

    def add(self, file: str, row: int, column: str, value: object, advice: str) -> None:
        """Note one fault."""
        self.total += 1
        self.kept.append(Fault(file, row, column, "" if value is None else str(value), advice))

    def add_rows(self, table: "Table", rows: pl.Series, column: str, advice: str) -> None:
        """Note one fault for each of these row indices of a table."""
        self.total += len(rows)
        values = table.raw[column].gather(rows[:SHOWN])
        for index, value in zip(rows[:SHOWN], values, strict=True):
            text = "" if value is None else str(value)
            self.kept.append(Fault(table.file, int(index) + 2, column, text, advice))

    def lines(self) -> list[str]:
        """At most `SHOWN` lines in order of file and row, and a count if there are more."""
        shown = [fault.line() for fault in sorted(self.kept)[:SHOWN]]
        if self.total > len(shown):
            shown.append(f"……另有 {self.total - len(shown)} 处，共 {self.total} 处")
        return shown


class UnusableInputError(ValueError):
    """The files cannot be used; `faults` lists every reason."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("\n".join(faults.lines()))
        self.faults = faults


@dataclass
class Table:
    """One file as read: `raw` as text, `typed` with checked numbers and indices added."""

    name: str
    file: str
    path: Path
    raw: pl.DataFrame
    typed: pl.DataFrame


@dataclass(frozen=True, eq=False)
class RoundFiles:
    """A round read from a folder: the problem, the students' extra columns, the files' SHA-256."""

    problem: Problem
    students: pl.DataFrame
    extra_columns: tuple[str, ...]
    hashes: dict[str, str]


def read_round(folder: Path) -> RoundFiles:
    """Read and check a round. Raises `UnusableInputError` with every fault found."""
    from .exchange_checks import check_tables

    faults = Faults()
    paths = {name: found for name in COLUMNS if (found := _find(folder, name, faults))}
    with ThreadPoolExecutor(1) as pool:
        hashes = {path.name: pool.submit(sha256_of, path) for path in paths.values()}
        tables = {
            name: table for name, path in paths.items() if (table := read_table(name, path, faults))
        }
        scale = check_tables(tables, faults)
        _stop_if(faults)
        problem = _problem(tables, scale, faults)
        return _round(problem, tables["students"].typed, hashes)


def _problem(tables: dict[str, Table], scale: int, faults: Faults) -> Problem:
    from .exchange_checks import explain_refusal

    try:
        return build_problem(rows_of(tables, scale))
    except ProblemError as refusal:
        explain_refusal(tables, refusal, faults)
        raise UnusableInputError(faults) from refusal


def _round(
    problem: Problem, students: pl.DataFrame, hashes: "dict[str, Future[str]]"
) -> RoundFiles:
    extra = tuple(c for c in students.columns if c not in COLUMNS["students"])
    table = students.sort("student_id").select("student_id", *extra)
    return RoundFiles(problem, table, extra, {k: v.result() for k, v in sorted(hashes.items())})


def rows_of(tables: dict[str, Table], scale: int) -> Rows:
    """The engine's tables from the files'."""
    quotas, ineligible = tables.get("quotas"), tables.get("ineligible")
    return Rows(
        students=tables["students"].typed,
        posts=tables["posts"].typed,
        preferences=tables["preferences"].typed,
        priorities=tables["priorities"].typed,
        quotas=quotas.typed if quotas else None,
        ineligible=ineligible.typed if ineligible else None,
        score_scale=scale,
    )


def _stop_if(faults: Faults) -> None:
    if faults.total:
        raise UnusableInputError(faults)


def _find(folder: Path, name: str, faults: Faults) -> Path | None:
    found = [path for ext in ("csv", "parquet") if (path := folder / f"{name}.{ext}").is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        faults.add(f"{name}.csv", 0, "", "", f"与 {name}.parquet 同时存在，请只留一个")
    elif name not in OPTIONAL:
        faults.add(f"{name}.csv", 0, "", "", f"找不到文件，请放到 {folder} 下")
    return None


def read_table(
    name: str, path: Path, faults: Faults, columns: tuple[str, ...] = ()
) -> Table | None:
    """One file with every column as text (Parquet numbers keep their type); None if unreadable."""
    if name in OPTIONAL and path.stat().st_size == 0:
        return None
    try:
        raw = pl.read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except pl.exceptions.NoDataError:
        faults.add(path.name, 1, "", "", "文件是空的，请至少保留表头")
        return None
    except (pl.exceptions.PolarsError, OSError) as refusal:
        from .exchange_checks import explain_unreadable

        explain_unreadable(path, str(refusal), faults)
        return None
    wanted = columns or COLUMNS[name]
    missing = [c for c in wanted if c not in raw.columns]
    for column in missing:
        from .exchange_checks import header_advice

        faults.add(path.name, 1, column, "", header_advice(path, raw.columns))
    if missing:
        return None
    raw = _trimmed(raw)
    return Table(name, path.name, path, raw, raw)


def _read_csv(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def _trimmed(raw: pl.DataFrame) -> pl.DataFrame:
    """Without blank rows at the end, which spreadsheets leave behind."""
    end = len(raw)
    while end and all(value in (None, "") for value in raw.row(end - 1)):
        end -= 1
    return raw.slice(0, end)


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def indexed(table: Table, name: str, ids: pl.Series) -> pl.Series:
    """Positions of a table's `<name>_id` column in sorted ids, null where unknown."""
    return index_in(ids, table.raw[f"{name}_id"].cast(pl.String)).rename(name)
