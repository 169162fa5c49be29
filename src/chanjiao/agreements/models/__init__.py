"""Agreements: kinds, the agreement with its parties, versions and signatures."""

from chanjiao.agreements.models.agreements import Agreement, Party, Version
from chanjiao.agreements.models.kinds import Kind
from chanjiao.agreements.models.signatures import Signature

__all__ = ["Agreement", "Kind", "Party", "Signature", "Version"]
