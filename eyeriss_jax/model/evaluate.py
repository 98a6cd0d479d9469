"""The whole model of one (accelerator, layer, mapping): a pure function of scalars, made to be vmapped.

Reads like the table in docs/architecture.md: tile every dimension, count the traffic, time it, price it, check that it
fits.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from eyeriss_jax.compiling import apart
from eyeriss_jax.dataflow.mapping import Mapping, MappingArrays
from eyeriss_jax.dims import DIMS, Dims, product
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import Layer, LayerArrays, unpadded
from eyeriss_jax.model.accesses import dram_accesses, dram_bits, glb_accesses, mesh_hops, noc_words, spad_accesses
from eyeriss_jax.model.choice import choose_form
from eyeriss_jax.model.compressed import compressed_form
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.cycles import cycles
from eyeriss_jax.model.energy import Moved, energy
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.halo import touched
from eyeriss_jax.model.raw import raw_form
from eyeriss_jax.model.reuse_equations import equation_accesses
from eyeriss_jax.model.specs import built
from eyeriss_jax.model.tiling import active_pes, tile_all
from eyeriss_jax.model.traffic import GlbTraffic, array_traffic, glb_traffic
from eyeriss_jax.model.validity import validity
from eyeriss_jax.numerics import real

T = TypeVar("T")


def evaluate(
    accelerator: AcceleratorArrays | Accelerator,
    layer: LayerArrays | Layer,
    mapping: MappingArrays | Mapping,
    conventions: Conventions = OURS,
    *,
    at_least: bool | jax.Array = False,
    in_stages: bool = False,
) -> Evaluation:
    """Cycles, utilisation, accesses, energy and validity of ``layer`` under ``mapping`` on ``accelerator``.

    All inputs are pytrees of scalars, or the specs whose ``.build()`` gives them; ``conventions`` are
    static. Counts are exact integers as long as the float type holds them (float32 to 2**24, float64 to 2**53).

    ``at_least`` gives a lower bound on every count over all loop orders and all DRAM tilings in whole array tiles
    instead: traffic as if every tile were fetched once. The mapper prunes with it. It may be traced, so that one
    program gives both. ``in_stages``: for programs that :func:`eyeriss_jax.compiling.compiled_in_stages` compiles.

    Raises:
        SpecError: an argument is neither the spec nor its pytree.

    Example:
        A pure function of scalars, so a design space is one ``vmap``: here over the number of weight words that a port
        brings per cycle.

        >>> import jax
        >>> import jax.numpy as jnp
        >>> layer = Layer.fully_connected("fc", in_features=64, out_features=10)
        >>> machine = accelerator("eyeriss_v2")
        >>> mapping = map_layer(layer, machine).mapping
        >>> def cycles(words):
        ...     arrays = machine.build()
        ...     port = arrays.noc_words_per_cycle.replace(weight=words)
        ...     return evaluate(arrays.replace(noc_words_per_cycle=port), layer, mapping).cycles.total
        >>> faster = jax.jit(jax.vmap(cycles))(jnp.array([1.0, 2.0, 4.0]))
        >>> bool((faster[1:] <= faster[:-1]).all())
        True
    """
    machine, shape, chosen = jax.tree.map(real, built(accelerator, layer, mapping))
    return _evaluate(machine, shape, chosen, conventions, at_least=at_least, ended=apart if in_stages else _as_is)


def _as_is(values: T) -> T:
    return values


def _evaluate(
    accelerator: AcceleratorArrays,
    layer: LayerArrays,
    mapping: MappingArrays,
    conventions: Conventions,
    *,
    at_least: bool | jax.Array,
    ended: Callable[[Any], Any],
) -> Evaluation:
    """:func:`evaluate` of real scalars, step by step; ``ended`` is called with what a stage has found."""
    if conventions.padding_in_dram:
        layer = unpadded(layer)
    dims = ended(tile_all(layer.dims, mapping, nested=conventions.nested_tiles))
    traffic = array_traffic(
        layer,
        mapping,
        dims,
        accelerator.lanes,
        conventions,
        rf_words=accelerator.spad_words if conventions.one_rf else None,
        at_least=at_least,
    )
    glb_words = glb_traffic(layer, mapping, dims, conventions)
    if at_least is not False:
        glb_words = jax.tree.map(partial(jnp.where, at_least), _compulsory(layer, dims), glb_words)
    form = raw_form(layer, accelerator, dims, slides=conventions.sliding_window, one_rf=conventions.one_rf)
    if layer.sparsity is not None:
        compressed = compressed_form(layer, layer.sparsity, accelerator, dims, slides=conventions.sliding_window)
        form = choose_form(form, compressed, dims)
    traffic, glb_words, form = ended((traffic, glb_words, form))

    macs = product(layer.dims[d] for d in DIMS)
    oacts = product(layer.dims[d] for d in "GNMEF")
    oact_bits = accelerator.oact_bits * form.words.psum
    moved, glb_words = form.of_array(traffic), form.of_glb(glb_words)
    if conventions.reuse_equations:
        spad, noc, glb = equation_accesses(moved, dims, macs, oacts, accelerator, at_least=at_least)
    else:
        spad = spad_accesses(dims, moved, form, macs, conventions, at_least=at_least)
        noc = noc_words(moved)
        glb = glb_accesses(moved, glb_words, oacts, accelerator, conventions)
    hops = mesh_hops(moved, accelerator)
    dram = dram_accesses(moved, glb_words, oacts, accelerator, conventions)
    spad, noc, glb, hops, dram = ended((spad, noc, glb, hops, dram))
    time = cycles(
        layer,
        dims,
        traffic,
        form,
        (
            glb.iact.reads + glb.weight.reads + glb.psum.reads,
            glb.iact.fills + glb.weight.fills + glb.psum.fills + glb.psum.updates,
        ),
        dram_bits(dram, oacts, oact_bits, accelerator),
        accelerator,
    )
    time = ended(time)
    moved = Moved(spad=spad, noc=noc, hops=hops, glb=glb, dram=dram)
    units = product(getattr(accelerator, axis) for axis in AXES) * accelerator.lanes
    return Evaluation(
        code=validity(layer, accelerator, mapping, dims, form.spad_fits, slides=conventions.sliding_window),
        macs=macs,
        work=form.work,
        compressed=form.compressed,
        oact_bits=oact_bits,
        active_pes=active_pes(dims),
        utilization=form.work / (time.total * units),
        cycles=time,
        **moved._asdict(),
        energy=energy(macs * form.effectual, moved, oacts, oact_bits, time.total, accelerator),
    )


def _compulsory(layer: LayerArrays, dims: Dims) -> GlbTraffic:
    """DRAM traffic of a GLB that fetches every word once."""
    height = touched(dims.E.extent, dims.R.extent, layer.stride_h, layer.dilation_h)
    width = touched(dims.F.extent, dims.S.extent, layer.stride_w, layer.dilation_w)
    planes = product(dims[d].extent for d in "GNC")
    return GlbTraffic(
        iact_fills=planes * height * width,
        iact_reads=planes * (height - layer.pad_h - layer.pad_end_h) * (width - layer.pad_w - layer.pad_end_w),
        weight_reads=product(dims[d].extent for d in "GMCRS"),
        psum_visits=product(dims[d].extent for d in "GNMEF"),
    )
