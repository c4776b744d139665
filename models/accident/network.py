"""The network: three convolutions over segments, and two dense layers over all that is left of time."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from .windows import AFTER, BEFORE, CHANNELS

INPUT_SHAPE = (1, BEFORE + AFTER, CHANNELS)
INPUT_SCALE = 64
_WIDE, _DEEP, _HIDDEN = 16, 24, 16
#: What logits are divided by before the softmax, so that one of its 256 steps is a small part of them.
_TEMPERATURE = 4.0


def build() -> Any:
    """An untrained Keras model: (n, 1, 40, 6) in, logits (n, 2) of nothing and a fall out."""
    return tf.keras.Sequential(_layers(None))


def with_output(model: Any) -> Any:
    """The same with probabilities, the logits divided by the temperature."""
    made = tf.keras.Sequential(_layers("softmax"))
    weights = model.get_weights()
    made.set_weights([*weights[:-2], weights[-2] / _TEMPERATURE, weights[-1] / _TEMPERATURE])
    return made


def _layers(activation: str | None) -> list[Any]:
    layers = tf.keras.layers
    return [
        tf.keras.Input(INPUT_SHAPE),
        layers.Conv2D(_WIDE, (1, 5), strides=(1, 2), padding="same", activation="relu"),
        layers.Conv2D(_DEEP, (1, 5), strides=(1, 2), padding="same", activation="relu"),
        layers.Dropout(0.15),
        layers.Conv2D(_DEEP, (1, 3), padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(_HIDDEN, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(2, activation=activation),
    ]
