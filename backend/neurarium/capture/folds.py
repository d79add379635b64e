"""What of a network can be shown as one thing: layers, blocks, and repetitions of blocks."""

from neurarium.capture.document import Fold
from neurarium_models.graph import Block, Graph, Node


def folds_of(graph: Graph) -> list[Fold]:
    """List all, outermost first, in the order of the document that the network is."""
    folds: list[Fold] = []
    for part in graph.nodes:
        _add(folds, part, "", "")
    return folds


def _add(folds: list[Fold], part: Node | Block, prefix: str, parent: str) -> None:
    path = prefix + part.id
    if isinstance(part, Node):
        folds.append(Fold(path=path, kind=part.layer.kind, parent=parent))
        return
    folds.append(Fold(path=path, kind="Block", parent=parent, repeat=part.repeat or 1))
    if part.repeat is None:
        _add_inside(folds, part, path)
        return
    for index in range(part.repeat):
        inner = f"{path}.{index}"
        folds.append(Fold(path=inner, kind="Repetition", parent=path))
        _add_inside(folds, part, inner)


def _add_inside(folds: list[Fold], block: Block, path: str) -> None:
    for part in block.block.nodes:
        _add(folds, part, f"{path}.", path)
