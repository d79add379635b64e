"""What is written for a layer's parameters, also where something before it does not fit and sizes are unknown."""

from typing import Any

from neurarium_models.layer import Layer
from neurarium_models.layout import Place
from neurarium_models.spelling import REQUIRED


def arguments_of(place: Place) -> dict[str, Any]:
    """Say what is written for each parameter; `...` for what would follow from inputs that are unknown."""
    if place.connected:
        try:
            return place.layer.arguments(*place.specs)
        except (ValueError, LookupError):
            if place.fits:
                raise
    # The settings and defaults alone, without what a layer adds once it knows its inputs.
    told = Layer.arguments(place.layer)
    return {name: ... if _follows(name, value) else value for name, value in told.items()}


def unsaid(layer: Layer, arguments: dict[str, Any]) -> dict[str, Any]:
    """Name the settings that PyTorch does not know: what axes are called."""
    if ... in arguments.values():
        settings = [layer.spelling.says.get(n, n) for n, v in arguments.items() if v is ...]
        known = {name: getattr(layer, name, None) for name in settings}
        return {name: value for name, value in known.items() if value is not None}
    told = type(layer)(**layer.settings_from(arguments))
    names = [
        name for name in type(layer).model_fields if getattr(told, name) != getattr(layer, name)
    ]
    return {name: getattr(layer, name) for name in names}


def _follows(name: str, value: Any) -> bool:
    """Whether a parameter needs the inputs: it is no setting, or it counts an axis that the setting names."""
    return value is REQUIRED or (name.startswith("dim") and isinstance(value, str))
