"""Row and column tags of Eyeriss v1's multicast bus: which PEs listen to what.

JSSC 2017, section V: one Y-bus, one X-bus per PE row. A word carries a (row, column) tag. An X-bus passes the words
whose row tag is its own; a PE takes those of its X-bus whose column tag is its own. Tags are configured once per
layer, so PEs share either all words that are due at one position or none.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.functional.noc.needs import Flags

OFF: int = -1


def tag_bits(pe_rows: int, pe_cols: int, data_type: str) -> tuple[int, int]:
    """Bits of a (row, column) tag: enough for every row, every column and, for iacts, every diagonal.

    For the 12 x 14 chip that is 4 and 4 bits, and 5 for the iact column tag, as published.
    """
    columns = pe_rows + pe_cols - 1 if data_type == "iact" else pe_cols
    return max(1, (pe_rows - 1).bit_length()), max(1, (columns - 1).bit_length())


@dataclass(frozen=True, kw_only=True)
class BusTags:
    """The configuration of one bus: tags of the X-buses ``[pe_rows]`` and PEs ``[pe_rows, pe_cols]``, -1 for none."""

    rows: Ints
    cols: Ints

    @classmethod
    def of(cls, wanted: Flags, due: Flags, bits: tuple[int, int], where: str) -> Self:
        """Tags under which the PEs that share words listen together.

        Args:
            wanted: which PEs need each word, ``[words, pe_rows, pe_cols]``.
            due: which PEs are still at work at the position of each word, likewise; the others have stopped
                listening.
            bits: of a row and of a column tag.
            where: what is configured, for the message.

        Raises:
            SpecError: PEs that share only some of the words of a position, or more groups of PEs than tags.
        """
        shape = wanted.shape[1:]
        busy = wanted.any(axis=0)
        group: Ints = np.where(busy, _components(wanted.reshape(len(wanted), -1)).reshape(shape), OFF)
        listeners = due & (group == _at_first(wanted, group)[:, None, None])
        if (listeners != wanted).any():
            raise SpecError(
                f"{where}: {int((listeners & ~wanted).sum())} times a PE shares only some of the words of a position "
                "with another, and one tag per PE shares all or none; make the windows of PEs equal or disjoint: give "
                "each PE one tap of a filter dimension whose outputs are spread over PEs"
            )
        in_row = (group == np.unique(group[busy])[:, None, None]).any(axis=2)
        rows = np.where(in_row.any(axis=0), _components(in_row), OFF)
        cols = np.full(shape, OFF)
        for tag in np.unique(rows[rows != OFF]):
            here = busy & (rows == tag)[:, None]
            cols[here] = np.unique(group[here], return_inverse=True)[1]
        for name, tags, width in (("row", rows, bits[0]), ("column", cols, bits[1])):
            if tags.max() >= 1 << width:
                raise SpecError(
                    f"{where}: {tags.max() + 1} groups of PEs need a {name} tag of their own and {width} bits give "
                    f"{1 << width}; let more PEs share their words, or map to fewer PEs"
                )
        return cls(rows=rows, cols=cols)

    def of_words(self, wanted: Flags) -> tuple[Ints, Ints]:
        """(row tags, column tags) ``[words]`` of words that ``wanted`` ``[words, pe_rows, pe_cols]`` need."""
        return _at_first(wanted, np.broadcast_to(self.rows[:, None], self.cols.shape)), _at_first(wanted, self.cols)


def _at_first(wanted: Flags, values: Ints) -> Ints:
    """``values`` ``[pe_rows, pe_cols]`` at the first PE that needs each word, ``[words]``."""
    return values.reshape(-1)[wanted.reshape(len(wanted), -1).argmax(axis=1)]


def _components(links: Flags) -> Ints:
    """Labels from 0 of connected items: each row of ``links`` ``[n, items]`` joins the items that it marks."""
    labels = np.arange(links.shape[1])
    rows = np.unique(links, axis=0)
    while True:
        joined = np.where(rows, labels, len(labels)).min(axis=1)
        lowest = np.where(rows, joined[:, None], labels).min(axis=0)
        if (lowest == labels).all():
            return np.unique(labels, return_inverse=True)[1]
        labels = lowest
