"""Names inside a zip that every system can unpack: Windows, WPS, macOS, Linux."""

import re
import unicodedata

_FORBIDDEN = re.compile(r'[<>:"/\\|?*#%\x00-\x1f\x7f]+')
_BLANKS = re.compile(r"\s+")
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)}
_WIDER = str.maketrans({":": "：", "?": "？", "*": "＊", "<": "〈", ">": "〉", "|": "｜", '"': "”"})
FOLDER, FILE = 40, 60


def safe_name(text: str, limit: int = FOLDER) -> str:
    """A name of at most `limit` characters without anything a file system refuses; never empty.

    What Windows forbids becomes its full-width sister, the rest a dash; # and % would break links.
    """
    plain = "".join(c for c in text.translate(_WIDER) if unicodedata.category(c)[0] != "C")
    name = _BLANKS.sub(" ", _FORBIDDEN.sub("-", plain))
    name = name.strip(" .")[:limit].strip(" .") or "未命名"
    return f"{name}_" if name.split(".")[0].lower() in _RESERVED else name


def safe_file_name(text: str, limit: int = FILE) -> str:
    """As `safe_name`, keeping the extension when the name is cut."""
    stem, dot, extension = text.rpartition(".")
    if not dot or len(extension) > 5 or not extension.isalnum():
        return safe_name(text, limit)
    return f"{safe_name(stem, limit - len(extension) - 1)}.{extension.lower()}"


class Names:
    """Gives each name once in a folder, whatever its case: “图 (2).jpg”."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def once(self, folder: str, name: str) -> str:
        """The path of a name that is not taken yet."""
        stem, dot, extension = name.rpartition(".")
        wanted, number = name, 1
        while self._key(folder, wanted) in self._taken:
            number += 1
            wanted = f"{stem} ({number}).{extension}" if dot and stem else f"{name} ({number})"
        self._taken.add(self._key(folder, wanted))
        return f"{folder}/{wanted}" if folder else wanted

    @staticmethod
    def _key(folder: str, name: str) -> str:
        return unicodedata.normalize("NFC", f"{folder}/{name}").casefold()
