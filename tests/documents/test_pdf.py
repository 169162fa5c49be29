"""PDF through LibreOffice: what the Word says is there, with page numbers; failures are said."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from chanjiao.documents.pdf import ConversionFailed, NoConverter, to_pdf
from tests.documents.test_writing import written


def text_of(pdf: bytes) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


@pytest.mark.converter
def test_two_at_once_give_the_text_and_the_pages():
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(to_pdf, [written(), written(subtitle="第二份")])
    text = text_of(first)
    assert "12,345.60" in text and "承诺与兑现（单位：万元）" in text
    assert "第二份" in text_of(second) and "第二份" not in text
    contents = next(line for line in text.splitlines() if line.startswith("一、概况"))
    assert contents.endswith("2") and "..." in contents
    assert "（第 2 页）" in text or "（第2页）" in text


def test_without_a_converter_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("CHANJIAO_SOFFICE", "/nowhere/soffice")
    with pytest.raises(NoConverter, match="libreoffice-writer-nogui"):
        to_pdf(written())


def test_a_converter_that_hangs_is_ended_with_all_its_children(monkeypatch, tmp_path):
    program, mark = tmp_path / "soffice", tmp_path / "pid"
    program.write_text(f"#!/bin/sh\nsleep 60 & echo $! > {mark}\nwait\n")
    program.chmod(0o755)
    monkeypatch.setenv("CHANJIAO_SOFFICE", str(program))
    with pytest.raises(ConversionFailed, match="秒"):
        to_pdf(written(), timeout=0.5)
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", mark.read_text().strip()], capture_output=True
    )
    assert not state.stdout.strip() or state.stdout.strip().startswith(b"Z")


def test_a_converter_that_makes_nothing_is_a_failure(monkeypatch):
    monkeypatch.setenv("CHANJIAO_SOFFICE", shutil.which("true") or os.devnull)
    with pytest.raises(ConversionFailed):
        to_pdf(written())
