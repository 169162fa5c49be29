"""Colours of pictures, light and dark. Drawings name the light ones; charts.js swaps them by `DARK`.

Which theme a page bears stands in its `data-theme` (see `theme_of`). Graphics keep 3:1 against the
paper they lie on, writing 4.5:1, in both themes: tests/web/parts/test_palette.py computes it.
"""

from django.http import HttpRequest, HttpResponseBase

# Told apart in grey print and by colour-blind readers.
COLOURS = ["#1b4f8f", "#c27a00", "#2f7d4f", "#6b4c9a", "#a3261f", "#167f86", "#55616f"]
BLUE, AMBER, GREEN, RED = COLOURS[0], COLOURS[1], COLOURS[2], COLOURS[4]
INK, SOFT, LINE, FAINT = "#1d2733", "#55616f", "#d5dce4", "#e8ecf1"
PALE = "#8194ab"  # what was planned or promised, behind what was done
PAPER, DARK_PAPER = "#ffffff", "#13202e"
SHADES = ["#eef3f9", "#c9daee", "#8fb3db"]  # of a grid; INK is written on them

DARK = {
    "#1b4f8f": "#6aa5e8", "#c27a00": "#f0b04a", "#2f7d4f": "#6cc28f", "#6b4c9a": "#b79ae0",
    "#a3261f": "#f0837b", "#167f86": "#4fc3ca", "#55616f": "#a9b6c4",
    INK: "#e6edf5", LINE: "#3a4d61", FAINT: "#26394c", PALE: "#7389a1", PAPER: DARK_PAPER,
    "#eef3f9": "#1c3045", "#c9daee": "#274a72", "#8fb3db": "#335f96",
}  # fmt: skip

THEMES = {"light": "浅色", "dark": "深色"}
_KEPT = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """The theme the address asks for, else the one remembered, else light."""
    told = (request.GET.get("theme", ""), request.COOKIES.get("theme", ""))
    return next((theme for theme in told if theme in THEMES), "light")


def remember_theme(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Keep a theme the address asked for, in a cookie that no script reads."""
    if request.GET.get("theme") in THEMES:
        answer.set_cookie(
            "theme", theme_of(request), max_age=_KEPT, samesite="Lax", httponly=True,
            secure=request.is_secure(),
        )  # fmt: skip
    return answer
