"""What a script sees of the server: the other side of everything that the page shows."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.e2e.service import Service

Document = dict[str, Any]
PATIENCE = 60.0
TRAINING = 90.0
"""Seconds that some steps may take: workers give way to everything else on a busy machine."""


class Script:
    """REST of one server."""

    def __init__(self, service: Service) -> None:
        self.address = service.address
        self.http: httpx.Client = service.client()

    def create(self, preset: str, **overrides: Any) -> str:
        """Make a run; entries of its job are given with `__` for the dot."""
        changes = {name.replace("__", "."): value for name, value in overrides.items()}
        return str(self.post("/runs", {"preset": preset, "overrides": changes})["id"])

    def trained(self, preset: str, steps: int, **overrides: Any) -> str:
        """Make a run that has taken so many steps and pauses."""
        run = self.create(preset, **overrides)
        self.post(f"/runs/{run}/step", {"count": steps})
        self.until(lambda: self.stands(run, steps), TRAINING)
        return run

    def stands(self, run: str, step: int) -> bool:
        """Whether a run pauses after this step."""
        now = self.run(run)
        return bool(now["state"] == "paused" and now["step"] == step)

    def play(self, run: str, pace: float | None = None) -> None:
        self.post(f"/runs/{run}/play", {"pace": pace})

    def pause(self, run: str) -> int:
        """Stop, and say after which step."""
        self.post(f"/runs/{run}/pause", {})
        self.until(lambda: self.run(run)["state"] != "running")
        return int(self.run(run)["step"])

    def run(self, run: str) -> Document:
        return self.get(f"/runs/{run}")

    def job(self, run: str) -> Document:
        job: Document = self.run(run)["job"]
        return job

    def probe(self, run: str, probe: str, **settings: Any) -> Document:
        return self.get(f"/runs/{run}/probe/{probe}", settings)

    def numbers(self, run: str, probe: str, name: str, **settings: Any) -> Any:
        """One array of a probe, in true numbers."""
        arrays = self.probe(run, probe, **settings)["arrays"]
        return next(array["data"] for array in arrays if array["name"] == name)

    def weights(self, run: str, parameter: str, **settings: Any) -> Any:
        arrays = self.probe(run, "weight", **settings)["arrays"]
        return next(
            array["data"]
            for array in arrays
            if array["name"] == "weight" and array["node"] == parameter
        )

    def points(self, run: str) -> dict[int, Document]:
        """The points of a plane by their ids."""
        frame = self.probe(run, "data")
        columns = {array["name"]: array["data"] for array in frame["arrays"]}
        places, labels = columns["position"], columns["label"]
        return {
            int(point): {"x": x, "y": y, "label": int(label)}
            for point, (x, y), label in zip(columns["id"], places, labels, strict=True)
        }

    def points_of(self, run: str, name: str) -> tuple[list[int], list[float]]:
        """A whole curve: its steps and its values."""
        (curve,) = self.get(f"/runs/{run}/metrics", {"curve": name, "limit": 20_000})["curves"]
        return curve["steps"], [value for (value,) in curve["values"]]

    def get(self, path: str, query: Document | None = None) -> Document:
        return self._read(self.http.get(path, params=query))

    def post(self, path: str, body: Document) -> Document:
        return self._read(self.http.post(path, json=body))

    def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Ask again and again until something is so."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not so within {seconds} s"
            time.sleep(0.05)

    @staticmethod
    def _read(response: httpx.Response) -> Document:
        assert response.is_success, response.text
        document: Document = response.json()
        return document
