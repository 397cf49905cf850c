"""The peer of the reports: segments and retention with pandas from the same SQLite file.

``python -m benchmarks.peer_pandas segments|retention FILE``
"""

from __future__ import annotations

import sqlite3
import sys

import pandas as pd


def _purchases(path: str) -> pd.DataFrame:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    frame = pd.read_sql_query(
        "SELECT contact_id, purchased_on, kind, amount FROM purchases", connection
    )
    connection.close()
    frame["purchased_on"] = pd.to_datetime(frame["purchased_on"], format="%Y-%m-%d")
    return frame


def segments(frame: pd.DataFrame) -> pd.DataFrame:
    """Score every customer 1 to 5 three times and count by code."""
    sales = frame[frame["kind"] == "sale"]
    customers = sales.groupby("contact_id").agg(
        last=("purchased_on", "max"), orders=("amount", "size"), revenue=("amount", "sum")
    )
    size = len(customers)
    for column in ("last", "orders", "revenue"):
        worse = customers[column].rank(method="min") - 1
        customers[f"{column}_score"] = 1 + (5 * worse // size).clip(upper=4).astype(int)
    scores = ["last_score", "orders_score", "revenue_score"]
    return customers.groupby(scores).agg(customers=("orders", "size"), revenue=("revenue", "sum"))


def retention(frame: pd.DataFrame) -> pd.DataFrame:
    """Count the customers of every monthly cohort that were active i months later."""
    sales = frame[frame["kind"] == "sale"]
    month = sales["purchased_on"].dt.year * 12 + sales["purchased_on"].dt.month
    cohort = month.groupby(sales["contact_id"]).transform("min")
    cells = pd.DataFrame(
        {"contact_id": sales["contact_id"], "cohort": cohort, "column": month - cohort}
    ).drop_duplicates()
    return cells.pivot_table(index="cohort", columns="column", values="contact_id", aggfunc="count")


if __name__ == "__main__":
    report, store = sys.argv[1:]
    print((segments if report == "segments" else retention)(_purchases(store)).to_string())
