"""The example of a network to prune: a small CNN in Flax for the images of digits that ship with scikit-learn.

1,797 images of 8x8 pixels, drawn by 43 people (UCI "Optical Recognition of Handwritten Digits", test set; Alpaydin and
Kaynak 1998). Nothing is downloaded.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import numpy as np

from eyeriss_jax.errors import SpecError

CLASSES = 10


class Images(NamedTuple):
    """Images [N, 8, 8, 1] from 0 to 1, and their labels [N]."""

    pixels: Any
    labels: Any


class Digits(NamedTuple):
    """Three fifths of the images to train on, a fifth to measure proxies on, and a fifth to report on."""

    train: Images
    validation: Images
    test: Images


def load_digits(seed: int) -> Digits:
    """The images, shuffled by ``seed`` and split.

    Raises:
        SpecError: scikit-learn is not installed.
    """
    try:
        from sklearn import datasets
    except ImportError as error:
        raise SpecError(
            "the images of digits come with scikit-learn, which is not installed; pip install scikit-learn"
        ) from error
    flat, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    pixels = (np.reshape(flat, (-1, 8, 8, 1)) / 16).astype(np.float32)[order]
    labels = np.asarray(labels, np.int32)[order]
    ends = (3 * len(labels) // 5, 4 * len(labels) // 5)
    return Digits(*map(Images, np.split(pixels, ends), np.split(labels, ends)))


class DigitsNet(nn.Module):
    """Three 3x3 convolutions, the second with stride 2, and two fully connected layers, written as 1x1 convolutions.

    Attributes:
        widths: output channels of the four hidden layers.
        conv: makes a convolution from the arguments of ``flax.linen.Conv``: Flax's own, or one on an accelerator.
    """

    widths: tuple[int, ...]
    conv: Callable[..., nn.Module] = nn.Conv

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """[N, 10] logits of images [N, 8, 8, 1]."""
        conv1, conv2, conv3, fc1 = self.widths
        x = nn.relu(self.conv(features=conv1, kernel_size=(3, 3), name="conv1")(images))
        x = nn.relu(self.conv(features=conv2, kernel_size=(3, 3), strides=2, name="conv2")(x))
        x = nn.relu(self.conv(features=conv3, kernel_size=(3, 3), name="conv3")(x))
        x = x.reshape(len(x), 1, 1, -1)
        x = nn.relu(self.conv(features=fc1, kernel_size=(1, 1), name="fc1")(x))
        return self.conv(features=CLASSES, kernel_size=(1, 1), name="fc2")(x)[:, 0, 0]
