"""Keras to .tflite, float and full int8. Needs tensorflow (`pip install '.[train]'`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.tools import flatbuffer_utils

from .errors import ModelError


def float_tflite(model: Any) -> bytes:
    """A Keras model as a float .tflite file for one input at a time."""
    return bytes(_converter(model).convert())


def int8_tflite(model: Any, calibration: NDArray[np.float32], input_scale: float) -> bytes:
    """A Keras model as a .tflite file that is int8 throughout, inputs being `value / input_scale`, zero point 0.

    `calibration` (n, *input shape) must reach both ends of the input's range, else ModelError: the converter takes
    the input's scale from it.
    """
    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[None]] for row in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    content = without_names(converter.convert())
    # tflite-runtime cannot be loaded beside tensorflow
    scale, zero = tf.lite.Interpreter(model_content=content).get_input_details()[0]["quantization"]
    if abs(scale / input_scale - 1) > 1e-6 or zero:
        raise ModelError(f"the input's scale became {scale}, zero {zero}: the calibration does not span the range")
    return content


def without_names(content: bytes) -> bytes:
    """A .tflite file without the names of its tensors, which only take flash."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    flatbuffer_utils.strip_strings(model)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _converter(model: Any) -> Any:
    """With the batch fixed at one: an open one makes a flatten into operators that compute shapes."""
    fixed = tf.keras.Input(batch_shape=(1, *model.input_shape[1:]))
    return tf.lite.TFLiteConverter.from_keras_model(tf.keras.Model(fixed, model(fixed)))
