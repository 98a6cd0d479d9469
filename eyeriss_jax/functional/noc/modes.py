"""Multicast modes, derived from which clusters need the same data.

Clusters need the same iacts if their tiles differ in M only, the same weights if they differ in N, E, F only, and
work on the same psums if they differ in C, R, S only.
"""

from collections.abc import Iterator
from enum import Enum

import numpy as np

from eyeriss_jax.dims import DIMS, GROUPS, IRRELEVANT_GROUP
from eyeriss_jax.functional.nest import UNUSED, Ints, Placement


class Mode(Enum):
    """How the clusters that need the same data lie on the used part of the cluster grid."""

    UNICAST = "unicast"
    """Every cluster needs its own data."""
    HORIZONTAL = "horizontal multicast"
    """All clusters of a row need the same data, every row its own."""
    VERTICAL = "vertical multicast"
    """All clusters of a column need the same data, every column its own."""
    GROUPED = "grouped multicast"
    """Contiguous blocks of clusters need the same data."""
    INTERLEAVED = "interleaved multicast"
    """Clusters at stride positions, with others between them, need the same data."""
    BROADCAST = "broadcast"
    """All clusters need the same data."""

    @property
    def network_mode(self) -> str:
        """The paper's name (JETCAS 2019): clusters counted row by row, a row is a group and a column interleaves."""
        rows_first = {Mode.HORIZONTAL: Mode.GROUPED, Mode.VERTICAL: Mode.INTERLEAVED}
        return rows_first.get(self, self).value.removesuffix(" multicast")


def sharing(data_type: str, placement: Placement) -> Ints:
    """Which clusters need the same data: labels ``[cluster_rows, cluster_cols]`` from 0, -1 for unused clusters."""
    relevant = [DIMS.index(dim) for dim in DIMS if dim not in GROUPS[IRRELEVANT_GROUP[data_type]]]
    indices = placement.clusters[placement.used][:, relevant]
    labels = np.full(placement.used.shape, UNUSED)
    labels[placement.used] = np.unique(indices, axis=0, return_inverse=True)[1].ravel()
    return labels


def groups(labels: Ints) -> Iterator[Ints]:
    """The (row, column) of the clusters of each label, ``[n, 2]``, in row-major order."""
    for label in range(labels.max() + 1):
        yield np.argwhere(labels == label)


def mode_of(labels: Ints) -> Mode:
    """The mode that ``labels`` ask for. A pattern that is two modes at once counts as the simpler one."""
    used = labels[np.ix_((labels != UNUSED).any(axis=1), (labels != UNUSED).any(axis=0))]
    count = used.max() + 1
    if count == used.size:
        return Mode.UNICAST
    if count == 1:
        return Mode.BROADCAST
    if (used == used[:, :1]).all() and count == used.shape[0]:
        return Mode.HORIZONTAL
    if (used == used[:1]).all() and count == used.shape[1]:
        return Mode.VERTICAL
    contiguous = all(np.prod(np.ptp(members, axis=0) + 1) == len(members) for members in groups(used))
    return Mode.GROUPED if contiguous else Mode.INTERLEAVED
