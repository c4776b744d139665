"""Keras to .tflite, float and full int8. Needs tensorflow (`pip install vitalband[train]`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from .errors import ModelError
from .running import Runner


def float_tflite(model: Any) -> bytes:
    """A Keras model as a float .tflite file."""
    return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def int8_tflite(model: Any, calibration: NDArray[np.float32], input_scale: float) -> bytes:
    """A Keras model as a .tflite file that is int8 throughout, inputs being `value / input_scale`, zero point 0.

    `calibration` (n, *input shape) must reach both ends of the input's range, else ModelError: the converter takes
    the input's scale from it.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[None]] for row in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    content = bytes(converter.convert())
    scale, zero = Runner(content).input["quantization"]
    if abs(scale / input_scale - 1) > 1e-6 or zero:
        raise ModelError(f"the input's scale became {scale}, zero {zero}: the calibration does not span the range")
    return content
