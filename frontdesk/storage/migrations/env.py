"""Alembic's entry: applies the steps of versions/ over one connection."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context

engine = sa.create_engine(context.config.get_main_option("sqlalchemy.url"), hide_parameters=True)
if engine.dialect.name == "sqlite":  # its driver would end the transaction at each table

    def leave_transactions_to_us(connection: Any, record: Any) -> None:
        """All steps are taken together, or none."""
        connection.isolation_level = None

    def begin(connection: sa.engine.Connection) -> None:
        """Begin what the driver does not."""
        connection.exec_driver_sql("BEGIN")

    sa.event.listen(engine, "connect", leave_transactions_to_us)
    sa.event.listen(engine, "begin", begin)


with engine.begin() as connection:
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
