"""The schema changes while the gateway serves: nobody hears anything worse than "try again"."""

import asyncio
import shutil
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from gateway.database import migrations
from tests.bare_environment import bare_environment
from tests.faults.harness.gateway import ROOT

HOLD_SECONDS = 4
"""Longer than a payment waits: an operator's long report, on every table."""

WAITS_FOR_A_TABLE = "SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"

STEPS = {
    "columns": """
    op.add_column("orders", sa.Column("note", sa.Text))
    op.add_column("payments", sa.Column("risk", sa.Integer, server_default="0", nullable=False))
""",
    "an index beside the traffic": """
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_payments_created_at")
        op.execute("CREATE INDEX CONCURRENTLY ix_payments_created_at ON payments (created_at)")
""",
    "a wider column": """
    op.alter_column("payments", "reason", type_=sa.BigInteger)
""",
}

REVISION = '''
"""A step of the future."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = {revision!r}, {before!r}, None, None


def upgrade():
{body}
'''


@pytest.fixture
def future(tmp_path: Path) -> str:
    """Our migrations, and two of a kind that will come."""
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "schema" / "migrations", folder)
    newest = ScriptDirectory(str(folder)).get_current_head()
    names = [newest, *(f"future_{number}" for number in range(len(STEPS)))]
    for (before, revision), body in zip(pairwise(names), STEPS.values(), strict=True):
        text = REVISION.format(revision=revision, before=before, body=body)
        (folder / "versions" / f"{revision}.py").write_text(text)
    return str(folder)


async def test_a_migration_with_nothing_to_do_disturbs_nobody(scenario, http, history):
    async with scenario.under_traffic() as run:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.cli", "migrate"),
            env=bare_environment() | {"DATABASE_URL": scenario.database_url.replace("+asyncpg", "")},
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert (process.returncode, said.endswith(b" is up to date.\n")) == (0, True)
        assert await run.database_errors(http) == {}
    assert all(call.certain for call in history.calls)


async def test_steps_go_through_under_load(scenario, future):
    async with scenario.under_traffic() as run:
        await asyncio.to_thread(migrations.upgrade, scenario.database_url, future)
        await run.recovers()
    columns = await scenario.asks(
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'payments' AND column_name = 'reason'"
    )
    assert columns == [("bigint",)]


async def test_a_step_that_has_to_wait_lets_the_payments_pass(scenario, future, history):
    async with scenario.under_traffic() as run:
        async with scenario.other_client() as other_client, other_client.transaction():
            await other_client.execute("SELECT FROM orders, payments LIMIT 1")
            first = len(history.calls)
            upgrade = asyncio.create_task(asyncio.to_thread(migrations.upgrade, scenario.database_url, future))
            async with asyncio.timeout(60):
                while not await scenario.asks(WAITS_FOR_A_TABLE):
                    await asyncio.sleep(0.02)
            await asyncio.sleep(HOLD_SECONDS)
            assert not upgrade.done()
            assert all(call.certain for call in history.calls[first:])
        await upgrade
        await run.recovers()
