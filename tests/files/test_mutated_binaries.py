"""Thousands of broken binary files, none of which ends in a traceback, a hang or a file touched outside its folder."""

import io
import pickle
import random
import resource
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from flax import serialization

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import network
from eyeriss_jax.layers.densities import read_densities
from eyeriss_jax.layers.importers.checkpoint import checkpoint_densities
from tests.files.test_mutated_files import attempt
from tests.layers.importers import onnx_models as made
from tests.layers.importers.test_onnx_bad_input import cut, edited_field, flipped, stuffed

pytestmark = [pytest.mark.slow, pytest.mark.attack("files")]

DATA = Path(__file__).resolve().parents[1] / "data"
ONNX_MUTANTS, ARRAY_MUTANTS = 4000, 500
MEGABYTES = 500


def mutated(content: bytes, draw: random.Random) -> bytes:
    """One to three wounds; the fields of what is no ONNX file any more are left alone."""
    for _ in range(draw.randint(1, 3)):
        mutate = draw.choice((flipped, cut, stuffed, edited_field))
        try:
            content = mutate(content, draw) or b"\0"
        except Exception:  # edited_field reads the file
            content = flipped(content, draw)
    return content


def survived(read: Callable[[Path], object], bases: dict[str, bytes], count: int, suffix: str, folder: Path) -> Counter:
    """How many of ``count`` mutants were read and how many were refused."""
    outcomes: Counter = Counter()
    for name, content in bases.items():  # imports what is imported once
        (folder / f"whole{suffix}").write_bytes(content)
        attempt(lambda: read(folder / f"whole{suffix}"), Path("/"), name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(count):
        name = list(bases)[seed % len(bases)]
        draw = random.Random(f"{name} {seed}")
        path = folder / f"mutant{suffix}"
        path.write_bytes(mutated(bases[name], draw))
        result = attempt(lambda path=path: read(path), folder, f"{name}, seed {seed}")
        outcomes["read" if result is not None else "refused"] += 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1000 * MEGABYTES
    return outcomes


def test_onnx(tmp_path, attempts):
    files = sorted([*DATA.glob("cases/*/*.onnx"), *DATA.glob("exports/*.onnx")])
    bases = {path.name: path.read_bytes() for path in files}
    bases |= {each.__name__: each().SerializeToString() for each in (made.convnet, made.encoder, made.with_function)}
    attempts(ONNX_MUTANTS)
    outcomes = survived(lambda path: network(f"onnx:{path}"), bases, ONNX_MUTANTS, ".onnx", tmp_path)
    assert min(outcomes["read"], outcomes["refused"]) > ONNX_MUTANTS // 20, outcomes


def npz(**arrays: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


@pytest.mark.parametrize("kind", ["densities", "npz", "msgpack"])
def test_arrays(tmp_path, attempts, kind):
    kernel = np.eye(4, dtype=np.float32)
    tree = {"Conv_0": {"kernel": kernel}, "Dense_0": {"kernel": kernel, "bias": kernel[0]}}
    content, read, suffix = {
        "densities": (npz(**{"fc/iact": np.array([0.5]), "fc/oact": np.array(0.5)}), read_densities, ".npz"),
        "npz": (npz(**{"Conv_0/kernel": kernel}), checkpoint_densities, ".npz"),
        "msgpack": (serialization.msgpack_serialize(tree), checkpoint_densities, ".msgpack"),
    }[kind]
    attempts(ARRAY_MUTANTS)
    outcomes = survived(read, {kind: content}, ARRAY_MUTANTS, suffix, tmp_path)
    assert outcomes["refused"] > ARRAY_MUTANTS // 20, outcomes


def test_what_runs_code_when_it_is_read_is_refused(tmp_path, attempts):
    """Pickles, in an array and as the file itself, under every name that a file of arrays may have."""

    class Planted:
        def __reduce__(self):
            return pytest.fail, ("a pickle was loaded",)

    contents = [pickle.dumps(Planted()), npz(**{"fc/iact": np.array([Planted()], object)})]
    attempts(len(contents) * 4)
    for number, content in enumerate(contents):
        for suffix, read in ((".npz", read_densities), (".npz", checkpoint_densities),
                             (".msgpack", checkpoint_densities), (".json", read_densities)):  # fmt: skip
            path = tmp_path / f"planted{number}{suffix}"
            path.write_bytes(content)
            with pytest.raises(SpecError):
                read(path)
