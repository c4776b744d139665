"""Numbers of the TensorFlow Lite schema, version 3: fields by table, operators, types and options that are used here.

Source: schema.fbs of TensorFlow (field numbers count from 0; a union takes two, type and value).
"""

from micropython import const

VERSION = const(3)
IDENTIFIER = b"TFL3"

MODEL_VERSION = const(0)
MODEL_CODES = const(1)
MODEL_SUBGRAPHS = const(2)
MODEL_BUFFERS = const(4)
MODEL_METADATA_BUFFER = const(5)
MODEL_METADATA = const(6)
MODEL_SIGNATURES = const(7)

METADATA_NAME = const(0)
METADATA_BUFFER = const(1)

SIGNATURE_INPUTS = const(0)
SIGNATURE_OUTPUTS = const(1)
SIGNATURE_KEY = const(2)
SIGNATURE_GRAPH = const(4)

MAP_NAME = const(0)
MAP_TENSOR = const(1)

CODE_OLD = const(0)
CODE_NEW = const(3)

GRAPH_TENSORS = const(0)
GRAPH_INPUTS = const(1)
GRAPH_OUTPUTS = const(2)
GRAPH_OPERATORS = const(3)

TENSOR_SHAPE = const(0)
TENSOR_TYPE = const(1)
TENSOR_BUFFER = const(2)
TENSOR_QUANTIZATION = const(4)
TENSOR_VARIABLE = const(5)
TENSOR_SIGNATURE = const(7)

QUANTIZATION_SCALE = const(2)
QUANTIZATION_ZERO_POINT = const(3)
QUANTIZATION_DIMENSION = const(6)

OPERATOR_CODE = const(0)
OPERATOR_INPUTS = const(1)
OPERATOR_OUTPUTS = const(2)
OPERATOR_OPTIONS_TYPE = const(3)
OPERATOR_OPTIONS = const(4)
OPERATOR_INTERMEDIATES = const(8)

BUFFER_DATA = const(0)

#: Tensor types.
INT32 = const(2)
INT8 = const(9)

#: Operators, and the type number of their options in the union.
ADD = const(0)
AVERAGE_POOL_2D = const(1)
CONCATENATION = const(2)
CONV_2D = const(3)
DEPTHWISE_CONV_2D = const(4)
FULLY_CONNECTED = const(9)
LOGISTIC = const(14)
MAX_POOL_2D = const(17)
RESHAPE = const(22)
SOFTMAX = const(25)
PAD = const(34)
MEAN = const(40)
SQUEEZE = const(43)
TRANSPOSE_CONV = const(67)
EXPAND_DIMS = const(70)
RESIZE_NEAREST_NEIGHBOR = const(97)
QUANTIZE = const(114)

NAMES = {
    ADD: "ADD",
    AVERAGE_POOL_2D: "AVERAGE_POOL_2D",
    CONCATENATION: "CONCATENATION",
    CONV_2D: "CONV_2D",
    DEPTHWISE_CONV_2D: "DEPTHWISE_CONV_2D",
    FULLY_CONNECTED: "FULLY_CONNECTED",
    LOGISTIC: "LOGISTIC",
    MAX_POOL_2D: "MAX_POOL_2D",
    RESHAPE: "RESHAPE",
    SOFTMAX: "SOFTMAX",
    PAD: "PAD",
    MEAN: "MEAN",
    SQUEEZE: "SQUEEZE",
    TRANSPOSE_CONV: "TRANSPOSE_CONV",
    EXPAND_DIMS: "EXPAND_DIMS",
    RESIZE_NEAREST_NEIGHBOR: "RESIZE_NEAREST_NEIGHBOR",
    QUANTIZE: "QUANTIZE",
}

#: Operator: type of its options in the union.
OPTIONS = {
    ADD: 11,
    AVERAGE_POOL_2D: 5,
    CONCATENATION: 10,
    CONV_2D: 1,
    DEPTHWISE_CONV_2D: 2,
    FULLY_CONNECTED: 8,
    MAX_POOL_2D: 5,
    RESHAPE: 17,
    SOFTMAX: 9,
    MEAN: 27,
    SQUEEZE: 30,
    TRANSPOSE_CONV: 49,
    RESIZE_NEAREST_NEIGHBOR: 74,
}

#: Fields of Conv2D, Pool2D, DepthwiseConv2D and TransposeConv options: these three come first in all of them.
WINDOW_PADDING = const(0)
WINDOW_STRIDE_W = const(1)
WINDOW_STRIDE_H = const(2)
CONV_ACTIVATION = const(3)
CONV_DILATION_W = const(4)
CONV_DILATION_H = const(5)
POOL_FILTER_W = const(3)
POOL_FILTER_H = const(4)
POOL_ACTIVATION = const(5)
DEPTHWISE_MULTIPLIER = const(3)
DEPTHWISE_ACTIVATION = const(4)
DEPTHWISE_DILATION_W = const(5)
DEPTHWISE_DILATION_H = const(6)
TRANSPOSE_CONV_ACTIVATION = const(3)
DENSE_ACTIVATION = const(0)
DENSE_FORMAT = const(1)
CONCATENATION_AXIS = const(0)
CONCATENATION_ACTIVATION = const(1)
ADD_ACTIVATION = const(0)
SOFTMAX_BETA = const(0)
RESHAPE_SHAPE = const(0)
SQUEEZE_AXES = const(0)
RESIZE_ALIGN_CORNERS = const(0)
RESIZE_HALF_PIXEL = const(1)

#: Padding.
SAME = const(0)
VALID = const(1)

#: Fused activations.
NONE = const(0)
RELU = const(1)
RELU6 = const(3)
