"""Customers told by number, by address or by both: whatever the order and however the rows are
cut into files, nobody is made twice and no sale is booked twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.imports.helpers import Files

HEAD = "customer_id,email,phone,date,amount\n"
PHONES = ("", "+41446681800", "+41446681801")

rows = st.lists(
    st.tuples(st.sampled_from(["", "5", "6", "7"]), st.sampled_from(["", "a@x.org", "b@x.org"]),
              st.sampled_from(PHONES)).filter(any),
    min_size=1, max_size=6,
)  # fmt: skip


def sales(told: list[tuple[str, str, str]], first: int) -> str:
    """Return a file in which every sale has an amount of its own."""
    lines = (f"{','.join(keys)},2026-01-05,{at}\n" for at, keys in enumerate(told, first))
    return HEAD + "".join(lines)


def fresh(files: Files) -> None:
    """Take the store away."""
    for path in files.crm.db.parent.glob(f"{files.crm.db.name}*"):
        path.unlink()


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=st.lists(rows, min_size=1, max_size=3))
@example(
    told=[[("", "a@x.org", ""), ("", "", PHONES[1])], [("5", "", PHONES[1]), ("5", "a@x.org", "")]]
)
@example(
    told=[[("6", "", ""), ("", "", PHONES[2])], [("5", "b@x.org", PHONES[2]), ("6", "b@x.org", "")]]
)
def test_the_same_files_again_change_nothing(
    files: Files, told: list[list[tuple[str, str, str]]]
) -> None:
    fresh(files)
    texts = [sales(part, 1 + 10 * at) for at, part in enumerate(told)]
    for at, text in enumerate(texts):
        first = files.load("purchase", text, name=f"{at}.csv", code=None)
        again = files.load("purchase", text, name=f"{at}.csv", code=None)
        assert (again["created"], again["contacts_created"]) == (0, 0)
        assert (again["unchanged"], again["rejected"]) == (first["created"], first["rejected"])
    for table, key in (("emails", "value"), ("external_ids", "system || value")):
        assert not files.rows(f"SELECT {key} FROM {table} GROUP BY 1 HAVING count(*) > 1")
    assert not files.rows("SELECT amount FROM purchases GROUP BY 1 HAVING count(*) > 1")


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=rows, data=st.data())
def test_the_order_of_rows_makes_no_difference(
    files: Files, told: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    fresh(files)
    before = files.load("purchase", sales(told, 1), code=None)
    fresh(files)
    after = files.load("purchase", sales(data.draw(st.permutations(told)), 1), code=None)
    assert (after["contacts_created"], after["rejected"]) == (before["contacts_created"], 0)
