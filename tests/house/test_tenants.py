"""Each tenant table has client_id first in its keys, and each statement on one names it (the property that shards)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from tests.house import rules
from tests.support import ROOT

NewDatabase = Callable[[bool], Awaitable[str]]
TABLES = """
select distinct c.relname from pg_class c
join pg_attribute a on a.attrelid = c.oid join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema)' and c.relkind in ('r', 'p')
  and a.attname = 'client_id' and not a.attisdropped"""
# Indexes too: a unique index is a unique constraint by another name.
KEYS = """
select c.relname as table, i.indexrelid::regclass::text as key,
       (select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0]) as first
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
where i.indisunique and n.nspname !~ '^(pg_|information_schema)'
  and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'client_id' and not a.attisdropped)"""
# A key that cannot start with the tenant, with its reason.
EXCEPTIONS: dict[str, str] = {}


async def _tenant_tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return {row["relname"] for row in await connection.fetch(TABLES)}
    finally:
        await connection.close()


async def _bad_keys(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(KEYS)
    finally:
        await connection.close()
    return sorted(row["key"] for row in rows if row["first"] != "client_id" and row["key"] not in EXCEPTIONS)


async def test_keys_start_with_the_tenant(dsn: str) -> None:
    assert await _bad_keys(dsn) == []


async def test_statements_name_the_tenant(dsn: str) -> None:
    tables = await _tenant_tables(dsn)
    assert tables
    assert await asyncio.to_thread(rules.tenant_statements, ROOT, tables) == []


async def test_a_key_without_the_tenant_is_found(new_database: NewDatabase) -> None:
    dsn = await new_database(True)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "create table planted (client_id uuid, id uuid primary key, n int, unique (client_id, n));"
            "create unique index planted_n on planted (n)"
        )
    finally:
        await connection.close()
    assert await _bad_keys(dsn) == ["planted_n", "planted_pkey"]
    assert "planted" in await _tenant_tables(dsn)
