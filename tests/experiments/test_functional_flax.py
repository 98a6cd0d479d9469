"""The Flax part of the functional experiment: its images, what it refuses, and one small network from end to end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from experiments.measure.flax_network import check_network, load_image
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import network

ROOT = Path(__file__).resolve().parents[2]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "experiments.functional", "--nocompilation_cache", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)


def test_the_sample_is_a_photograph_in_colour() -> None:
    pixels = load_image("")
    assert pixels.dtype == np.float32 and pixels.shape[0] == pixels.shape[1] > 128 and pixels.shape[2] == 3
    assert -1 <= pixels.min() < -0.5 and 0.5 < pixels.max() <= 1
    assert (pixels.std(axis=(0, 1)) > 0.1).all() and np.ptp(pixels, axis=2).max() > 0.3


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_image_becomes_a_square_in_three_colours(tmp_path: Path, channels: int) -> None:
    pixels = np.zeros((6, 4, channels), np.uint8)
    pixels[1:5, 1] = 255
    image.imsave(tmp_path / "bars.png", pixels[..., 0] if channels == 1 else pixels, cmap="gray")
    square = load_image(str(tmp_path / "bars.png"))
    assert square.shape == (4, 4, 3)
    np.testing.assert_array_equal(square[:, 1], np.ones((4, 3)))
    np.testing.assert_array_equal(square[:, [0, 2, 3]], -np.ones((4, 3, 3)))


def test_what_cannot_be_read_and_what_cannot_run(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for name in (str(tmp_path / "missing.png"), str(tmp_path / "broken.png"), str(tmp_path)):
        with pytest.raises(SpecError, match=r"cannot be read: .*; name a PNG or JPEG file"):
            load_image(name)
    with pytest.raises(SpecError, match="runs MobileNet-v1, not alexnet; choose --network=mobilenet_v1_"):
        check_network(network("alexnet"))


def test_choices_that_exclude_each_other_are_one_line() -> None:
    done = _run("--operands=flax", "--layer=CONV1", "--network=mobilenet_v1_0.25_32")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["error: layer = 'CONV1': a Flax network runs whole; leave the layer empty"]


@pytest.mark.slow
def test_a_small_mobilenet_from_the_image_to_the_summary(tmp_path: Path) -> None:
    name = "mobilenet_v1_0.25_32"
    done = _run("--config=configs/functional_mobilenet.py", f"--network={name}", f"--output_dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["equal"]
    assert 0 < summary["output_relative_rms_error"] < 0.15
    assert [layer["name"] for layer in summary["layers"]] == [layer.name for layer in network(name).layers]
    for layer in summary["layers"]:
        assert not layer["overflowed"]
        assert 0 < layer["relative_rms_error"]["own_output"] < 0.05
        assert all(0 < share <= 1 for share in layer["density"].values())
    assert (tmp_path / "network.png").stat().st_size > 10_000
    assert (tmp_path / "delivered_FC.png").stat().st_size > 10_000
