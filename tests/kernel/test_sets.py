"""Array literals and folded writes: what goes in as text comes out of PostgreSQL as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from findigi.kernel import ids
from findigi.kernel.db import Database
from findigi.kernel.sets import array_literal, set_part

TEXTS = st.lists(st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",))))
MOMENTS = st.lists(st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
KINDS = [
    ("text", TEXTS),
    ("text", st.just(["NULL", "", "{", "}", ",", '"', "\\", "'", "\n", "é", "null", "\\x41", "a\\'b"])),
    ("bytea", st.lists(st.none() | st.binary())),
    ("bigint", st.lists(st.none() | st.integers(-(2**63), 2**63 - 1))),
    ("boolean", st.lists(st.none() | st.booleans())),
    ("uuid", st.lists(st.none() | st.uuids())),
    ("timestamptz", MOMENTS),
]


@pytest.mark.parametrize(("kind", "values"), KINDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_literal_reads_back_as_the_values(
    database: Database, kind: str, values: st.SearchStrategy[list[object]], data: st.DataObject
) -> None:
    wanted = data.draw(values)
    async with database.reading() as tx:
        assert await tx.value(f"select $1::text::{kind}[]", array_literal(wanted)) == wanted


async def test_amounts_of_thirty_eight_digits_keep_every_digit(database: Database) -> None:
    wanted = [10**38 - 1, -(10**38) + 1, 0]
    async with database.reading() as tx:
        assert await tx.value("select $1::text::numeric[]", array_literal(wanted)) == wanted


async def test_both_kinds_of_uuid_are_written_alike(database: Database) -> None:
    ours = ids.new_id()
    async with database.reading() as tx:
        assert await tx.value("select $1::text::uuid[]", array_literal([ours, UUID(int=ours.int)])) == [ours, ours]


async def test_writing_and_committing_in_one_message_keeps_quotes(database: Database) -> None:
    text = 'it\'s \\ "quoted"; drop table kept; --'
    async with database.transaction() as tx:
        await tx.run("create table if not exists kept_texts (id uuid, text text)")
    lane = await database.chained({})
    try:
        part = set_part("insert into kept_texts select * from unnest({}::uuid[], {}::text[])", [(ids.new_id(), text)])
        await lane.commit([part])
        await lane.commit([part])
        async with database.reading() as tx:
            assert [row["text"] for row in await tx.rows("select text from kept_texts")] == [text, text]
    finally:
        lane.terminate()
        async with database.transaction() as tx:
            await tx.run("drop table kept_texts")
