"""Names of axes, where the network has them: of what comes in, and of what comes out of each layer."""

from neurarium.capture.reading import Reading
from neurarium_models.network import Network
from neurarium_models.tensor import TensorSpec

EXAMPLES = "N"


def name_axes(reading: Reading, network: Network) -> None:
    """Name the axes of a layer's result (the last value of its shape that is made there), and of its gradient."""
    specs: dict[str, TensorSpec] = {}
    for id_, value in reading.values.items():
        if value.role == "input" and value.name in network.graph.inputs:
            specs[id_] = network.graph.inputs[value.name]
    wanted = {
        place.path: next(iter(place.outputs.values())) for place in network.places if place.outputs
    }
    for operation in reversed(reading.forward):
        spec = wanted.get(operation.node)
        for id_ in operation.outputs:
            if spec is not None and id_ and tuple(reading.values[id_].shape[1:]) == spec.shape:
                specs[id_] = wanted.pop(operation.node)
                break
    for id_, spec in specs.items():
        value = reading.values[id_]
        axes = [EXAMPLES, *spec.axes]
        for named in (id_, value.gradient):
            if named and len(reading.values[named].shape) == len(axes):
                reading.values[named] = reading.values[named].model_copy(update={"axes": axes})
