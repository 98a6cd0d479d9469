"""The time law: compute, psum accumulation, delivery, and what of it cannot be hidden.

Compute follows the busiest PE of every pass. Delivery is words through the busiest port over what the port
supplies: on the hierarchical mesh per cluster (iact), PE row (weight) and PE column (psum); on the flat
multicast bus all unique words share one bus, whatever the array size.
"""

from typing import Any

import jax.numpy as jnp

from eyeriss_jax.dims import TYPES, Dims, PerType, product
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.evaluation import Cycles
from eyeriss_jax.model.form import Form
from eyeriss_jax.model.ramp import ramp_cycles
from eyeriss_jax.model.tiling import Scalar
from eyeriss_jax.model.traffic import ArrayTraffic
from eyeriss_jax.numerics import ceil_div, maximum, real, safe_div


def compute_cycles(dims: Dims, lanes: Any) -> Scalar:
    """MAC cycles: the sum over passes of the busiest PE's tile, ``lanes`` outputs of M at a time."""
    others = product(dims[d].arrays.sum(dims[d].largest_pe).every for d in "GNCEFRS")
    return others * dims.M.arrays.sum(lambda size: ceil_div(dims.M.largest_pe(size), lanes)).every


def delivery_cycles(traffic: ArrayTraffic, accelerator: AcceleratorArrays, form: Form | None = None) -> PerType:
    """Cycles that the NoC needs to deliver each data type (psums: to collect, see :func:`returning_cycles`).

    ``traffic`` counts nominal words; ``form`` says how many values these are and how many a port carries, by default
    as many as there are words.
    """
    mesh = PerType(iact=traffic.iact_port, weight=traffic.weight_port, psum=traffic.psum_port)
    bus = PerType(iact=traffic.iact_reads, weight=traffic.weight_reads, psum=traffic.psum_visits)
    is_mesh = accelerator.noc_is_mesh > 0
    words = PerType.build(lambda t: jnp.where(is_mesh, mesh[t], bus[t]))
    if form is None:
        return PerType.build(lambda t: safe_div(words[t], accelerator.noc_words_per_cycle[t]))
    return PerType.build(lambda t: safe_div(words[t] * form.values[t], form.port[t]))


def returning_cycles(traffic: ArrayTraffic, accelerator: AcceleratorArrays) -> Scalar:
    """Cycles in which unfinished psums come back into the array, over wires of their own and as wide as those out."""
    words = jnp.where(accelerator.noc_is_mesh > 0, traffic.psum_port_returns, traffic.psum_returns)
    return safe_div(words, accelerator.noc_words_per_cycle.psum)


def cycles(
    layer: LayerArrays,
    dims: Dims,
    traffic: ArrayTraffic,
    form: Form,
    glb_words: tuple[Scalar, Scalar],
    dram_bits: tuple[Scalar, Scalar],
    accelerator: AcceleratorArrays,
) -> Cycles:
    """All cycle counts of one form; ``glb_words`` and ``dram_bits`` are (read, written) totals of the layer."""
    compute = form.compute
    chain = accelerator.psum_chain_cycles * traffic.psum_drain
    delivery, returning = delivery_cycles(traffic, accelerator, form), returning_cycles(traffic, accelerator)
    clusters = accelerator.cluster_rows * accelerator.cluster_cols
    glb = maximum(
        safe_div(glb_words[0] / clusters, accelerator.glb_read_words_per_cycle),
        safe_div(glb_words[1] / clusters, accelerator.glb_write_words_per_cycle),
    )
    dram = maximum(
        maximum(
            safe_div(dram_bits[0], accelerator.dram_read_bits_per_cycle),
            safe_div(dram_bits[1], accelerator.dram_write_bits_per_cycle),
        ),
        safe_div(dram_bits[0] + dram_bits[1], accelerator.dram_total_bits_per_cycle),
    )
    ports = maximum(maximum(delivery.iact, delivery.weight), maximum(delivery.psum, maximum(glb, dram)))
    waited_for = delivery.replace(psum=delivery.psum + returning)
    exposed_delivery = sum(((1 - accelerator.overlap[t]) * waited_for[t] for t in TYPES), real(0))
    busy = compute + chain + form.waiting + form.refills + exposed_delivery
    ramp = ramp_cycles(layer, dims, accelerator, form)
    return Cycles(
        compute=compute,
        chain=chain,
        waiting=real(form.waiting),
        delivery=delivery,
        returning=returning,
        glb=glb,
        dram=dram,
        exposed=maximum(exposed_delivery, ports - (compute + chain + form.waiting + form.refills)),
        ramp=ramp + form.refills,
        bandwidth_bound=maximum(compute, ports),
        total=maximum(busy, ports) + ramp,
    )
