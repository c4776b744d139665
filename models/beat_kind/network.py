"""The network: a plain convolution, a separable one, and two dense layers over all that is left of time."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from firmware_sim.firmware.dsp.ecg.beat_features import CHANNELS, LENGTH
from models.evaluation.ecg.beat_kinds import KINDS

INPUT_SHAPE = (1, LENGTH // CHANNELS, CHANNELS)
_WIDE, _DEEP, _HIDDEN = 12, 16, 24
_DROPOUT = 0.3


def build() -> Any:
    """An untrained Keras model; (n, 1, positions, channels) in, probabilities (n, kinds) out.

    Two-dimensional layers of height one: they convert to single operators, where one-dimensional ones do not.
    The rhythm's figures ride behind the shape, so that one input is enough.
    """
    layers = tf.keras.layers
    network = [
        tf.keras.Input(INPUT_SHAPE),
        layers.Conv2D(_WIDE, (1, 7), strides=(1, 2), activation="relu"),
        layers.DepthwiseConv2D((1, 5), strides=(1, 2)),
        layers.Conv2D(_DEEP, 1, activation="relu"),
        layers.Flatten(),
        layers.Dropout(_DROPOUT),
        layers.Dense(_HIDDEN, activation="relu"),
        layers.Dropout(_DROPOUT),
        layers.Dense(len(KINDS), activation="softmax"),
    ]
    return tf.keras.Sequential(network)
