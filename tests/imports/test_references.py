"""References of imported purchases: proven by a guard instead of looked up one by one."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from crm_cli.store import import_purchases
from crm_cli.store.batch import Batch
from crm_cli.store.connection import open_memory
from crm_cli.store.staging import references_proven

if TYPE_CHECKING:
    from tests.imports.helpers import Files

HEAD = "customer,date,product,amount,kind\n"


def test_every_reference_leads_somewhere(files: Files) -> None:
    files.load("purchase", HEAD + "C1,2026-01-05,Tea,9.80,\nC2,2026-01-05,,3,\n")
    files.load("purchase", HEAD + "C2,2026-01-06,Tea,9.80,\nC3,2026-01-07,Pot,3,return\n")
    assert files.rows("PRAGMA foreign_key_check") == []
    assert files.rows("SELECT count(*), count(product_id) FROM purchases") == [(4, 3)]


def test_the_switch_is_put_back_whatever_happens() -> None:
    connection = open_memory()
    seen = []

    def write() -> None:
        with references_proven(connection):
            seen.append(connection.execute("PRAGMA foreign_keys").fetchone())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert seen == [(0,)]
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    connection.close()


@pytest.mark.parametrize("wrong", ["nobody", "nothing", "no sale"])
def test_the_guard_stops_what_leads_nowhere(wrong: str) -> None:
    connection = open_memory()
    execute = connection.execute
    for table in ("s_who", "s_what"):
        execute(f"CREATE TEMP TABLE {table} ({import_purchases.TABLES[table]})")
    batch = Batch()
    import_purchases.add_reference_guard(batch, 1, with_returns=True)
    batch.run(connection)
    if wrong == "nobody":
        execute("INSERT INTO temp.s_who VALUES (1, 7)")
    elif wrong == "nothing":
        execute("INSERT INTO temp.s_what VALUES (1, 7, 'EUR')")
    else:
        execute("PRAGMA foreign_keys = OFF")
        execute(
            "INSERT INTO purchases (id, uid, contact_id, purchased_on, kind, amount, currency,"
            " returns_id) VALUES (1, 'u', 1, '2026-01-05', 'return', 1, 'EUR', 7)"
        )
    with pytest.raises(sqlite3.IntegrityError, match="guard_holds"):
        batch.run(connection)
    connection.close()
