"""Fictional students, the choices they make and the scores they get: seeded, the same every time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chanjiao.demo.catalogue import Row, units
from chanjiao.demo.season import Season

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢"
_GIVEN = {
    "男": "伟强磊洋勇军杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林阳建文博文子轩志远海峰思源天宇",
    "女": "芳娜敏静丽艳娟霞秀燕玲桂婷雪倩颖洁慧琳璐萍红欣怡佳晓雯梦瑶雨桐思彤一诺可心文静海燕春梅",
}
_WOMEN_PERCENT = {"63": 15, "66": 10, "70": 12, "71": 35, "73": 55, "43": 15, "46": 12, "51": 35}
_TEENAGER, _GROWN = 15, 18


@dataclass(frozen=True)
class Pupil:
    """A student as the school's workbook has them."""

    number: str
    name: str
    sex: str
    born: date
    grade: Decimal
    skill: Decimal


def chance(*names: object) -> random.Random:
    """A stream of chance named by its purpose: the same on every machine and every day."""
    text = "/".join(str(name) for name in names)
    return random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - a demonstration


def pupils_of(cohort: Row, index: int, season: Season) -> list[Pupil]:
    """The students of one row of cohorts.csv; `index` is its place in the file."""
    entered = season.school_year - int(cohort["entered"])
    stream = chance("pupils", index)
    age = _TEENAGER if units()[cohort["school"]]["kind"] == "secondary" else _GROWN
    return [
        _pupil(stream, f"{entered}{index + 1:02}{number:03}", cohort["major"], entered, age)
        for number in range(1, int(cohort["size"]) + 1)
    ]


def _pupil(stream: random.Random, number: str, major: str, entered: int, age: int) -> Pupil:
    sex = "女" if stream.randrange(100) < _WOMEN_PERCENT.get(major[:2], 20) else "男"
    youngest = date(entered - age, 8, 31)
    return Pupil(
        number=number,
        name=_name(stream, sex),
        sex=sex,
        born=youngest - timedelta(days=stream.randrange(430)),
        grade=_points(stream, 76),
        skill=_points(stream, 78),
    )


def person_name(*purpose: object) -> str:
    """A fictional name, always the same for the same purpose."""
    stream = chance("name", *purpose)
    return _name(stream, stream.choice("男男女"))


def _name(stream: random.Random, sex: str) -> str:
    given = _GIVEN[sex]
    second = stream.choice(given) if stream.randrange(100) < 70 else ""
    return stream.choice(_SURNAMES) + stream.choice(given) + second


def _points(stream: random.Random, mean: int) -> Decimal:
    half_points = round(stream.gauss(mean * 2, 18))
    return Decimal(max(90, min(199, half_points))) / 2


@dataclass(frozen=True)
class Offer:
    """What a student looks at in a post."""

    key: str
    majors: frozenset[str]
    wage_fen: int
    dangerous: bool
    reserved_for: int | None


def choices_of(
    student: str, major: str, cohort: int, *, minor: bool, offers: Sequence[Offer], most: int
) -> list[Offer]:
    """A student's list, the first choice first: own major, wage, what friends say, some chance."""
    stream = chance("choices", student)
    if stream.randrange(100) < 2:
        return []
    wanted = [o for o in offers if _thinkable(o, major, cohort, minor, stream)]
    wanted.sort(key=lambda o: _liking(o, major, cohort, stream), reverse=True)
    return wanted[: stream.choice((3, 4, 5, 5, 5, most))][:most]


def _thinkable(offer: Offer, major: str, cohort: int, minor: bool, stream: random.Random) -> bool:
    """Most look within their own field and age; a few do not, and read why it cannot be."""
    if offer.reserved_for not in (None, cohort):
        return False
    if minor and offer.dangerous and stream.randrange(100) >= 4:
        return False
    if major in offer.majors:
        return True
    related = any(code[:2] == major[:2] for code in offer.majors)
    return stream.randrange(1000) < (120 if related else 2)


def _liking(offer: Offer, major: str, cohort: int, stream: random.Random) -> int:
    fame = chance("fame", offer.key).randrange(1_300)
    own = 1_500 if major in offer.majors else 0
    reserved = 2_600 if offer.reserved_for == cohort else 0
    return offer.wage_fen // 100 // 3 + fame + own + reserved + round(stream.gauss(0, 1_000))


def score_of(post: str, student: str, grade: Decimal, skill: Decimal) -> Decimal:
    """An enterprise's score of an applicant: skill counts more than grades; some score in fives."""
    stream = chance("score", post, student)
    points = round(float(grade) * 0.3 + float(skill) * 0.6 + stream.gauss(8, 6))
    if chance("fives", post).randrange(3) == 0:
        points = 5 * round(points / 5)
    return Decimal(max(40, min(100, points)))
