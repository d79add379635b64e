"""What layers ask of sequences that come in, of the masks beside them, and of states to begin with."""

from neurarium_models.layer import LayerError, Outputs
from neurarium_models.tensor import TensorSpec

PLACES_AND_FEATURES = 2


def require_sequence(kind: str, name: str, x: TensorSpec, instead: Outputs) -> None:
    """Raise LayerError unless a tensor has places with features."""
    if len(x.shape) != PLACES_AND_FEATURES:
        verb = "looks at" if kind.endswith("Attention") else "reads"
        message = f"{kind} {verb} sequences (places×features), but its {name} is {x}."
        raise LayerError(message, instead=instead)


def require_values(key: TensorSpec, value: TensorSpec, instead: Outputs) -> None:
    """Raise LayerError unless there are as many values as keys."""
    if value.shape[0] != key.shape[0]:
        message = (
            f"There are {key.shape[0]} keys but {value.shape[0]} values: each key needs one value."
        )
        raise LayerError(message, instead=instead)


def require_mask(mask: TensorSpec | None, places: int, instead: Outputs, of: str = "place") -> None:
    """Raise LayerError unless a mask, if there is one, is true or false for each place."""
    if mask is not None and (mask.dtype, mask.shape) != ("bool", (places,)):
        message = (
            f"The key_padding_mask must be true or false for each of the {places} {of}s, "
            f"but it is {mask} of {mask.dtype}."
        )
        raise LayerError(message, instead=instead)


def require_start(
    kind: str, name: str, state: TensorSpec | None, width: int, instead: Outputs
) -> None:
    """Raise LayerError unless a state to begin with, if there is one, is as wide as the layer's own."""
    if state is not None and (state.dtype, state.shape) != ("float32", (width,)):
        message = f"{kind} begins with a state of {width} numbers, but its {name} is {state} of {state.dtype}."
        raise LayerError(message, instead=instead)
