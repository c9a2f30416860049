"""Orders that wait to be paid, put into the tables directly: opening them through the API is not what is measured."""

from typing import Any, Final

from bench.plan import AMOUNT_TIYIN, FIRST_GUESS, Figures
from bench.postgres import Cluster

FILL: Final = (
    f"""
    INSERT INTO orders (id, shop, account, kind, amount, state, version, fingerprint, metadata, created_at, changed_at)
    SELECT n, 'main', n::text, 'one_time', {AMOUNT_TIYIN}, 'awaiting', 0, '', '{{}}', now(), now()
    FROM generate_series($1::int, $2::int) n
    """,
    # Ids of transitions are negative: those that the gateway takes from the sequence are not.
    """
    INSERT INTO transitions (id, shop, order_id, verb, order_to, version, at, actor, correlation_id)
    SELECT -3 * n::bigint, 'main', n, 'open', 'awaiting', 0, now(), 'shop', 'bench'
    FROM generate_series($1::int, $2::int) n
    """,
)

RATE_RISES: Final = 5
"""From one window to the next, at most: one payer alone may come before sixteen, and all find an order."""

MOVE_ON: Final = "SELECT setval('order_ids', $1::bigint / 32 * 32 + 33)"


class Orders:
    """Of one database. An order's number is also its id and its account."""

    def __init__(self, cluster: Cluster, database: str, first: int = 1) -> None:
        self._cluster = cluster
        self._database = database
        self._next = first
        """The first one that nobody has touched."""
        self._end = first
        self._rate = FIRST_GUESS

    async def for_seconds(self, seconds: float, rate: float | None = None) -> tuple[int, int]:
        """The first one's number, and how many there are: more than can be used up in this time."""
        return await self.for_lives(round((seconds + 1) * (rate or self._rate)))

    async def for_lives(self, count: int) -> tuple[int, int]:
        lacking = self._next + count - self._end
        if lacking > 0:
            connection = await self._cluster.connect(self._database)
            try:
                async with connection.transaction():  # and so at one moment
                    for statement in FILL:
                        await connection.execute(statement, self._end, self._end + lacking - 1)
                    await connection.execute(MOVE_ON, self._end + lacking - 1)
                await connection.execute("ANALYZE orders")
            finally:
                await connection.close()
            self._end += lacking
        return self._next, self._end - self._next

    def were_used(self, figures: Figures) -> None:
        """Those that were not are there for the next."""
        self._next += figures.orders_used
        self._rate = max(500, round(figures.lives_per_second * RATE_RISES))

    async def ask(self, question: str, *values: Any) -> Any:
        """Of the database; the answer is one value."""
        connection = await self._cluster.connect(self._database)
        try:
            return await connection.fetchval(question, *values)
        finally:
            await connection.close()
