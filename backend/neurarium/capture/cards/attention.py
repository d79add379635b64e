"""Attention as one function: what PyTorch calls where nobody asks for its single operations."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class ScaledDotProductFlashAttentionForCpu(Card):
    """Mixes values by how well their keys fit each query, piece by piece, without keeping the matrix of shares."""

    title: ClassVar = "attention"
    symbol: ClassVar = "attention"
    forward: ClassVar = (
        r"Y = P V, \quad P = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right)"
    )
    backward: ClassVar = {
        "Q": r"\frac{1}{\sqrt{d}}\, S K",
        "K": r"\frac{1}{\sqrt{d}}\, S^\top Q",
        "V": r"P^\top G, \quad S_{ij} = P_{ij} \left((G V^\top)_{ij} - \textstyle\sum_k (G V^\top)_{ik} P_{ik}\right)",
    }
    kind: Literal["scaled_dot_product_flash_attention_for_cpu"] = (
        "scaled_dot_product_flash_attention_for_cpu"
    )


class ScaledDotProductFlashAttentionForCpuBackward(Card):
    """Computes the shares once more, and from them what queries, keys and values get."""

    title: ClassVar = "attention, backward"
    symbol: ClassVar = "attention"
    forward: ClassVar = (
        r"\frac{\partial E}{\partial V} = P^\top G, \quad "
        r"\frac{\partial E}{\partial Q} = \frac{1}{\sqrt{d}}\, S K, \quad "
        r"\frac{\partial E}{\partial K} = \frac{1}{\sqrt{d}}\, S^\top Q"
    )
    backward: ClassVar = {}
    kind: Literal["scaled_dot_product_flash_attention_for_cpu_backward"] = (
        "scaled_dot_product_flash_attention_for_cpu_backward"
    )
