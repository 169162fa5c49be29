"""The building process: `python -m chanjiao.demo.build STAGE`, in a folder of its own."""

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Build, check, write the marker; the exit code says whether it may be put in place."""
    parser = argparse.ArgumentParser()
    parser.add_argument("stage")
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chanjiao.settings")
    import django

    django.setup()
    from django.conf import settings

    from chanjiao.demo.database import NotEmpty, prepare

    settings.PASSWORD_HASHERS = ["chanjiao.demo.hashing.QuickArgon2"]
    try:
        prepare(fresh=options.fresh)
    except NotEmpty as reason:
        print(reason, file=sys.stderr)
        return 2
    return _build(options.stage)


def _build(stage: str) -> int:
    from django.conf import settings
    from django.db import connection

    from chanjiao.demo.place import Built, database_name, sources_digest, write_marker
    from chanjiao.demo.season import Season
    from chanjiao.demo.stages import build
    from chanjiao.demo.summary import summary
    from chanjiao.kernel import clock

    folder = Path(settings.HOME)
    today = clock.day_of(clock.now())
    cast = build(stage, Season(today), folder, say=lambda text: print(text, flush=True))
    text, sound = summary(cast, stage, folder)
    connection.close()
    built = Built(stage, sources_digest(), database_name(), today.isoformat(), text)
    write_marker(folder, built)
    if not sound:
        print(text)
        print("核验没有通过，示例数据不予采用。", file=sys.stderr)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
