"""Check digits and structure of the codes the trade uses. Pure: no table of names is consulted."""

from chanjiao_engine.codes.credit import (
    CreditCode,
    make_credit_code,
    parse_credit_code,
    parse_organisation_code,
)
from chanjiao_engine.codes.division import PROVINCES, Division, parse_division
from chanjiao_engine.codes.education import (
    MajorCode,
    SchoolCode,
    major_fields,
    parse_major,
    parse_school_code,
)
from chanjiao_engine.codes.identity import Identity, parse_identity
from chanjiao_engine.codes.phone import Mobile, parse_mobile
from chanjiao_engine.codes.text import CodeError, normalise
from chanjiao_engine.codes.work import (
    IndustryCode,
    OccupationCode,
    parse_industry,
    parse_occupation,
)

__all__ = [
    "PROVINCES",
    "CodeError",
    "CreditCode",
    "Division",
    "Identity",
    "IndustryCode",
    "MajorCode",
    "Mobile",
    "OccupationCode",
    "SchoolCode",
    "major_fields",
    "make_credit_code",
    "normalise",
    "parse_credit_code",
    "parse_division",
    "parse_identity",
    "parse_industry",
    "parse_major",
    "parse_mobile",
    "parse_occupation",
    "parse_organisation_code",
    "parse_school_code",
]
