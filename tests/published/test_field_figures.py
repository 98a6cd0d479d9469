"""The rows of the field's figures: all of them are compared or stated as a condition, and none is a memory."""

from eyeriss_jax.published import claims
from eyeriss_jax.published.field.figures import claim_id, figures

CONDITIONS = {
    ("tpu_v1", "MACs_per_weight_byte"), ("tpu_v1", "batch"), ("tpu_v1", "non_matrix_cycles"),
    ("tpu_v1", "useful_MACs_of_peak"), ("dadiannao", "speedup_over_K20M"), ("cnvlutin", "zero_activation_fraction"),
}  # fmt: skip
"""Chip and beginning of the quantity of rows that a claim starts from."""


def test_every_row_is_a_claim_or_a_condition():
    ids = {claim.id for claim in claims("field")["field"]}
    left = [
        row
        for row in figures()
        if claim_id(row.chip, row.quantity, row.workload) not in ids
        and not any(row.chip == chip and row.quantity.startswith(quantity) for chip, quantity in CONDITIONS)
    ]
    assert left == []


def test_no_row_is_remembered():
    assert {row.tag for row in figures()} <= {"P", "PF", "S"}
