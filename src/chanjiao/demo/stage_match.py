"""Stage three."""

from chanjiao.demo.cast import Cast
from chanjiao.demo.workbooks import Desk


def build_match(cast: Cast, desk: Desk) -> None:
    """TBD."""
