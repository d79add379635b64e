"""Numbers of parameters, as people write them down."""

from collections.abc import Mapping


def formula(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Write how the parameters of a layer are counted: `16·(6·5·5) + 16`; nothing for none."""
    return " + ".join(_product(shape) for shape in shapes.values())


def dense(inputs: int, outputs: int) -> int:
    """Count what a dense layer needs that gives every output a weight for every input, and a bias."""
    return (inputs + 1) * outputs


def _product(shape: tuple[int, ...]) -> str:
    first, *rest = shape or (1,)
    inner = "·".join(map(str, rest))
    return f"{first}·({inner})" if len(rest) > 1 else f"{first}·{inner}" if rest else str(first)
