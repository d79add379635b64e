"""Networks of papers in plain torch, as an oracle: written from the papers, sharing nothing with the presets."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class Beside(nn.Module):
    """Branches whose maps are put side by side."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


class Around(nn.Module):
    """A branch that is added to what came in."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.branch, self.shortcut = branch, shortcut

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.branch(x) + self.shortcut(x))


def norm(alpha: float = 5e-4, k: float = 1.0) -> nn.Module:
    return nn.LocalResponseNorm(5, alpha, 0.75, k)


def ends(features: int, *more: nn.Module) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), *more, nn.Linear(features, 1000)]


def dense(*sizes: int) -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Flatten()]
    for one, other in pairwise(sizes):
        layers += [nn.Linear(one, other), nn.ReLU(), nn.Dropout()]
    return layers[:-2]


def alexnet(widths: Sequence[int], groups: int, side: int, padding: int) -> nn.Module:
    a, b, c, d, e = widths
    return nn.Sequential(
        nn.Conv2d(3, a, 11, 4, padding), nn.ReLU(), norm(k=2), nn.MaxPool2d(3, 2),
        nn.Conv2d(a, b, 5, padding=2, groups=groups), nn.ReLU(), norm(k=2), nn.MaxPool2d(3, 2),
        nn.Conv2d(b, c, 3, padding=1), nn.ReLU(),
        nn.Conv2d(c, d, 3, padding=1, groups=groups), nn.ReLU(),
        nn.Conv2d(d, e, 3, padding=1, groups=groups), nn.ReLU(), nn.MaxPool2d(3, 2),
        *dense(e * side**2, 4096, 4096, 1000),
    )  # fmt: skip


def vgg(convolutions: Sequence[int]) -> nn.Module:
    layers: list[nn.Module] = []
    before = 3
    for width, times in zip((64, 128, 256, 512, 512), convolutions, strict=True):
        for _ in range(times):
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
            before = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, *dense(512 * 7 * 7, 4096, 4096, 1000))


TABLE_1 = {
    "3a": (192, 64, 96, 128, 16, 32, 32), "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64), "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64), "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128), "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}  # fmt: skip
"""Of Szegedy et al.: channels in, 1×1, 3×3 reduced, 3×3, 5×5 reduced, 5×5, after pooling."""


def unit(one: int, other: int, size: int, bn: bool, stride: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size, with batch normalisation in place of its bias or without."""
    convolution = nn.Conv2d(one, other, size, stride, size // 2, bias=not bn)
    return [convolution, *([nn.BatchNorm2d(other)] if bn else []), nn.ReLU()]


def googlenet(bn: bool) -> nn.Module:
    layers = [*unit(3, 64, 7, bn, 2), nn.MaxPool2d(3, 2, 1)]
    layers += [*unit(64, 64, 1, bn), *unit(64, 192, 3, bn), nn.MaxPool2d(3, 2, 1)]
    for name, (given, one, less3, three, less5, five, pooled) in TABLE_1.items():
        if name in ("4a", "5a"):
            layers.append(nn.MaxPool2d(3, 2, 1))
        layers.append(
            Beside(
                nn.Sequential(*unit(given, one, 1, bn)),
                nn.Sequential(*unit(given, less3, 1, bn), *unit(less3, three, 3, bn)),
                nn.Sequential(*unit(given, less5, 1, bn), *unit(less5, five, 3 if bn else 5, bn)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), *unit(given, pooled, 1, bn)),
            )
        )
    return nn.Sequential(*layers, *ends(1024))


def resnet(blocks: Sequence[int], bottleneck: bool) -> nn.Module:
    """With the stride of a bottleneck in its first convolution, as in the paper."""
    layers = [*unit(3, 64, 7, True, 2), nn.MaxPool2d(3, 2, 1)]
    before = 64
    for stage, times in enumerate(blocks):
        width = 64 * 2**stage
        after = 4 * width if bottleneck else width
        for i in range(times):
            stride = 2 if i == 0 and stage else 1
            if bottleneck:
                branch = [*unit(before, width, 1, True, stride), *unit(width, width, 3, True)]
                branch += unit(width, after, 1, True)[:-1]
            else:
                branch = [*unit(before, width, 3, True, stride), *unit(width, after, 3, True)[:-1]]
            same = before == after and stride == 1
            short = [] if same else unit(before, after, 1, True, stride)[:-1]
            layers.append(Around(nn.Sequential(*branch), nn.Sequential(*short)))
            before = after
    return nn.Sequential(*layers, *ends(before))


def squeezenet() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 96, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2)]
    before = 96
    for i, squeezed in enumerate((16, 16, 32, 32, 48, 48, 64, 64)):
        wide = 4 * squeezed
        one, three = unit(squeezed, wide, 1, False), unit(squeezed, wide, 3, False)
        layers += [*unit(before, squeezed, 1, False)]
        layers.append(Beside(nn.Sequential(*one), nn.Sequential(*three)))
        before = 2 * wide
        if i in (2, 6):
            layers.append(nn.MaxPool2d(3, 2))
    return nn.Sequential(*layers, *unit(512, 1000, 1, False), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def mobilenet() -> nn.Module:
    layers = unit(3, 32, 3, True, 2)
    before = 32
    for width, stride in zip(
        (64, 128, 128, 256, 256, *[512] * 6, 1024, 1024), (1, 2, 1, 2, 1, 2, *[1] * 5, 2, 1),
        strict=True,
    ):  # fmt: skip
        each = nn.Conv2d(before, before, 3, stride, 1, groups=before, bias=False)
        layers += [each, nn.BatchNorm2d(before), nn.ReLU(), *unit(before, width, 1, True)]
        before = width
    return nn.Sequential(*layers, *ends(1024))


def first_normed(one: int, other: int, size: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(one), nn.ReLU(), nn.Conv2d(one, other, size, 1, size // 2, bias=False)]


def densenet(blocks: Sequence[int]) -> nn.Module:
    layers = [*unit(3, 64, 7, True, 2), nn.MaxPool2d(3, 2, 1)]
    width = 64
    for i, times in enumerate(blocks):
        for _ in range(times):
            inside = [*first_normed(width, 128, 1), *first_normed(128, 32, 3)]
            layers.append(Beside(nn.Identity(), nn.Sequential(*inside)))
            width += 32
        if i < len(blocks) - 1:
            layers += [*first_normed(width, width // 2, 1), nn.AvgPool2d(2)]
            width //= 2
    return nn.Sequential(*layers, nn.BatchNorm2d(width), nn.ReLU(), *ends(width))


class Transformer(nn.Module):
    """torch's own between words that are one matrix in front and behind; positions are left out."""

    def __init__(self, words: int, width: int, heads: int, depth: int, wide: int) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width)
        encoder = nn.TransformerEncoderLayer(width, heads, wide, batch_first=True)
        decoder = nn.TransformerDecoderLayer(width, heads, wide, batch_first=True)
        self.encoder = nn.TransformerEncoder(encoder, depth, enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(decoder, depth)

    def forward(self, source: Tensor, mask: Tensor, target: Tensor) -> Tensor:
        memory = self.encoder(self.words(source), src_key_padding_mask=~mask)
        places = target.shape[1]
        future = torch.ones(places, places, dtype=torch.bool, device=target.device).triu(1)
        decoded = self.decoder(
            self.words(target), memory, future, tgt_is_causal=True, memory_key_padding_mask=~mask
        )
        answer: Tensor = decoded @ self.words.weight.T
        return answer


def transformer() -> nn.Module:
    return Transformer(37_000, 512, 8, 6, 2048)
