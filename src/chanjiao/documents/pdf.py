"""Word → PDF through LibreOffice. Every call has a profile of its own, so calls do not meet."""

import io
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from docx import Document
from docx.oxml.ns import qn

from chanjiao.documents.package import saved
from chanjiao.kernel.verdict import Refused

TIMEOUT = 180
_NAMES = ("soffice", "libreoffice")
_SERIF = ("Noto Serif CJK SC", "Source Han Serif SC", "Noto Sans CJK SC")
_SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Serif CJK SC")
# What to take where a font of GB/T 9704 is not installed: the closest first.
FALLBACKS: dict[str, tuple[str, ...]] = {
    "方正小标宋简体": ("方正小标宋_GBK", "FZXiaoBiaoSong-B05S", "华文中宋", "STZhongsong", *_SERIF),
    "仿宋_GB2312": ("仿宋", "FangSong", "FangSong_GB2312", "华文仿宋", "STFangsong", *_SERIF),
    "仿宋": ("FangSong", "仿宋_GB2312", "STFangsong", *_SERIF),
    "楷体_GB2312": ("楷体", "KaiTi", "KaiTi_GB2312", "STKaiti", "AR PL UKai CN", *_SERIF),
    "黑体": ("SimHei", "STHeiti", *_SANS),
    "宋体": ("SimSun", "STSong", *_SERIF),
    "Times New Roman": ("Liberation Serif", "Tinos", "Noto Serif CJK SC"),
}


class NoConverter(Refused):
    """This machine has no LibreOffice."""

    def __init__(self) -> None:
        super().__init__(
            "这台服务器没有安装 LibreOffice，不能生成 PDF。请管理员安装 libreoffice-writer-nogui 和"
            " fonts-noto-cjk，或用 CHANJIAO_SOFFICE 指明 soffice 的位置；Word 文件不受影响。"
        )


class ConversionFailed(Refused):
    """LibreOffice did not give a PDF."""


def converter() -> str:
    """The path of soffice; empty if there is none."""
    told = os.environ.get("CHANJIAO_SOFFICE", "")
    if told:
        return shutil.which(told) or ""
    return next((path for path in map(shutil.which, _NAMES) if path), "")


def to_pdf(word: bytes, *, timeout: float = TIMEOUT) -> bytes:
    """The .docx as PDF. Raises NoConverter or ConversionFailed."""
    program = converter()
    if not program:
        raise NoConverter
    with tempfile.TemporaryDirectory(prefix="chanjiao-pdf-") as name:
        place = Path(name)
        source, made = place / "document.docx", place / "document.pdf"
        source.write_bytes(_with_live_contents(word))
        _run(program, place, source, timeout)
        if not made.exists():
            raise ConversionFailed("LibreOffice 没能打开这份 Word 文件，PDF 未生成。")
        return made.read_bytes()


def _with_live_contents(word: bytes) -> bytes:
    """LibreOffice shows a table of contents as it was saved; without the field around its entries
    it works out their page numbers, as it does for every other reference to a page."""
    document = Document(io.BytesIO(word))
    open_fields: list[bool] = []  # for each open field, whether it is a table of contents
    for piece in list(document.element.body.iter(qn("w:fldChar"), qn("w:instrText"))):
        kind = piece.get(qn("w:fldCharType"))
        if kind == "begin":
            open_fields.append(False)
            begun = piece
        elif kind is None and open_fields and (piece.text or "").split()[:1] == ["TOC"]:
            open_fields[-1] = True
            begun.getparent().remove(begun)
            piece.getparent().remove(piece)
        elif kind and open_fields and open_fields[-1]:
            piece.getparent().remove(piece)
        if kind == "end" and open_fields:
            open_fields.pop()
    return saved(document)


def _run(program: str, place: Path, source: Path, timeout: float) -> None:
    fonts = place / "fonts.conf"
    fonts.write_text(_font_rules(), encoding="utf-8")
    command = [
        program, f"-env:UserInstallation=file://{place}/profile", "--headless", "--norestore",
        "--nologo", "--nolockcheck", "--nodefault",
        "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(place), str(source),
    ]  # fmt: skip
    environment = {
        **os.environ, "FONTCONFIG_FILE": str(fonts), "HOME": str(place), "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    # soffice starts a process of its own: the whole group is ended, not only the launcher
    process = subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(timeout=timeout)
    except subprocess.TimeoutExpired as late:
        raise ConversionFailed(f"LibreOffice 超过 {timeout:g} 秒没有完成，PDF 未生成。") from late
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _font_rules() -> str:
    """The machine's own font settings, and what stands in for what it lacks."""
    aliases = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="append" binding="same">'
        f"{''.join(f'<string>{other}</string>' for other in others)}</edit></match>"
        for name, others in FALLBACKS.items()
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'{aliases}<include ignore_missing="yes">/etc/fonts/fonts.conf</include></fontconfig>'
    )
