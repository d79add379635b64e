"""ONNX files of other programs: what layers here can do is read, all else is refused by node and operator."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import ModelProto, numpy_helper
from torch import Tensor, nn

from neurarium.training.onnx import OnnxError
from neurarium.training.onnx.read import read
from neurarium_models.graph import Block, Node
from neurarium_models.network import build_network
from neurarium_models.preset import PRESETS
from tests.backend.training.onnx.files import (
    OPERATOR,
    WORDS,
    Array,
    answers,
    computed,
    draw,
    made,
    preset_file,
    presets,
    torch_file,
    without_ours,
)
from tests.models.samples import tensor

BAR = 1e-5

WITHOUT_COUNTERPART = {
    "lenet5-paper": "Mul", "perceptron-and": "Sign", "perceptron-mark1": "Sign", "perceptron-or": "Sign",
    "perceptron-xor": "Sign", "mlp-megapixel-paper": "",
    "alexnet": "Pad", "alexnet-paper": "Pad", "googlenet-paper": "Pad", "resnet152-paper": "",
}  # fmt: skip
"""Presets with layers that no operator names: of our own, or response norms, which lay zeros between channels. One is
too large to be written at all; one has 515 layers without its blocks, and 512 may be drawn. None that reads or says
words is here: its masks and recurrent layers are of our own.
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", presets(*WITHOUT_COUNTERPART, *WORDS, layers=12))
def test_our_files_are_read_by_their_operators_too(name: str) -> None:
    graph = PRESETS[name].graph
    network = build_network(graph, 3).eval()
    found = read(without_ours(preset_file(name)))
    inputs = {name: tensor(spec) for name, spec in graph.inputs.items()}
    with torch.no_grad():
        gap = (computed(found, *inputs.values()) - next(iter(network(inputs).values()))).abs().max()
    assert float(gap) <= BAR
    if not any(isinstance(node, Block) or node.layer.kind == "Dropout" for node in graph.nodes):
        assert [node.id for node in found.graph.nodes] == [node.id for node in graph.nodes]


def test_a_layer_of_our_own_is_named_where_nothing_says_what_it_is() -> None:
    file = preset_file("perceptron-and")
    with pytest.raises(
        OnnxError, match=r"`output_step/Sign` \(Sign\): no layer here .* Understood are Add, "
    ):
        read(without_ours(file))


class Residual(nn.Module):
    """A convolution, a normalisation, a path around, a global pool, shares."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.second, self.pool, self.last = (
            nn.Conv2d(8, 8, 3, padding=1, groups=2),
            nn.MaxPool2d(2),
            nn.Linear(8, 5),
        )
        self.norm.running_mean, self.norm.running_var = torch.randn(8), torch.rand(8) + 0.5

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.norm(self.first(x)))
        x = self.pool(x + self.second(x))
        answer: Tensor = self.last(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))
        return answer.softmax(-1)


class Branches(nn.Module):
    """Two ways side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.last = (
            nn.Linear(3, 4),
            nn.Linear(3, 5, bias=False),
            nn.Linear(9, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        joined = torch.cat([torch.sigmoid(self.one(x)), nn.functional.elu(self.two(x), 0.5)], 1)
        answer: Tensor = torch.tanh(self.last(joined)) * self.last(joined)
        return answer


class Words(nn.Module):
    """Tokens, a mean over places."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.norm, self.last = nn.Embedding(11, 6), nn.LayerNorm(6), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.last(nn.functional.silu(self.norm(self.table(x))).mean(1))
        return answer


class Viewed(nn.Module):
    """Sizes that are computed, and axes that change places."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = x.view(x.size(0), 3, 4).permute(0, 2, 1).reshape(x.size(0), 3, -1)
        answer: Tensor = self.last(x)[:, -1] if x.dim() == 2 else self.last(x).select(1, 1)
        return answer


MODULES: list[tuple[nn.Module, Tensor]] = [
    (Residual(), torch.randn(4, 3, 8, 8)),
    (Branches(), torch.randn(4, 3)),
    (Words(), torch.randint(0, 11, (4, 5))),
    (Viewed(), torch.randn(4, 12)),
    (
        nn.Sequential(nn.Conv1d(2, 4, 3, padding=1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(24, 3)),
        torch.randn(4, 2, 6),
    ),
    (
        nn.Sequential(
            nn.ConvTranspose2d(2, 4, 2, stride=2), nn.ReLU(), nn.AvgPool2d(3, 1, 1), nn.ZeroPad2d(1), nn.Flatten(),
            nn.Dropout(0.3), nn.Linear(144, 3), nn.GELU("tanh"), nn.Linear(3, 3), nn.GELU(),
        ),
        torch.randn(4, 2, 2, 2),
    ),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("module", "x"), MODULES, ids=lambda each: type(each).__name__)
def test_what_torch_writes_of_plain_modules_is_read(module: nn.Module, x: Tensor) -> None:
    """The oracle is the module itself."""
    found = read(torch_file(module, x))
    with torch.no_grad():
        assert float((computed(found, x) - module(x)).abs().max()) <= BAR
    assert found.job is None


def size(*values: int) -> Array:
    return np.array(values, np.int64)


GEMM = {"w": draw(4, 3), "b": draw(3, seed=1)}
IMAGE = ("batch", 2, 4, 4)
BY_HAND: dict[str, ModelProto] = {
    "Gemm with factors": made(OPERATOR("Gemm", ["x", "w", "b"], ["y"], alpha=0.5, beta=2.0), tensors=GEMM),
    "Gemm with one constant": made(
        OPERATOR("Gemm", ["x", "w", "b"], ["y"]), tensors={"w": draw(4, 3), "b": draw(1)}
    ),
    "MatMul and Add": made(
        OPERATOR("MatMul", ["x", "w"], ["h"]), OPERATOR("Add", ["b", "h"], ["y"]), tensors=GEMM
    ),
    "constants as operators": made(
        OPERATOR("Constant", [], ["w"], value=numpy_helper.from_array(GEMM["w"])),
        OPERATOR("Identity", ["w"], ["v"]),
        OPERATOR("MatMul", ["x", "v"], ["y"]),
    ),
    "Conv that keeps the size": made(
        OPERATOR("Conv", ["x", "w"], ["y"], auto_pad="SAME_UPPER", kernel_shape=[3, 3]),
        x=IMAGE, tensors={"w": draw(3, 2, 3, 3)},
    ),
    "pools and LRN": made(
        OPERATOR("MaxPool", ["x"], ["p"], kernel_shape=[2, 2], strides=[1, 1]),
        OPERATOR("LRN", ["p"], ["n"], size=3, alpha=0.2, beta=0.5, bias=2.0),
        OPERATOR("GlobalAveragePool", ["n"], ["g"]),
        OPERATOR("Flatten", ["g"], ["y"]),
        x=IMAGE,
    ),
    "means, with and without the axis": made(
        OPERATOR("ReduceMean", ["x", "rows"], ["r"], keepdims=0),
        OPERATOR("ReduceMean", ["r", "last"], ["y"], keepdims=1),
        x=IMAGE, tensors={"rows": size(2), "last": size(-1)},
    ),
    "the shape is computed": made(
        OPERATOR("Shape", ["x"], ["s"]),
        OPERATOR("Gather", ["s", "zero"], ["n"]),
        OPERATOR("Unsqueeze", ["n", "at"], ["u"]),
        OPERATOR("Concat", ["u", "rest"], ["to"], axis=0),
        OPERATOR("Reshape", ["x", "to"], ["y"]),
        x=IMAGE, tensors={"zero": np.array(0, np.int64), "at": size(0), "rest": size(-1)},
    ),
    "axes come and go": made(
        OPERATOR("Unsqueeze", ["x", "at"], ["u"]),
        OPERATOR("Transpose", ["u"], ["t"], perm=[0, 2, 1]),
        OPERATOR("Squeeze", ["t", "last"], ["y"]),
        tensors={"at": size(1), "last": size(2)},
    ),
    "one place": made(
        OPERATOR("Gather", ["x", "at"], ["y"], axis=2), x=IMAGE, tensors={"at": np.array(-1, np.int64)}
    ),
    "normalised": made(
        OPERATOR("BatchNormalization", ["x", "s", "b", "m", "v"], ["n"], epsilon=0.01, momentum=0.8),
        OPERATOR("LayerNormalization", ["n", "s"], ["l"], axis=1, epsilon=0.1),
        OPERATOR("Softmax", ["l"], ["y"], axis=1),
        tensors={"s": draw(4), "b": draw(4, seed=1), "m": draw(4, seed=2), "v": draw(4, seed=3) ** 2},
    ),
    "summed and multiplied": made(
        OPERATOR("Relu", ["x"], ["r"]), OPERATOR("Elu", ["x"], ["e"], alpha=0.25),
        OPERATOR("Sum", ["r", "e", "x"], ["s"]), OPERATOR("Mul", ["s", "e"], ["y"]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_files_made_by_hand_are_read(name: str) -> None:
    """The oracle is ONNX Runtime."""
    model = BY_HAND[name]
    dims = model.graph.input[0].type.tensor_type.shape.dim
    x = torch.from_numpy(draw(3, *(dim.dim_value for dim in dims[1:]), seed=7))
    file: bytes = model.SerializeToString()
    found = read(file)
    assert float(np.abs(answers(file, x=x)[0] - computed(found, x).numpy()).max()) <= BAR
    assert found.title == "by hand"


REFUSED: dict[str, tuple[ModelProto, str]] = {
    "an operator that nothing here does": (
        made(OPERATOR("Erf", ["x"], ["y"], name="bent")),
        r"`bent` \(Erf\): no layer here does what this operator does. Understood are",
    ),
    "somebody's own operator": (
        made(OPERATOR("Gelu", ["x"], ["y"], name="g", domain="com.example")), "this operator of com.example does",
    ),
    "a window that is no square": (
        made(OPERATOR("Conv", ["x", "w"], ["y"], name="c"), x=IMAGE, tensors={"w": draw(3, 2, 3, 1)}),
        r"`c` \(Conv\): its window is 3 × 1; here it is the same along all sides",
    ),
    "a padding of one side": (
        made(OPERATOR("Conv", ["x", "w"], ["y"], pads=[0, 0, 1, 1]), x=IMAGE, tensors={"w": draw(3, 2, 3, 3)}),
        "its padding is 0 × 0 × 1 × 1",
    ),
    "channels that do not fit": (
        made(OPERATOR("Conv", ["x", "w"], ["y"]), x=IMAGE, tensors={"w": draw(3, 5, 3, 3)}),
        r"has \(3, 5, 3, 3\) numbers",
    ),
    "examples that are mixed": (
        made(OPERATOR("Reshape", ["x", "to"], ["y"]), tensors={"to": size(2, -1)}), "does not keep the examples apart",
    ),
    "a mean over examples": (
        made(OPERATOR("ReduceMean", ["x", "axes"], ["y"]), tensors={"axes": size(0)}), "averages over examples",
    ),
    "examples behind one another": (made(OPERATOR("Concat", ["x", "x"], ["y"], axis=0)), "examples behind one another"),
    "examples turned": (made(OPERATOR("Transpose", ["x"], ["y"])), "examples in front"),
    "fixed numbers in between": (
        made(OPERATOR("Mul", ["x", "f"], ["y"]), tensors={"f": draw(4)}), "fixed numbers that belong to no layer",
    ),
    "a sum with fixed numbers": (
        made(OPERATOR("Add", ["x", "f"], ["y"]), tensors={"f": draw(4)}), "no biases of a Linear",
    ),
    "a matrix that is computed": (made(OPERATOR("MatMul", ["x", "x"], ["y"])), "depends on what goes into the network"),
    "weights that are nowhere": (made(OPERATOR("MatMul", ["x", "w"], ["y"])), "depends on what goes"),
    "a value that is nowhere": (
        made(OPERATOR("Relu", ["nowhere"], ["y"])), "`nowhere`, which nothing before it has made",
    ),
    "a circle": (made(OPERATOR("Relu", ["y"], ["y"])), "`y`, which nothing before it"),
    "sizes that are not known": (made(OPERATOR("Relu", ["x"], ["y"]), x=("batch", "rows")), "axes without a size"),
    "no axis of examples": (made(OPERATOR("Relu", ["x"], ["y"]), x=()), "no axis of examples"),
    "text": (
        made(OPERATOR("Identity", ["x"], ["y"]), kind=onnx.TensorProto.STRING), "kind of numbers that is not",
    ),
    "an old file": (made(OPERATOR("Relu", ["x"], ["y"]), opset=8), "version 8 of ONNX's operators; 9 to"),
    "numbers that are none": (
        made(OPERATOR("MatMul", ["x", "w"], ["y"]), tensors={"w": np.full((4, 2), np.inf, np.float32)}), "not finite",
    ),
    "a name that is code": (made(OPERATOR("Erf", ["x"], ["y"], name="<img src=x>")), r"`\?img src\?x\?` \(Erf\)"),
    "shares of several axes": (
        made(OPERATOR("Softmax", ["x"], ["y"], axis=1), x=IMAGE, opset=11), "shares of several axes",
    ),
    "settings of another kind": (
        made(OPERATOR("Conv", ["x", "w"], ["y"], strides="no"), x=IMAGE, tensors={"w": draw(3, 2, 3, 3)}),
        "`operator 1` .* its setting `strides` is not of the kind",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_represented_is_refused_by_name(name: str) -> None:
    model, sentence = REFUSED[name]
    with pytest.raises(OnnxError, match=sentence):
        read(model.SerializeToString())


def field(tag: int, number: int) -> bytes:
    """A number as protobuf writes it."""
    return bytes([tag]) + varint(number)


def inside_of(place: int, message: bytes) -> bytes:
    """A message within another, as protobuf writes it."""
    return bytes([place << 3 | 2]) + varint(len(message)) + message


def varint(number: int) -> bytes:
    """Seven bits in each byte, the lowest first."""
    parts = []
    while number >= 128:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def hostile() -> dict[str, tuple[bytes, str]]:
    good = made(OPERATOR("MatMul", ["x", "w"], ["y"]), tensors=GEMM)
    file: bytes = good.SerializeToString()
    outside = onnx.ModelProto.FromString(file)
    tensor = outside.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../etc/passwd"
    inside = made(
        OPERATOR("Constant", [], ["w"], value=tensor), OPERATOR("MatMul", ["x", "w"], ["y"])
    )
    short = onnx.ModelProto.FromString(file)
    short.graph.initializer[0].dims[0] = 10**9
    many = made(*[OPERATOR("Identity", ["x"], [f"y{n}"]) for n in range(2001)])
    own = onnx.ModelProto.FromString(file)
    own.functions.add().name = "mine"
    deep = field(8, 9)
    body = b""
    for _ in range(400):  # an operator with a network in it, with an operator in it ...
        body = inside_of(1, inside_of(5, inside_of(6, body)))
    deep += inside_of(7, body)
    return {
        "nothing": (b"", "no network in it"),
        "cut off": (file[:-9], "not all of one"),
        "noise": (b"\x08" + bytes(range(256)), "not an ONNX file"),
        "an empty model": (onnx.ModelProto(ir_version=9).SerializeToString(), "no network"),
        "weights in another file": (outside.SerializeToString(), "another file beside it"),
        "constants in another file": (inside.SerializeToString(), "another file beside it"),
        "a tensor that is larger than it is": (
            short.SerializeToString(),
            "does not hold what it says",
        ),
        "too many operators": (many.SerializeToString(), "2,001 operators; at most 2,000"),
        "functions": (own.SerializeToString(), "1 operators of its own"),
        "nested too deep": (deep, "not an ONNX file"),
    }


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_file_is_refused_by_a_sentence(name: str) -> None:
    document, sentence = hostile()[name]
    with pytest.raises(OnnxError, match=sentence):
        read(document)


@pytest.mark.parametrize("seed", range(3))
def test_changed_bytes_are_refused_or_make_a_network(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole: bytes = BY_HAND["normalised"].SerializeToString()
    for _ in range(150):
        document = bytearray(whole)
        for _ in range(int(rng.integers(1, 4))):
            document[int(rng.integers(len(whole)))] = int(rng.integers(256))
        try:
            found: Any = read(bytes(document))
        except OnnxError:
            continue
        assert all(isinstance(node, Node) for node in found.graph.nodes)
