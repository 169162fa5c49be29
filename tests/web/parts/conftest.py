"""Pages of the tests' own."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_templates(settings: Any) -> None:
    from copy import deepcopy

    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(Path(__file__).parent / "templates")
    settings.TEMPLATES = templates
