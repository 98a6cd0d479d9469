"""Points evaluated in float64 and in float32, and what may lie between."""

import jax
import numpy as np

from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from tests.model.large_points import Points

_LAW = jax.jit(jax.vmap(evaluate))


def in_both(points: Points) -> tuple[Evaluation, Evaluation]:
    """Every quantity in float64 and in float32."""
    arguments = points.machine, points.layer, points.mapping
    single = jax.device_get(_LAW(*jax.tree.map(lambda x: np.asarray(x, np.float32), arguments)))
    with jax.enable_x64(True):
        return jax.device_get(_LAW(*arguments)), jax.tree.map(lambda x: np.asarray(x, np.float64), single)


def assert_near(points: Points) -> None:
    """Float32 is right to a thousandth of every quantity, and no count is negative."""
    exact, single = in_both(points)
    # Differences that may be nearly nothing: a millionth of what they are of.
    psums = exact.noc.psum
    of = {".cycles.exposed": exact.cycles.total, ".glb.psum": psums, ".dram.psum.reads": psums, ".spad.psum": psums}
    for (path, x), y in zip(jax.tree_util.tree_leaves_with_path(exact), jax.tree.leaves(single), strict=True):
        name = jax.tree_util.keystr(path)
        whole = next((quantity for start, quantity in of.items() if name.startswith(start)), np.zeros_like(x))
        worst = int(np.argmax(np.abs(x - y) - 1e-3 * np.abs(x) - 1e-6 * whole))
        assert abs(x[worst] - y[worst]) <= 1e-3 * abs(x[worst]) + 1e-6 * whole[worst], (name, points.layers[worst])
        assert (y >= 0).all(), name
