"""Files that are not opened or not read: each reason by name, with what to do instead."""

from __future__ import annotations


class RefusedFile(ValueError):
    """The file as a whole is refused. `message` says what and why, `advice` how to mend."""

    code = "refused"

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message}；{advice}")
        self.message, self.advice = message, advice


class TooLarge(RefusedFile):
    """The file has more bytes than allowed."""

    code = "too_large"


class NotASpreadsheet(RefusedFile):
    """Neither .xlsx nor .csv, whatever its name says."""

    code = "not_a_spreadsheet"


class OldFormat(RefusedFile):
    """.xls, .xlsb, .ods, .et…: formulas in it could not be seen."""

    code = "old_format"


class Encrypted(RefusedFile):
    """A workbook or an archive entry with a password."""

    code = "encrypted"


class Damaged(RefusedFile):
    """An archive or XML that does not hold together."""

    code = "damaged"


class HasMacros(RefusedFile):
    """VBA or Excel 4 macros inside."""

    code = "macros"


class HasExternalLinks(RefusedFile):
    """Links to other workbooks or data connections inside."""

    code = "external_links"


class ZipBomb(RefusedFile):
    """Unpacks to far more than a sheet needs, or holds archives or odd paths."""

    code = "zip_bomb"


class HostileXml(RefusedFile):
    """A document type or entities, which no spreadsheet program writes."""

    code = "hostile_xml"


class TooWide(RefusedFile):
    """Cells far to the right or far down: a sheet no list needs."""

    code = "too_wide"


class TooManyRows(RefusedFile):
    """More rows than the layout takes."""

    code = "too_many_rows"


class TooManyFormulas(RefusedFile):
    """So many formulas that listing them helps nobody."""

    code = "too_many_formulas"


class WrongSheet(RefusedFile):
    """No sheet with this list's header, or the template of another list."""

    code = "wrong_sheet"


class UnreadableText(RefusedFile):
    """A CSV in no encoding that can be told."""

    code = "unreadable_text"
