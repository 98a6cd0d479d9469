"""Our certified mapper as a worker: the best mapping under RS+ for energy x delay."""

from typing import Any

import eyeriss_jax as ej
from experiments.measure.beside.worker import Job, serve


def best(layer: Job, machine: Job) -> float:
    """The least energy x delay over the whole mapspace."""
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in layer.items()}
    return ej.map_layer(ej.Layer(**fields), ej.accelerator(machine["name"]), objective="edp").primary


if __name__ == "__main__":
    serve(best)
