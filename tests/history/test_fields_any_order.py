"""Custom fields and choices among all else that is taken back in any order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.history import test_any_order
from tests.history.test_any_order import IDS, AnyOrder

FIELDS = st.sampled_from(["contact.size", "contact.note_on", "purchase.gift"])
SIZES = st.sampled_from("SML")


class FieldsAnyOrder(AnyOrder):
    """Contacts and purchases with fields; the fields and their choices change too."""

    def __init__(self) -> None:
        super().__init__()
        self.run("field", "add", "contact", "size", "--choice", "S,M,L")
        self.run("field", "add", "purchase", "gift", "flag", "--default", "no")

    @rule(number=IDS, size=SIZES, verb=st.sampled_from(["--set", "--unset"]))
    def fill(self, number: int, size: str, verb: str) -> None:
        self.run("contact", "edit", number, verb, f"size={size}" if verb == "--set" else "size")

    @rule(number=IDS, gift=st.sampled_from(["yes", "no", ""]))
    def fill_purchase(self, number: int, gift: str) -> None:
        self.run("purchase", "edit", number, "--set", f"gift={gift}")

    @rule()
    def define(self) -> None:
        self.run("field", "add", "contact", "note on", "date", "--default", "today")

    @rule(field=FIELDS, verb=st.sampled_from([
        ("retire",), ("delete", "--yes"), ("edit", "--active"), ("edit", "--required"),
        ("edit", "--optional"), ("edit", "--kind", "text"), ("edit", "--name", "other"),
    ]))  # fmt: skip
    def change_field(self, field: str, verb: tuple[str, ...]) -> None:
        self.run("field", verb[0], field, *verb[1:])

    @rule(one=SIZES, other=SIZES, verb=st.sampled_from([
        ("retire",), ("delete",), ("restore",), ("merge",), ("rename",), ("order",),
    ]))  # fmt: skip
    def change_choices(self, one: str, other: str, verb: tuple[str, ...]) -> None:
        more = {"merge": (other, "--yes"), "rename": (f"{one}{other}",), "order": (other,)}
        self.run("picklist", *verb, "contact.size", one, *more.get(verb[0], ()))

    @invariant()
    def a_value_belongs_to_one_record(self) -> None:
        loose = "contact_id IS NULL AND product_id IS NULL AND purchase_id IS NULL"
        assert self._read(f"SELECT id FROM field_values WHERE {loose}") == []


@pytest.fixture(autouse=True)
def _files_may_be_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "unused")
    monkeypatch.setattr(test_any_order, "EXPECTED", {0, 2, 3, 4, 5, 6})


FieldsAnyOrder.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TestFieldsAnyOrder = FieldsAnyOrder.TestCase
