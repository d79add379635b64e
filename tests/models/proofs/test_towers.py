"""Two towers, one for images and one for texts, that learn to point the same way: Radford et al. 2021.

How alike image i and text j are concerns the whole batch, so it is the loss that compares; the network gives two
vectors of length 1 for each example.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from tests.models.proofs.twins import Outputs, assert_twins
from tests.models.samples import block, node

WORDS, WIDTH, LENGTH, COMMON, SCALE = 15, 6, 5, 4, 10.0

TOWERS = Graph.model_validate(
    {
        "inputs": {
            "image": {"axes": ["C", "H", "W"], "shape": [3, 16, 16]},
            "text": {"axes": ["T"], "shape": [LENGTH], "dtype": "int64"},
            "text_mask": {"axes": ["T"], "shape": [LENGTH], "dtype": "bool"},
        },
        "nodes": [
            block(
                "vision",
                [
                    node("conv1", "Conv2d", "image", out_channels=6, padding=1, stride=2),
                    node("bn", "BatchNorm2d", "conv1"),
                    node("relu1", "ReLU", "bn"),
                    node("pool", "MaxPool2d", "relu1"),
                    node("conv2", "Conv2d", "pool", out_channels=8, groups=2),
                    node("relu2", "ReLU", "conv2"),
                    node("flat", "Flatten", "relu2"),
                    node("out", "Linear", "flat", out_features=COMMON, bias=False),
                ],
                inputs={"image": "image"},
                outputs={"vector": "out"},
            ),
            node("image_vector", "L2Normalize", "vision"),
            node("words", "Embedding", "text", num_embeddings=WORDS, embedding_dim=WIDTH),
            node("padding", "Not", "text_mask"),
            node(
                "attention", "MultiheadAttention", "words", "words", "words", "padding", num_heads=2
            ),
            node("residual", "Add", "words", "attention"),
            node("mean", "Mean", "residual", "text_mask"),
            node("norm", "RMSNorm", "mean", eps=1e-6),
            node("out", "Linear", "norm", out_features=COMMON, bias=False),
            node("text_vector", "L2Normalize", "out"),
        ],
        "outputs": {"image": "image_vector", "text": "text_vector"},
    }
)


class PlainVision(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.bn = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 8, 3, groups=2)
        self.out = nn.Linear(32, COMMON, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        x = F.max_pool2d(self.bn(self.conv1(image)).relu(), 2)
        result: Tensor = self.out(self.conv2(x).relu().flatten(1))
        return result


class PlainTowers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.vision = PlainVision()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.norm = nn.RMSNorm(WIDTH, eps=1e-6)
        self.out = nn.Linear(WIDTH, COMMON, bias=False)

    def forward(self, image: Tensor, text: Tensor, text_mask: Tensor) -> dict[str, Tensor]:
        words = self.words(text)
        x = words + self.attention(words, words, words, key_padding_mask=~text_mask)[0]
        mean = torch.stack([row[keep].mean(0) for row, keep in zip(x, text_mask, strict=True)])
        vectors = {"image": self.vision(image), "text": self.out(self.norm(mean))}
        return {name: v / v.norm(dim=-1, keepdim=True) for name, v in vectors.items()}


def contrast(outputs: Outputs) -> Tensor:
    alike = SCALE * outputs["image"] @ outputs["text"].T
    pairs = torch.arange(len(alike))
    return F.cross_entropy(alike, pairs) + F.cross_entropy(alike.T, pairs)


def batch(examples: int = 6) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(7)
    lengths = torch.randint(1, LENGTH + 1, (examples, 1), generator=generator)
    return {
        "image": torch.randn(examples, 3, 16, 16, generator=generator, dtype=torch.float64),
        "text": torch.randint(WORDS, (examples, LENGTH), generator=generator),
        "text_mask": torch.arange(LENGTH) < lengths,
    }


def test_equals_plain_torch_for_one_step() -> None:
    assert_twins(build_network(TOWERS, seed=3), PlainTowers(), batch(), contrast)


def test_vectors_have_length_one() -> None:
    outputs = build_network(TOWERS, seed=3).double()(batch())
    for name in ("image", "text"):
        torch.testing.assert_close(outputs[name].norm(dim=-1), torch.ones(6, dtype=torch.float64))


def test_is_counted_exactly() -> None:
    answer = inspect(TOWERS)
    assert answer.problems == []
    assert answer.parameters == sum(p.numel() for p in PlainTowers().parameters())
    assert {name: str(spec) for name, spec in answer.outputs.items()} == {"image": "4", "text": "4"}
    kinds = {node.path: str(node.outputs["output"]) for node in answer.nodes}
    assert kinds["vision.conv1"] == "6×8×8"
    assert kinds["vision.conv2"] == "8×2×2"
    assert kinds["residual"] == "5×6"
