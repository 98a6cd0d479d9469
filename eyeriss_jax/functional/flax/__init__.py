"""Flax: drop-in layers whose convolutions run on the machine, and MobileNet made of them."""

from eyeriss_jax.functional.flax.conv import COLLECTION, LinenConv
from eyeriss_jax.functional.flax.image_conv import Execution
from eyeriss_jax.functional.flax.mobilenet import LinenMobileNet, linen_conv, linen_conv_on, linen_executions
from eyeriss_jax.functional.flax.quantize import quantize, relative_error

__all__ = [
    "COLLECTION",
    "Execution",
    "LinenConv",
    "LinenMobileNet",
    "linen_conv",
    "linen_conv_on",
    "linen_executions",
    "quantize",
    "relative_error",
]
