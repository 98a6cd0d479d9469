"""The layers that the field's papers measure: benchmarks and halves of networks, which no registry names."""

from eyeriss_jax.layers.networks.field.alexnet_half import alexnet_half
from eyeriss_jax.layers.networks.field.diannao import diannao_layers
from eyeriss_jax.layers.networks.field.lenet5 import lenet5

__all__ = ["alexnet_half", "diannao_layers", "lenet5"]
