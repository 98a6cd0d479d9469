"""The evaluation as a function: batched over everything at once, finite everywhere, exact, and consistent."""

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import TYPES, Dims
from eyeriss_jax.hardware import AXES, Accelerator, Types
from eyeriss_jax.hardware.presets import eyeriss_v1, eyeriss_v1_5, eyeriss_v2, timeloop_e168
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.conventions import TIMELOOP
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation

from .strategies import jobs

Job = tuple[Accelerator, Layer, Mapping]
_evaluate = jit_unfused(evaluate)


@jit_unfused
def _over_all(machines: Any, layers: Any, mappings: Any) -> Evaluation:
    """``[A]``, ``[L]``, ``[M]`` to ``[A, L, M]``."""
    over_mappings = jax.vmap(evaluate, in_axes=(None, None, 0))
    over_layers = jax.vmap(over_mappings, in_axes=(None, 0, None))
    return jax.vmap(over_layers, in_axes=(0, None, None))(machines, layers, mappings)


@jit_unfused
def _gradient(machine: Any, layer: Any, mapping: Any, weights: tuple[float, float, float]) -> Any:
    """Gradient by every number of the machine of a weighted sum of cycles, energy and utilization."""

    def cost(arrays: Any) -> jax.Array:
        result = evaluate(arrays, layer, mapping)
        return weights[0] * result.cycles.total + weights[1] * result.energy.total + weights[2] * result.utilization

    return jax.grad(cost)(machine)


def gradients(machine: Accelerator, layer: Layer, mapping: Mapping) -> dict[str, Any]:
    """The gradient of each of the three."""
    each = {"cycles": (1.0, 0.0, 0.0), "energy": (0.0, 1.0, 0.0), "utilization": (0.0, 0.0, 1.0)}
    arrays = machine.build(), layer.build(), mapping.build()
    return {of: jax.tree.map(float, _gradient(*arrays, weights)) for of, weights in each.items()}


MACHINES = (eyeriss_v2(), eyeriss_v1_5(), eyeriss_v1(), timeloop_e168())
PORTS = (
    "glb_read_words_per_cycle",
    "glb_write_words_per_cycle",
    "dram_read_bits_per_cycle",
    "dram_write_bits_per_cycle",
    "dram_total_bits_per_cycle",
    "clock_hz",
)
LAYERS = (
    Layer.conv2d("conv", 6, 8, input_size=9, kernel=3, padding=1),
    Layer.depthwise("depthwise", 10, input_size=9, kernel=3, stride=2, padding=1),
    Layer.fully_connected("fc", 30, 20, batch=2),
)
MAPPINGS = (
    Mapping(
        glb=Dims(M=8, C=6, E=9, F=4, R=3, S=3), spad=Dims(M=4, C=2, E=9, R=3), pe_rows=Dims(S=3), pe_cols=Dims(F=4)
    ),
    Mapping(
        glb=Dims(G=6, M=20, C=30, N=2, E=9, F=9, R=3, S=3),
        spad=Dims(M=5, C=3, E=9, R=3),
        cluster_rows=Dims(G=2, C=2),
        pe_rows=Dims(S=3),
        pe_cols=Dims(M=2, F=2),
        dram_order=("NEF", "CRS", "M"),
        glb_order=("CRS", "M", "NEF"),
    ),
    # Fits nothing: too many places on every axis and tiles beyond every SPad.
    Mapping(
        glb=Dims(G=50, N=50, M=50, C=50, E=50, F=50, R=50, S=50),
        spad=Dims(G=9, N=9, M=99, C=99, E=9, F=9, R=9, S=9),
        **{axis: Dims(M=7, F=7) for axis in AXES},
        dram_order=("CRS", "M", "NEF"),
    ),
)


def stacked(trees: list[Any]) -> Any:
    """Pytrees of scalars as one pytree of arrays ``[B]``."""
    return jax.tree.map(lambda *leaves: jnp.asarray(leaves, jnp.result_type(float)), *trees)


def leaves(result: Evaluation) -> dict[str, np.ndarray]:
    return {jax.tree_util.keystr(k): np.asarray(v) for k, v in jax.tree_util.tree_leaves_with_path(result)}


def batch(machines: tuple = MACHINES, layers: tuple = LAYERS, mappings: tuple = MAPPINGS) -> dict[str, np.ndarray]:
    """All leaves of the evaluation of all combinations, each ``[A, L, M]``, in float64."""
    with jax.enable_x64(True):
        return leaves(_over_all(*(stacked([item.build() for item in items]) for items in (machines, layers, mappings))))


def test_vmap_over_accelerators_layers_and_mappings_at_once_is_the_scalar_evaluation() -> None:
    found = batch()
    for (a, machine), (b, layer), (c, mapping) in itertools.product(*map(enumerate, (MACHINES, LAYERS, MAPPINGS))):
        with jax.enable_x64(True):
            alone = leaves(_evaluate(machine.build(), layer.build(), mapping.build()))
        for name, value in alone.items():
            # Counts are integers and must be equal; quotients may differ in their last bits.
            tolerance = 0 if float(value).is_integer() else 1e-14
            np.testing.assert_allclose(found[name][a, b, c], value, rtol=tolerance, err_msg=f"{name} {a} {b} {c}")


@pytest.mark.parametrize("kept", [0, 3])
def test_rows_of_a_batch_do_not_depend_on_each_other(kept: int) -> None:
    wild = tuple(MACHINES[kept] if a == kept else MACHINES[1].replace(pe_rows=1, clock_hz=1.0) for a in range(4))
    alone, others = batch(), batch(wild, mappings=(MAPPINGS[0], MAPPINGS[2], MAPPINGS[2]))
    for name, values in alone.items():
        np.testing.assert_array_equal(others[name][kept, :, 0], values[kept, :, 0], err_msg=name)


@pytest.mark.parametrize("x64", [False, True], ids=["float32", "float64"])
@given(job=jobs(fitting=False))
def test_no_mapping_however_wild_gives_nan_or_infinity(x64: bool, job: Job) -> None:
    machine, layer, mapping = job
    with jax.enable_x64(x64):
        found = leaves(_evaluate(machine.build(), layer.build(), mapping.build()))
    assert not [name for name, value in found.items() if not np.isfinite(value)]
    assert not [name for name, value in found.items() if value < 0]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
@pytest.mark.parametrize("mapping", MAPPINGS[1:], ids=["fits", "fits nothing"])
def test_gradients_by_every_number_of_the_machine_are_finite(machine: Accelerator, mapping: Mapping) -> None:
    found = jax.tree_util.tree_leaves_with_path(gradients(machine, LAYERS[0], mapping))
    assert not [jax.tree_util.keystr(path) for path, leaf in found if not math.isfinite(leaf)]


@given(job=jobs(fitting=False))
def test_gradients_by_bandwidths_and_energies_are_finite_for_any_mapping(job: Job) -> None:
    for of, gradient in gradients(*job).items():
        ports = {name: getattr(gradient, name) for name in PORTS} | {
            "noc": gradient.noc_words_per_cycle,
            "pj": gradient.energy,
        }
        found = jax.tree_util.tree_leaves_with_path(ports)
        assert not [of + jax.tree_util.keystr(path) for path, leaf in found if not math.isfinite(leaf)]


def test_gradients_have_the_size_that_the_laws_say() -> None:
    # A starved FC layer: time falls with weight bandwidth alone; energy rises by each access once.
    machine = eyeriss_v1_5().replace(noc_words_per_cycle=Types(iact=9, weight=0.5, psum=2))
    layer, mapping = LAYERS[2], MAPPINGS[1]
    result = jax.tree.map(float, _evaluate(machine.build(), layer.build(), mapping.build()))
    found = gradients(machine, layer, mapping)
    assert result.cycles.bandwidth_bound == result.cycles.delivery.weight
    first_weights = 5 * 2 * 3  # of a PE row: M is 5 in each of 2 columns, C is 3; they must arrive before the first MAC
    assert found["cycles"].noc_words_per_cycle.weight == -(result.cycles.delivery.weight / 0.5 + first_weights / 0.5**2)
    assert found["energy"].energy.dram.weight == result.dram.weight.reads
    assert found["energy"].energy.mac == layer.macs
    assert set(jax.tree.leaves(found["cycles"].energy)) == {0.0}


@given(job=jobs(fitting=True))
def test_float32_counts_are_those_of_float64_while_they_fit(job: Job) -> None:
    machine, layer, mapping = job
    found = leaves(_evaluate(machine.build(), layer.build(), mapping.build()))
    with jax.enable_x64(True):
        exact = leaves(_evaluate(machine.build(), layer.build(), mapping.build()))
    for name, value in exact.items():
        if name.startswith((".spad", ".noc", ".glb", ".dram", ".macs", ".active_pes", ".code")) and value < 2**24:
            assert found[name] == value, name


@given(job=jobs(fitting=True))
def test_the_parts_add_up_and_nothing_beats_the_array(job: Job) -> None:
    machine, layer, mapping = job
    with jax.enable_x64(True):
        result = jax.tree.map(float, _evaluate(machine.build(), layer.build(), mapping.build()))
    cycles, energy = result.cycles, result.energy
    assert result.macs == layer.macs
    assert 1 <= result.active_pes <= machine.pes
    assert cycles.compute >= layer.macs / machine.macs_per_cycle
    assert cycles.compute <= cycles.bandwidth_bound <= cycles.total
    assert cycles.total == pytest.approx(cycles.compute + cycles.chain + cycles.exposed + cycles.ramp, rel=1e-12)
    assert cycles.bandwidth_bound == max(cycles.compute, *(cycles.delivery[t] for t in TYPES), cycles.glb, cycles.dram)
    assert result.utilization == pytest.approx(layer.macs / (cycles.total * machine.macs_per_cycle), rel=1e-12)
    assert 0 < result.utilization <= 1
    parts = (energy.mac, energy.spad, energy.noc, energy.glb, energy.dram, energy.static)
    assert energy.total == pytest.approx(sum(parts), rel=1e-12)
    for data_type in set(TYPES) - set(machine.glb_keeps):
        assert set(jax.tree.leaves(result.glb[data_type])) == {0.0}


def test_conventions_change_counts_but_never_time_or_fit() -> None:
    # charge_drain and refill_to_pes are book-keeping: the machine does the same in the same time.
    machine, layer, mapping = timeloop_e168(glb_words_per_cycle=np.inf), LAYERS[0], MAPPINGS[0]
    ours = _evaluate(machine.build(), layer.build(), mapping.build())
    theirs = evaluate(machine.build(), layer.build(), mapping.build(), TIMELOOP)
    assert float(ours.cycles.total) == float(theirs.cycles.total)
    assert float(ours.code) == float(theirs.code) == 0
    assert float(ours.energy.total) != float(theirs.energy.total)
