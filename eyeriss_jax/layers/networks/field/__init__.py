"""The layers that the field's papers measure: benchmarks and halves of networks, which no registry names."""

from eyeriss_jax.layers.networks.field.alexnet_half import alexnet_half
from eyeriss_jax.layers.networks.field.diannao import diannao_layers
from eyeriss_jax.layers.networks.field.eie import eie_layers
from eyeriss_jax.layers.networks.field.lenet5 import lenet5
from eyeriss_jax.layers.networks.field.scnn import scnn_alexnet, scnn_vgg16

__all__ = ["alexnet_half", "diannao_layers", "eie_layers", "lenet5", "scnn_alexnet", "scnn_vgg16"]
