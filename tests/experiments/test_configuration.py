"""From a loose config to a frozen dataclass."""

import dataclasses

import pytest
from ml_collections import ConfigDict

from experiments.harness.configuration import config_path, freeze
from experiments.sweep import SweepConfig
from experiments.tune import TuneConfig
from eyeriss_jax.errors import SpecError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """Any experiment's configuration."""

    name: str
    scale: float = 1.0
    count: int = 2
    axes: tuple[str, ...] = dataclasses.field(default_factory=tuple)


def test_overrides_win_and_defaults_fill_in():
    spec = freeze(ConfigDict({"name": "a", "scale": 2}), Spec, name="b", count=None)
    assert spec == Spec(name="b", scale=2.0, count=2)
    assert type(spec.scale) is float


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"name": "a", "cout": 1}, "unknown config field 'cout'; did you mean 'count'"),
        ({"name": "a", "zzz": 1}, r"unknown config field 'zzz'\. Known fields: name, scale, count, axes"),
        ({}, "no field 'name'"),
        (
            {"cout": 1, "zzz": 1, "scale": "x"},
            "(?s)'cout' .did you mean 'count'?.*'zzz'.*scale = 'x' must.*no field 'name'",
        ),
        ({"name": 1}, "must be text"),
        ({"name": "a", "count": True}, "must be a whole number"),
        ({"name": "a", "count": 1.5}, "must be a whole number"),
        ({"name": "a", "axes": "b"}, r"axes = 'b' must be a list of names, such as --config.axes=\"\('a', 'b'\)\""),
        ({"name": "a", "axes": (1,)}, r"axes = \(1,\) must be a list of names"),
    ],
)
def test_what_does_not_fit_is_refused(config, message):
    with pytest.raises(SpecError, match=message):
        freeze(ConfigDict(config), Spec)


@pytest.mark.parametrize(
    ("argv", "path"),
    [
        (["--config=a.py", "--config.x=1"], "a.py"),
        (["-config", "a.py"], "a.py"),
        (["--config=a.py", "--config=b.py"], "b.py"),
        (["--config.x=1", "--configuration=c"], None),
        (["--config"], None),
        ([], None),
    ],
)
def test_config_path(argv, path):
    assert config_path(argv) == path


def test_fields_that_may_be_empty_may_be_left_out():
    assert freeze(ConfigDict({"name": "a"}), Spec).axes == ()
    sweep = {"accelerator": "eyeriss_v2", "networks": ("alexnet",), "axes": {"lanes": (1, 2)}}
    assert freeze(ConfigDict(sweep), SweepConfig).constraints == {}
    tune = freeze(ConfigDict({"accelerator": "eyeriss_v2", "networks": ("alexnet",)}), TuneConfig)
    assert (tune.mode, tune.constraints, tune.layers) == ("both", {}, ())
    with pytest.raises(SpecError, match="mode = 'all' must be one of mapping, hardware, both"):
        freeze(ConfigDict(sweep | {"mode": "all"}), TuneConfig)
