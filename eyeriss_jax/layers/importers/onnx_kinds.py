"""ONNX's operators by what they do; one that is on no list is refused rather than guessed."""

_ELEMENT_WISE = """
Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Ceil
Celu Clip Cos Cosh DequantizeLinear Div DynamicQuantizeLinear Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual
HammingWindow HannWindow HardSigmoid HardSwish IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg
Not Or PRelu Pow QuantizeLinear Reciprocal Relu RotaryEmbedding Round Selu Shrink Sigmoid Sign Sin Sinh Softplus
Softsign Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu Where Xor
"""
_MOVEMENT = """
BitCast Cast CastLike CenterCropPad Compress Concat Constant ConstantOfShape DepthToSpace Dropout Expand EyeLike
Flatten Gather GatherElements GatherND Identity OneHot Pad Range Reshape ReverseSequence Scatter ScatterElements
ScatterND Shape Size Slice SpaceToDepth Split Squeeze TensorScatter Tile Transpose Trilu Unsqueeze
"""
_NORMALISATION = """
BatchNormalization GroupNormalization InstanceNormalization LayerNormalization LpNormalization LRN
MeanVarianceNormalization RMSNormalization
"""
_POOLING = """
AveragePool LpPool MaxPool MaxRoiPool MaxUnpool RoiAlign
"""
_REDUCTION = """
ArgMax ArgMin CumProd CumSum GlobalAveragePool GlobalLpPool GlobalMaxPool ReduceL1 ReduceL2 ReduceLogSum
ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare
"""
_RANDOM = "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike"

MOVEMENT = frozenset(_MOVEMENT.split())
"""Operators that only move values: they cost no operation and are not listed."""

KINDS: dict[str, str] = {
    name: kind
    for kind, names in (
        ("element-wise", _ELEMENT_WISE),
        ("Fourier transform", "DFT STFT"),
        ("normalisation", _NORMALISATION),
        ("pooling", _POOLING),
        ("random numbers", _RANDOM),
        ("reduction", _REDUCTION),
        ("resampling", "AffineGrid GridSample Resize Upsample"),
        ("selection", "NonMaxSuppression NonZero TopK Unique"),
        ("softmax", "Hardmax LogSoftmax Softmax"),
    )
    for name in names.split()
}

# Kinds that do one operation per input, not per output.
PER_INPUT = frozenset({"reduction", "selection"})

# Which input of a product is a bias: an addition per output, which is element-wise work in a traced program as well.
BIASES: dict[str, int] = {
    "Conv": 2, "ConvTranspose": 2, "Gemm": 2, "QLinearConv": 8, "com.microsoft.FusedConv": 2,
    "com.microsoft.FusedGemm": 2,
}  # fmt: skip
