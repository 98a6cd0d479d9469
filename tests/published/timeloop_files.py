"""Reference cases and drawn nests as the YAML files that a Timeloop user has."""

from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]

DIMS = "GNMCPQRS"
SPACES = {"Weights": "GCMRS", "Inputs": "GNC", "Outputs": "GNMQP"}
LEVELS = ("DRAM", "GLB", "DummyBuffer", "ifmap_spad", "weights_spad", "psum_spad")


def cnn_problem(instance: dict[str, int]) -> Json:
    """A grouped CNN problem of version 0.4 with the extents and coefficients of ``instance``."""
    slides = [[["R", "Wdilation"], ["P", "Wstride"]], [["S", "Hdilation"], ["Q", "Hstride"]]]
    spaces = [
        {"name": name, "projection": [[[dim]] for dim in dims] + (slides if name == "Inputs" else [])}
        | ({"read_write": True} if name == "Outputs" else {})
        for name, dims in SPACES.items()
    ]
    coefficients = [{"name": name, "default": 1} for name in ("Wstride", "Hstride", "Wdilation", "Hdilation")]
    shape = {"name": "cnn", "dimensions": list(DIMS), "coefficients": coefficients, "data_spaces": spaces}
    return {"problem": {"version": 0.4, "shape": shape, "instance": instance}}


def mapping(nest: list[Json], keep: dict[str, list[str]]) -> Json:
    """The mapping of a nest of ``{level, dim, bound, kind}``, outermost loop first."""
    directives: list[Json] = []
    for level in (level for level in LEVELS if level in keep):
        for kind in ("temporal", "spatial"):
            loops = [loop for loop in nest if loop["level"] == level and loop["kind"].startswith(kind)]
            across = [loop for loop in loops if loop["kind"] != "spatial-Y"]
            down = [loop for loop in loops if loop["kind"] == "spatial-Y"]
            if kind == "temporal" or loops:
                order = [loop["dim"] for loop in (*reversed(across), *reversed(down))]
                directives.append(
                    {
                        "target": level,
                        "type": kind,
                        "factors": " ".join(f"{loop['dim']}={loop['bound']}" for loop in loops),
                        "permutation": "".join([*order, *(dim for dim in DIMS if dim not in order)]),
                    }
                    | ({"split": len(across)} if kind == "spatial" else {})
                )
        bypass = [name for name in SPACES if name not in keep[level]]
        directives.append({"target": level, "type": "bypass", "keep": keep[level], "bypass": bypass})
    return {"mapping": directives}


def case_files(case: Json, folder: Path) -> tuple[Path, Path]:
    """Writes problem.yaml and mapping.yaml of a reference case."""
    return write(folder, cnn_problem(case["problem"]), mapping(case["loop_nest_outer_to_inner"], case["keep"]))


def write(folder: Path, problem: Json, nest: Json) -> tuple[Path, Path]:
    """Writes problem.yaml and mapping.yaml."""
    paths = folder / "problem.yaml", folder / "mapping.yaml"
    for path, content in zip(paths, (problem, nest), strict=True):
        path.write_text(yaml.safe_dump(content, sort_keys=False))
    return paths
