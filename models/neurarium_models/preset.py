"""Ready-made networks and jobs: one JSON file each, in the folder `presets`."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from neurarium_models.graph import AnyGraph

FOLDER = files("neurarium_models") / "presets"

PresetId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class Preset(BaseModel):
    """A network that people know, with where it comes from and, where it can be trained here, the rest of its job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: PresetId = Field(description="Its name in links and commands; also that of its file.")
    title: str = Field(min_length=1, max_length=80, description="What people call it.")
    name: str = Field(
        min_length=1,
        max_length=60,
        description="What its network is called within a sentence, with its article: `LeNet-5`, `a perceptron`.",
    )
    year: int = Field(ge=1940, le=2100, description="When it was published.")
    source: str = Field(min_length=1, max_length=300, description="The publication.")
    size: Literal["paper", "pocket"] = Field(
        description="As published, or small enough to learn in about a minute."
    )
    family: str = Field(min_length=1, max_length=40, description="With which others it is listed.")
    summary: str = Field(
        min_length=1, max_length=400, description="What it is and what to look at, for a learner."
    )
    twin: PresetId | None = Field(
        default=None,
        description="Of a paper's network: the pocket preset of the same plan, which trains.",
    )
    graph: AnyGraph = Field(description="The network.")
    job: dict[str, Any] | None = Field(
        default=None, description="Everything of a job but the graph; none: only to look at."
    )


class Presets(Mapping[str, Preset]):
    """The presets by id; a file is read when it is asked for, once."""

    def __init__(self) -> None:
        self._read: dict[str, Preset] = {}

    def __getitem__(self, key: str) -> Preset:
        if key not in self._read:
            if key not in list(self):
                raise KeyError(key)
            preset = Preset.model_validate_json((FOLDER / f"{key}.json").read_bytes())
            if preset.id != key:
                raise ValueError(f"The file {key}.json holds the preset {preset.id}.")
            self._read[key] = preset
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(
            sorted(
                file.name.removesuffix(".json")
                for file in FOLDER.iterdir()
                if file.name.endswith(".json")
            )
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


PRESETS = Presets()
"""Every preset, by its id."""
