"""Write how the tables that the parts bring differ from those of the last version: `make migration NAME=…`."""

import argparse
import sys
import tempfile
from importlib import import_module

from alembic import command

from backend.store import METADATA, open_store, upgrade_store, writing
from backend.store.schema import REVISIONS, migrations
from tests.bench.make_store import PARTS


def main() -> None:
    """Write it beside the others, and say where."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    name = parser.parse_args().name
    for part in PARTS:
        import_module(part)
    number = f"{int(REVISIONS[-1]) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(f"sqlite:///{folder}/state.db")
        upgrade_store(engine)
        with writing(engine) as connection:
            config = migrations()
            config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
            config.attributes |= {"connection": connection, "metadata": METADATA}
            command.revision(config, name, autogenerate=True, rev_id=number)
        engine.dispose()
    sys.stdout.write(f"number {number}: put it into REVISIONS of backend/store/schema.py\n")


if __name__ == "__main__":
    main()
