"""Money is an integer number of 分. Text for people is 元, 万元 or 亿元."""

from decimal import Decimal, InvalidOperation

FEN_PER_YUAN = 100
_UNITS = {"元": 1, "万元": 10_000, "亿元": 100_000_000}


def to_fen(amount: Decimal | str | int, unit: str = "元") -> int:
    """An amount in `unit` as 分; ValueError if it is no number or finer than one 分."""
    try:
        fen = Decimal(str(amount)) * _UNITS[unit] * FEN_PER_YUAN
        whole = int(fen)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise ValueError("金额应为数字。") from error
    if fen != whole:
        raise ValueError("金额最多精确到分。")
    return whole


def yuan(fen: int) -> str:
    """5,200.00 style, without the unit."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // FEN_PER_YUAN:,}.{fen % FEN_PER_YUAN:02d}"


def spoken(fen: int) -> str:
    """As people say it: 1.2 亿元, 300 万元, 4,500 元 (rounded to four digits, for reading only)."""
    for unit in ("亿元", "万元"):
        if abs(fen) >= _UNITS[unit] * FEN_PER_YUAN:
            amount = Decimal(fen) / (_UNITS[unit] * FEN_PER_YUAN)
            return f"{amount:.2f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{Decimal(fen) / FEN_PER_YUAN:,.2f}".rstrip("0").rstrip(".") + " 元"
