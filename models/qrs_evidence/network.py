"""The network: a U-Net over eight seconds (Ronneberger et al. 2015), in operators a microcontroller has.

The way up makes positions out of channels (Shi et al. 2016), which costs but a reshape there.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from .features import INPUT_SHAPE

_LAYERS = tf.keras.layers
_WIDE, _NARROW = 5, 3


def _convolved(x: Any, filters: int, width: int, stride: int = 1) -> Any:
    return _LAYERS.Conv2D(filters, (1, width), strides=(1, stride), padding="same", activation="relu")(x)


def build(first: int, levels: tuple[int, ...], deep: int) -> Any:
    """An untrained Keras model, (n, *INPUT_SHAPE) in, logits (n, 1, outputs, 1) out.

    `first` channels come from frames, `levels` are channels at each resolution, each half of the one before, `deep`
    convolutions more at the lowest. Two-dimensional layers of height one: they convert to single operators, where
    one-dimensional ones do not.
    """
    inputs = tf.keras.Input(INPUT_SHAPE)
    x = _convolved(inputs, first, _WIDE, 2)
    levels_out = []
    for depth, filters in enumerate(levels):
        if depth:
            x = _convolved(x, filters, _NARROW, 2)
        x = _convolved(x, filters, _WIDE)
        levels_out.append(x)
    for _ in range(deep):
        x = _convolved(x, levels[-1], _WIDE)
    for level, filters in reversed(list(zip(levels_out[:-1], levels[:-1], strict=True))):
        x = _convolved(x, filters // 2 * 2, 1)
        x = _LAYERS.Reshape((1, 2 * x.shape[2], filters // 2))(x)
        x = _convolved(_LAYERS.Concatenate()([x, level]), filters, _NARROW)
    return tf.keras.Model(inputs, _LAYERS.Conv2D(1, 1)(x))


def with_sigmoid(model: Any) -> Any:
    """`model` with probabilities in place of logits: what is converted."""
    inputs = tf.keras.Input(INPUT_SHAPE)
    return tf.keras.Model(inputs, _LAYERS.Activation("sigmoid")(model(inputs)))
