"""Measured densities equal those counted by hand, fit the network that the same model gives, and survive files."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import nnx, serialization

from eyeriss_jax import from_jax
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Layer, Network, Sparsity
from eyeriss_jax.layers.densities import Densities, LayerDensities, read_densities
from eyeriss_jax.layers.importers import checkpoint
from eyeriss_jax.layers.importers.checkpoint import checkpoint_densities
from eyeriss_jax.layers.importers.jax_densities import measure_densities


def sparse(shape: tuple[int, ...], share: float, seed: int) -> jax.Array:
    """Normal values, all but ``share`` of them zero."""
    values, keep = (
        np.random.default_rng(seed).normal(size=shape),
        np.random.default_rng(-seed % 97).random(shape) < share,
    )
    return jnp.asarray(np.where(keep, values, 0), jnp.float32)


class Cnn(nn.Module):
    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.relu(nn.Conv(6, (3, 3), name="first")(x))
        x = nn.relu(nn.Conv(6, (3, 3), feature_group_count=3, name="grouped")(x))
        return nn.Dense(5, name="classifier")(x.reshape(x.shape[0], -1))


@pytest.fixture(scope="module")
def cnn():
    """The model, its variables with zeros in them, and sparse images."""
    images = sparse((2, 6, 5, 4), 0.4, 1)
    shapes = jax.eval_shape(Cnn().init, jax.random.key(0), images)
    leaves, tree = jax.tree.flatten(shapes)
    return Cnn(), jax.tree.unflatten(tree, [sparse(leaf.shape, 0.6, i) for i, leaf in enumerate(leaves)]), images


def share(values, axis) -> list:
    return list(np.mean(np.asarray(values) != 0, axis=axis))


def test_a_linen_model_layer_by_layer_and_channel_by_channel(cnn):
    model, variables, images = cnn
    densities = measure_densities(model.bind(variables), images)
    params = variables["params"]
    first, grouped, last = (densities.layers[name] for name in ("first", "grouped", "classifier"))
    assert first.iact == pytest.approx(share(images, (0, 1, 2)))
    assert first.weight == pytest.approx(share(params["first"]["kernel"], (0, 1, 3)))
    between = nn.relu(nn.Conv(6, (3, 3)).apply({"params": params["first"]}, images))
    assert grouped.iact == pytest.approx(share(between, (0, 1, 2)))
    kernel = np.asarray(params["grouped"]["kernel"]).reshape(9, 2, 3, 2)  # taps, in, group, out of the group
    assert grouped.weight == pytest.approx([share(kernel, (0, 3))[c][g] for g in range(3) for c in range(2)])
    assert last.weight == pytest.approx(share(params["classifier"]["kernel"], 1))
    network = densities.of(from_jax(model, jax.ShapeDtypeStruct(images.shape, images.dtype)))
    assert network.layers[0].sparsity == first.sparsity
    assert 0 < network.layers[0].sparsity.iact_correlation < 0.1


def test_values_that_round_to_zero_count_as_zero(cnn):
    _, _, images = cnn
    four = measure_densities(lambda x, w: x @ w, images.reshape(2, -1), jnp.ones((120, 3)), bits=4, weights=(1,))
    scale = np.abs(images).max() / 7
    expected = np.mean(np.round(np.asarray(images).reshape(2, -1) / scale) != 0)
    assert np.mean(four.layers["product"].iact) == pytest.approx(expected)


def test_an_nnx_model():
    class Mlp(nnx.Module):
        def __init__(self, rngs: nnx.Rngs) -> None:
            self.up, self.down = nnx.Linear(6, 7, rngs=rngs), nnx.Linear(7, 3, rngs=rngs)

        def __call__(self, x: jax.Array) -> jax.Array:
            return self.down(nnx.relu(self.up(x)))

    model, x = Mlp(nnx.Rngs(0)), sparse((50, 6), 0.5, 3)
    densities = measure_densities(model, x)
    assert densities.layers["up"].iact == pytest.approx(share(x, 0))
    assert densities.layers["down"].iact == pytest.approx(share(nnx.relu(model.up(x)), 0))


def test_loops_average_their_trips_and_a_choice_counts_the_branch_that_ran():
    x, stacked = sparse((4, 8), 0.5, 5), sparse((3, 8, 8), 0.3, 6)

    def program(params, x, flag):
        def trip(x, w):
            return nn.relu(x @ w), None

        x, _ = jax.lax.scan(trip, x, params["params"]["blocks"]["kernel"])
        return jax.lax.cond(flag, lambda x: x @ jnp.ones((8, 8)), lambda x: x, x)

    params = {"params": {"blocks": {"kernel": stacked}}}
    taken = measure_densities(program, params, x, True)
    assert taken.layers["blocks"].weight == pytest.approx(share(stacked, (0, 2)))
    assert len(taken.layers) == 2
    with pytest.raises(SpecError, match="never ran"):
        measure_densities(program, params, x, False)


def test_the_phases_of_a_transposed_convolution_have_its_densities():
    """One kernel is four layers: each gets what is measured, under the names of the network."""
    images, kernel = sparse((1, 3, 5, 4), 0.5, 4), sparse((6, 3, 3, 3), 0.4, 5)

    def up(x: jax.Array) -> jax.Array:
        return jax.lax.conv_general_dilated(x, kernel, (1, 1), ((1, 2), (1, 2)), lhs_dilation=(2, 2))

    found = measure_densities(up, images)
    layers = from_jax(up, jax.ShapeDtypeStruct(images.shape, images.dtype)).layers
    assert [*found.layers] == [layer.name for layer in layers]
    assert len(layers) == 4
    for each in found.layers.values():
        assert each.iact == pytest.approx(share(images, (0, 2, 3)))
        assert each.weight == pytest.approx(share(kernel, (0, 2, 3)))


def test_what_cannot_be_measured_is_refused(cnn):
    model, _, images = cnn
    with pytest.raises(SpecError, match="bind a linen module to its variables"):
        measure_densities(model, images)
    with pytest.raises(SpecError, match="bits = 1 must be"):
        measure_densities(lambda x: x @ x.T, images.reshape(2, -1), bits=1)
    with pytest.raises(SpecError, match="no convolution or matmul"):
        measure_densities(lambda x: x + 1, images)


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_files_read_back_exactly(suffix, tmp_path):
    layers = {"a/b": LayerDensities(iact=(0.1, 1.0), weight=(0.25,), oact=0.5), "c": LayerDensities()}
    written, path = Densities(layers=layers, source="x"), tmp_path / f"densities{suffix}"
    written.write(path)
    assert read_densities(path).layers == layers


def test_a_file_by_hand_may_give_one_number_per_layer(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("CONV1: {iact: 0.5, weight: [0.2, 0.4]} # pruned\n")
    network = Network(name="n", layers=(Layer(name="CONV1", M=2, C=2),), source="s")
    sparsity = read_densities(path).of(network).layers[0].sparsity
    assert sparsity == Sparsity.of_channels(iact=[0.5], weight=[0.2, 0.4])


@pytest.mark.parametrize("suffix", [".npz", ".msgpack"])
def test_a_checkpoint_tells_of_the_weights(cnn, suffix, tmp_path):
    model, variables, images = cnn
    path = tmp_path / f"model{suffix}"
    if suffix == ".npz":
        flat = {"/".join(k.key for k in keys): leaf for keys, leaf in jax.tree_util.tree_leaves_with_path(variables)}
        np.savez(path, **flat)
    else:
        path.write_bytes(serialization.to_bytes(variables))
    found = checkpoint_densities(path)
    measured = measure_densities(model.bind(variables), images)
    assert set(found.layers) == set(measured.layers)
    for name, each in found.layers.items():
        assert np.mean(each.weight) == pytest.approx(np.mean(measured.layers[name].weight))
        assert each.iact == (1.0,)


@pytest.mark.parametrize("suffix", [".npz", ".msgpack"])
def test_a_diverged_model_is_not_a_sparse_one(tmp_path, suffix):
    """NaN is not above any threshold: it would count as zero."""
    kernels = {
        "a": np.full((3, 4), np.nan, np.float32), "b": np.ones((2, 3, 4), np.float32), "c": np.ones((0, 4), np.float32),
        "d": np.array([[1.0, np.inf]], np.float32),
    }  # fmt: skip
    path = tmp_path / f"model{suffix}"
    if suffix == ".npz":
        np.savez(path, **{f"{name}/kernel": kernel for name, kernel in kernels.items()})
    else:
        path.write_bytes(serialization.to_bytes({name: {"kernel": kernel} for name, kernel in kernels.items()}))
    with pytest.raises(SpecError) as refused:
        checkpoint_densities(path)
    message = str(refused.value)
    assert "a/kernel holds 12 of 12 values that are NaN or infinite" in message
    assert "c/kernel is empty (0 x 4)" in message
    assert "d/kernel holds 1 of 2 values that" in message
    assert "b/kernel" not in message


def test_a_run_that_diverges_is_refused():
    def program(params, x):
        return (x @ params["first"]) @ params["second"]

    params = {"first": jnp.full((4, 8), 1e30), "second": jnp.full((8, 2), 1e30)}
    with pytest.raises(SpecError, match="layer 'second' multiplies values that are NaN or infinite"):
        measure_densities(program, params, jnp.full((1, 4), 1e30), weights=(0,))


def test_kernels_in_bfloat16_count(tmp_path):
    path = tmp_path / "model.msgpack"
    path.write_bytes(serialization.to_bytes({"a": {"kernel": jnp.eye(4, dtype=jnp.bfloat16)}}))
    assert checkpoint_densities(path).layers["a"].weight == (0.25,) * 4


def test_bad_files(tmp_path, monkeypatch):
    bad = {
        "x.json": ("{a: {iact: 1.5}}", "layer 'a': sparsity: iact of channel 0 = 1.5 must be a number from 0 to 1"),
        "x.yaml": ("a: {iacts: 1}", "unknown key 'iacts'; did you mean 'iact'"),
        "y.json": ("a: {iact: []}", "no channels"),
        "x.npz": ("PK", "no NPZ file of plain arrays"),
        "absent.json": (None, "No such file"),
    }
    for name, (text, message) in bad.items():
        if text is not None:
            (tmp_path / name).write_text(text)
        with pytest.raises(SpecError, match=message):
            read_densities(tmp_path / name)
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (tmp_path / "model.msgpack").write_bytes(b"\xc1\xff")
    np.savez(tmp_path / "objects.npz", a=np.array([{}], dtype=object))
    for name, message in [
        ("model.pkl", "formats that can hold code are not read"), ("model.msgpack", "no msgpack of arrays"),
        ("objects.npz", "no NPZ file of plain arrays"), ("absent.msgpack", "No such file"),
    ]:  # fmt: skip
        with pytest.raises(SpecError, match=message):
            checkpoint_densities(tmp_path / name)
    np.savez(tmp_path / "big.npz", a=np.ones(1000))
    monkeypatch.setattr("eyeriss_jax.layers.densities.MAX_NPZ_BYTES", 1000)
    with pytest.raises(SpecError, match="unpacks to"):
        checkpoint_densities(tmp_path / "big.npz")
    monkeypatch.setattr(checkpoint, "MAX_CHECKPOINT_BYTES", 1)
    with pytest.raises(SpecError, match="larger than"):
        checkpoint_densities(tmp_path / "model.msgpack")
