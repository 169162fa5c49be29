"""A draw as a file that anyone can draw again; no Django."""

import json
from typing import Any

from chanjiao.kernel.canonical import digest
from chanjiao_engine.draws import DRAW_RULE, draw

FORMAT = "chanjiao-draw-1"


def as_file(content: dict[str, Any]) -> bytes:
    """The bytes of a draw's file; `content` has seed, size, candidates, digest and drawn."""
    whole = {"format": FORMAT, "rule": DRAW_RULE, **content}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True).encode()


def differences(data: bytes) -> list[str]:
    """Draws again; empty when the list and the drawn are the same. ValueError: no such file."""
    try:
        told = json.loads(data)
        seed, size, listed, drawn = (told[key] for key in ("seed", "size", "candidates", "drawn"))
        form, rule, noted = told["format"], told["rule"], told["digest"]
        if not (isinstance(seed, str) and isinstance(size, int) and isinstance(listed, list)):
            raise TypeError("a field has the wrong type")
        again = draw([str(name) for name in listed], size, seed=seed)
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError("这不是走访抽取文件。请从抽取页下载后重试。") from error
    except ValueError as error:
        raise ValueError("名单里有重复的编号，不能重抽。") from error
    if form != FORMAT or rule != DRAW_RULE:
        raise ValueError(f"本版本只认 {FORMAT} 格式、{DRAW_RULE} 规则，文件是 {form}、{rule}。")
    found = []
    if digest(listed) != noted:
        found.append("候选名单与记录的摘要不符。")
    if again != drawn:
        found.append(f"重抽得到 {'、'.join(again)}，文件写的是 {'、'.join(map(str, drawn))}。")
    return found
