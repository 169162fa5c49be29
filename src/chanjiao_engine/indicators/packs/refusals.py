"""The two ways a pack fails: it cannot be read, or something in it differs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that differs: where (file, table, row or indicator), expected and found."""

    where: str
    expected: str
    found: str

    @property
    def sentence(self) -> str:
        return f"{self.where}：应为 {self.expected}，实为 {self.found}"


class UnreadablePack(ValueError):
    """Not a pack at all, or beyond the limits; the message is Chinese."""


class PackDiffers(ValueError):
    """A pack that contradicts itself, or what is expected of it."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        self.difference = Difference(where, expected, found)
        super().__init__(self.difference.sentence)
