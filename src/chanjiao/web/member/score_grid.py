"""The grid of applicants: what is saved, what was typed, what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from chanjiao.matching.checks import hundredths_of
from chanjiao.matching.models import Score
from chanjiao.matching.queries import Applicant
from chanjiao.matching.scoring import Mark
from chanjiao.needs.models import Student
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book
from chanjiao.web.parts.typed import whole


@dataclass
class Line:
    """One applicant. `typed` and `note` are what the boxes show."""

    student: Student
    score: Score | None
    typed: str
    note: str
    revision: int
    major: str = ""
    error: str = ""

    @property
    def saved(self) -> str:
        """The score that stands, as text."""
        return points_text(self.score.hundredths) if self.score else ""


def points_text(hundredths: int) -> str:
    """8350 as 83.5."""
    return f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")


def lines_of(applicants: list[Applicant], typed: Mapping[str, str], known: Book) -> list[Line]:
    """A line for each applicant; with a form sent, as it was typed."""
    lines = [_line(one, typed) for one in applicants]
    for line in lines:
        line.major = known.name(Table.MAJOR, line.student.cohort.major_code)
    return lines


def _line(one: Applicant, typed: Mapping[str, str]) -> Line:
    key, score = one.student.pk, one.score
    line = Line(
        one.student, score, points_text(score.hundredths) if score else "",
        score.note if score else "", score.revision if score else 0,
    )  # fmt: skip
    if f"score-{key}" in typed:
        line.typed, line.note = typed[f"score-{key}"], typed.get(f"note-{key}", "")
        line.revision = whole(typed.get(f"revision-{key}", ""))
    return line


def marks_of(lines: list[Line]) -> list[Mark]:
    """What to save; lines that cannot be read carry their error."""
    marks = []
    for line in lines:
        try:
            hundredths = hundredths_of(line.typed)
        except ValueError as error:
            line.error = str(error)
            continue
        if hundredths is None and line.note.strip():
            line.error = "写了评语，请同时评分。"
        elif hundredths is not None or line.revision:
            marks.append(Mark(line.student, hundredths, line.note, line.revision))
    return marks
