"""Contrast in both themes, reckoned after WCAG 2: graphics 3:1, writing 4.5:1."""

from pathlib import Path

import pytest

from chanjiao.web.parts.palette import (
    COLOURS,
    DARK,
    DARK_PAPER,
    INK,
    PALE,
    PAPER,
    SHADES,
    SOFT,
)

SCRIPT = Path(__file__).parents[3] / "src/chanjiao/web/static/charts.js"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    lit = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * lit[0] + 0.7152 * lit[1] + 0.0722 * lit[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [*COLOURS, PALE])
def test_graphics_stand_out_from_the_paper(colour):
    assert contrast(colour, PAPER) >= 3
    assert contrast(DARK[colour], DARK_PAPER) >= 3


@pytest.mark.parametrize("ink", [INK, SOFT])
def test_writing_is_read_on_the_paper(ink):
    assert contrast(ink, PAPER) >= 4.5
    assert contrast(DARK[ink], DARK_PAPER) >= 4.5


@pytest.mark.parametrize("shade", SHADES)
def test_writing_is_read_on_the_cells_of_a_grid(shade):
    assert contrast(INK, shade) >= 4.5
    assert contrast(DARK[INK], DARK[shade]) >= 4.5


def test_every_light_colour_has_its_dark_one_and_the_script_finds_it():
    assert {*COLOURS, INK, SOFT, *SHADES, PALE} <= set(DARK)
    assert all(len(c) == 7 and c == c.lower() for pair in DARK.items() for c in pair)
    assert '"(#[0-9a-f]{6})"' in SCRIPT.read_text(encoding="utf-8")
