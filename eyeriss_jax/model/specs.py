"""What the laws take: pytrees of scalars. Specs of the host are built on the way in, anything else is refused."""

from typing import Any

from eyeriss_jax.dataflow.mapping import Mapping, MappingArrays
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.names import called

_TAKEN: dict[str, tuple[type, type, str]] = {
    "accelerator": (Accelerator, AcceleratorArrays, "ej.accelerator('eyeriss_v2')"),
    "layer": (Layer, LayerArrays, "one of ej.network('alexnet').layers"),
    "mapping": (Mapping, MappingArrays, "ej.map_layer(layer, accelerator).mapping"),
}


def built(accelerator: Any, layer: Any, mapping: Any) -> tuple[AcceleratorArrays, LayerArrays, MappingArrays]:
    """The three as pytrees of scalars, whichever of them are specs.

    Raises:
        SpecError: one is neither the spec nor what its ``.build()`` returns; all such are named at once.
    """
    given = {"accelerator": accelerator, "layer": layer, "mapping": mapping}
    wrong = [
        f"{name} is {called(value)} but must be of type {_TAKEN[name][0].__name__}, or what its .build() "
        f"returns; give {_TAKEN[name][2]}"
        for name, value in given.items()
        if not isinstance(value, _TAKEN[name][:2])
    ]
    if wrong:
        raise SpecError(f"evaluate(accelerator, layer, mapping): {'; '.join(wrong)}.")
    return tuple(value.build() if isinstance(value, _TAKEN[name][0]) else value for name, value in given.items())  # type: ignore[return-value]
