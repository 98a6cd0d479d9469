"""A layer as a Timeloop problem file: the other way than :mod:`eyeriss_jax.layers.importers.timeloop_problem`."""

import yaml

from eyeriss_jax.layers.layer import Layer

VERSIONS: tuple[str, ...] = ("0.4", "0.3")
"""The versions of Timeloop's files that can be written; they differ in spelling alone."""

TIMELOOP_DIMS: dict[str, str] = {"G": "G", "N": "N", "M": "M", "C": "C", "E": "P", "F": "Q", "R": "R", "S": "S"}
"""What the files written here call our dimensions."""

SPACES: dict[str, str] = {"weight": "Weights", "iact": "Inputs", "psum": "Outputs"}
"""What they call our data types."""

_PLAIN = {"Weights": "GCMRS", "Inputs": "GNC", "Outputs": "GNMQP"}
_SLIDES = [[["R", "Wdilation"], ["P", "Wstride"]], [["S", "Hdilation"], ["Q", "Hstride"]]]
_COEFFICIENTS = ("Wstride", "Hstride", "Wdilation", "Hdilation")


def problem_yaml(layer: Layer, version: str = VERSIONS[0]) -> str:
    """``layer`` as a problem file of ``version``.

    Timeloop pads nothing, so padded inputs are part of its input; and a layer that runs several times is written once.
    """
    spaces, written = ("data_spaces", "read_write") if version == "0.4" else ("data-spaces", "read-write")
    shape = {
        "name": "cnn",
        "dimensions": list(TIMELOOP_DIMS.values()),
        "coefficients": [{"name": name, "default": 1} for name in _COEFFICIENTS],
        spaces: [
            {"name": name, "projection": [[[dim]] for dim in dims] + (_SLIDES if name == "Inputs" else [])}
            | ({written: True} if name == "Outputs" else {})
            for name, dims in _PLAIN.items()
        ],
    }
    extents = {theirs: layer.extent(ours) for ours, theirs in TIMELOOP_DIMS.items()}
    steps = dict(zip(_COEFFICIENTS, (*layer.stride, *layer.dilation), strict=True))
    problem = {"version": float(version), "shape": shape, "instance": extents | steps}
    return yaml.safe_dump({"problem": problem}, sort_keys=False, default_flow_style=None, width=120)
