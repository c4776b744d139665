"""The network: a U-Net over the positions of one beat (Ronneberger et al. 2015), in operators a microcontroller has.

The way up makes positions out of channels (Shi et al. 2016), which costs but a reshape there.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from .features import INPUT_SHAPE, WAVES

_LAYERS = tf.keras.layers
_WIDE, _NARROW = 5, 3


def _convolved(x: Any, filters: int, width: int, stride: int = 1) -> Any:
    x = _LAYERS.Conv2D(filters, (1, width), strides=(1, stride), padding="same", use_bias=False)(x)
    return _LAYERS.ReLU()(_LAYERS.BatchNormalization(momentum=0.95)(x))


def build(down: tuple[int, ...], up: tuple[int, ...]) -> Any:
    """An untrained Keras model, (n, *INPUT_SHAPE) in, logits (n, 1, positions, 3) out.

    `down` are channels at each resolution, each half of the one before; `up` what comes back to each from below.
    Two-dimensional layers of height one: they convert to single operators, where one-dimensional ones do not.
    """
    first = x = tf.keras.Input(INPUT_SHAPE)
    levels = []
    for depth, filters in enumerate(down):
        x = _convolved(x, filters, _WIDE, 2 if depth else 1)
        levels.append(x)
    x = _convolved(x, down[-1], _WIDE)
    for level, filters, kept in reversed(list(zip(levels, up, down, strict=False))):
        x = _convolved(x, 2 * filters, 1)
        x = _LAYERS.Reshape((1, 2 * x.shape[2], filters))(x)
        x = _convolved(_LAYERS.Concatenate()([x, level]), kept, _NARROW)
    return tf.keras.Model(first, _LAYERS.Conv2D(len(WAVES), 1)(x))


def with_sigmoid(model: Any) -> Any:
    """`model` with probabilities in place of logits: what is converted."""
    first = tf.keras.Input(INPUT_SHAPE)
    return tf.keras.Model(first, _LAYERS.Activation("sigmoid")(model(first)))
