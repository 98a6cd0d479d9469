"""Machines of the field beside Eyeriss, network by network: a picture, a table and a page of who loses what where."""

from eyeriss_jax.report.field.cell import FieldCell, Missing, cell_of_field, cell_of_result
from eyeriss_jax.report.field.matrix import Chip, FieldMatrix, chip_of, reason_against
from eyeriss_jax.report.field.page import field_page
from eyeriss_jax.report.field.table import field_table
from eyeriss_jax.report.field.words import claim_in_words, left_out_in_words, short_in_words

__all__ = [
    "Chip", "FieldCell", "FieldMatrix", "Missing", "cell_of_field", "cell_of_result", "chip_of", "claim_in_words",
    "field_page", "field_table", "left_out_in_words", "reason_against", "short_in_words",
]  # fmt: skip
