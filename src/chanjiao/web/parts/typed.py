"""What a browser sent as text, read as a number. Anybody can send anything."""

_MOST_DIGITS = 15  # fits every database's largest integer


def whole(text: str, default: int = 0) -> int:
    """The whole number that the text is, else `default`: no sign, no blanks, at most 15 digits."""
    plain = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if plain else default
