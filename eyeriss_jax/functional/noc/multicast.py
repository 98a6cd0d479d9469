"""Multicast of one pass's iacts or weights over the hierarchical mesh: configure, inject, simulate, compare."""

import numpy as np

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest import place
from eyeriss_jax.functional.noc.delivery import Arrivals, Delivery
from eyeriss_jax.functional.noc.mesh import Trace, simulate
from eyeriss_jax.functional.noc.modes import Mode, mode_of, sharing
from eyeriss_jax.functional.noc.needs import Needs, Tags, needs
from eyeriss_jax.functional.noc.passes import Pass, PeTiles
from eyeriss_jax.functional.noc.streams import EMPTY, Streams
from eyeriss_jax.functional.noc.switches import Switches, feeds
from eyeriss_jax.functional.noc.topology import routers
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


def deliver(
    layer: Layer,
    mapping: Mapping,
    accelerator: Accelerator,
    data_type: str,
    *,
    one_pass: Pass | None = None,
    compressed: bool = False,
) -> Delivery:
    """Sends the words of one pass (the first by default) through the mesh.

    Args:
        layer: the layer.
        mapping: its mapping.
        accelerator: a machine with a hierarchical mesh.
        data_type: ``iact`` or ``weight``.
        one_pass: which part of the layer.
        compressed: send (value, count) pairs instead of raw values; every word counts as a nonzero.

    Raises:
        SpecError: the mapping does not fit the accelerator, the pass not the mapping, or the links cannot
            make the mode.
    """
    if data_type not in ("iact", "weight"):
        raise SpecError(f"deliver: data_type = {data_type!r} must be 'iact' or 'weight'; psums are collected")
    one_pass = Pass.first(layer, mapping) if one_pass is None else one_pass
    one_pass.check(layer, mapping)
    placement = place(mapping, accelerator)
    labels = sharing(data_type, placement)
    ports = routers(accelerator, data_type, compressed=compressed)
    switches = Switches.of(ports, feeds(ports, labels))
    tiles = PeTiles.of(one_pass, placement)
    tags = Tags.of(data_type, layer, placement.spad)
    needed = needs(data_type, layer, tiles, tags)
    streams = Streams.of(switches, needed)
    return verify(mode_of(labels), switches, streams, simulate(switches, streams.feed), tags, needed)


def verify(mode: Mode, switches: Switches, streams: Streams, trace: Trace, tags: Tags, needed: Needs) -> Delivery:
    """Compares what arrived at every PE with what it needs. Idle PEs are switched off and take nothing."""
    cycle, router, cluster_row, cluster_col, value = np.nonzero(trace.delivered != EMPTY)
    word = trace.delivered[cycle, router, cluster_row, cluster_col, value]
    arrivals = Arrivals(cycle, router, cluster_row, cluster_col, word)
    taken_in_all = missing = unneeded = repeated = 0
    cluster = arrivals.cluster_row * needed.shape[1] + arrivals.cluster_col
    in_order = np.argsort(cluster, kind="stable")
    ends = np.cumsum(np.bincount(cluster, minlength=needed.shape[0] * needed.shape[1]))
    for words, (row, col) in zip(np.split(in_order, ends[:-1]), np.ndindex(needed.shape[:2]), strict=True):
        ids = arrivals.word[words]
        for pe in np.ndindex(needed.shape[2:]):
            wanted = needed[row, col][pe]
            taken = ids[streams.takes[(ids, *pe)]] if len(wanted) else ids[:0]
            once = np.unique(streams.tags[taken])
            taken_in_all += len(taken)
            repeated += len(taken) - len(once)
            hits = len(np.intersect1d(once, wanted, assume_unique=True))
            missing += len(wanted) - hits
            unneeded += len(once) - hits
    return Delivery(
        mode=mode,
        switches=switches,
        streams=streams,
        arrivals=arrivals,
        tags=tags,
        loads=trace.loads,
        taken=taken_in_all,
        missing=missing,
        unneeded=unneeded,
        repeated=repeated,
    )
