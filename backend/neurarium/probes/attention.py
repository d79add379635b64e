"""Who looks at whom."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from numpy.typing import NDArray

from neurarium.probe import Frame, Picture, Probe, Reading, shares

if TYPE_CHECKING:
    from neurarium.optics.attention import Site
    from neurarium.optics.passes import Tensors
    from neurarium.optics.sentences import Sentences
    from neurarium.training.view import View

LARGEST = 2**16
"""Weights of a node that travel as floats; more become uint8, for colours only."""
MOST = 64
"""Nodes shown at once, where none was asked for."""


class Attention(Probe):
    """How much each word of the pinned example takes of each other word, in every head of every layer of attention."""

    kind: Literal["attention"] = "attention"
    rate: ClassVar = 5.0
    says: ClassVar = {"rests": ("example", "node", "heads", "share", "even")}

    def look(self, view: "View") -> Frame:
        """Send the example through once, with the right words told; the weights by the explicit softmax."""
        from neurarium.optics.attention import cut, explained, find, sites
        from neurarium.optics.sentences import named, pinned

        main = find(view.network, self.node)
        known = sites(view.network)
        chosen = known[:MOST] if self.node is None else (main,)
        chosen = chosen if main in chosen else (*chosen[:-1], main)
        example = pinned(view, self.example)
        outputs, told = explained(view.network, example.batch, chosen)
        weights = {site.path: cut(told[site.path]["weights"], site, example) for site in chosen}
        pictures = tuple(_picture(site, weights[site.path]) for site in chosen)
        details = {
            "nodes": [site.facts for site in chosen],
            "tokens": named(view, example),
            "said": _said(view, outputs, example),
            "left_out": len(known) - len(chosen),
        }
        reading = self._reading(main, weights[main.path], example.example)
        return Frame(view.step, pictures, reading, example.example, details=details)

    def _reading(self, site: "Site", weights: NDArray[Any], example: int) -> Reading:
        """Say how much of the attention of a word rests on a single one, and what it would be if spread evenly."""
        seen = (weights > 0).sum(-1)
        rows = seen > 0
        share = float(weights.max(-1)[rows].mean()) if rows.any() else 0.0
        even = float((1 / seen[rows]).mean()) if rows.any() else 0.0
        return self.say(
            "rests", example=example, node=site.path, heads=site.heads, share=share, even=even
        )


def _picture(site: "Site", weights: NDArray[Any]) -> Picture:
    dtype: Literal["uint8", "float32"] = "float32" if weights.size <= LARGEST else "uint8"
    return shares("weights", site.path, ("M", "T", "S"), weights, dtype)


def _said(view: "View", outputs: "Tensors", example: "Sentences") -> list[str]:
    """Name the likeliest word after each place of what is told, where the network says words."""
    from neurarium.optics.sentences import words

    told = next((name for name in ("target", "tokens") if name in example.tokens), None)
    output = next(iter(outputs.values()))
    if told is None or output.ndim != 3:
        return []
    return words(view, told, output[0, : example.lengths[told]].argmax(-1).tolist())
