"""This step makes the two functions by which a batch locks and loads, and saves.

A function has its version in its name: a later release adds `_2` beside `_1`, which older processes go on calling. One
that was released is never changed.
"""

from importlib.resources import files

from alembic import op

revision = "0004_batch_functions"
down_revision = "0003_outbox_at"
branch_labels = None
depends_on = None

FUNCTIONS = ("lock_and_load_1", "save_1")


def upgrade() -> None:
    for name in FUNCTIONS:
        source = files("schema.migrations").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
        op.get_bind().exec_driver_sql(source)
    # An older release has statements of its own, and calls neither.
    op.execute("INSERT INTO schema_promises (revision, serves_from) VALUES ('0004_batch_functions', '0.1.0')")


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DELETE FROM schema_promises WHERE revision = '0004_batch_functions'")
