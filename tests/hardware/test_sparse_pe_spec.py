"""The sparse PE as a spec: what no hardware has is refused by name, and a dense machine has none."""

import dataclasses
import re
from typing import Any

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import eyeriss_v1_5, eyeriss_v2
from eyeriss_jax.hardware.presets.eyeriss_v2 import V2_SPARSE_PE


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("weight_columns", 0, "integer of at least 1"),
        ("weight_pairs", 191.5, "integer of at least 1"),
        ("iact_pairs", -16, "integer of at least 1"),
        ("pair_bits", True, "integer of at least 1"),
        ("psum_fifo", 0, "integer of at least 1"),
        ("address_bits", -1, "integer of at least 0"),
        ("iact_noc_pairs_per_cycle", 0, "bandwidth above 0"),
        ("weight_noc_pairs_per_cycle", float("nan"), "bandwidth above 0"),
        ("raw_mode", 1, "True or False"),
    ],
)
def test_a_bad_value_is_refused_with_its_rule(field: str, value: Any, rule: str) -> None:
    with pytest.raises(SpecError, match=re.escape(f"sparse PE: {field} = {value!r}") + f".*{rule}"):
        dataclasses.replace(V2_SPARSE_PE, **{field: value})


def test_only_a_sparse_machine_has_it() -> None:
    assert eyeriss_v2().build().sparse_pe.present == 1
    assert eyeriss_v2().build().sparse_pe.weight_pairs == eyeriss_v2().spad_words.weight
    assert eyeriss_v1_5().build().sparse_pe.present == 0
