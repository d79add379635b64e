"""What a session can answer instead of doing what it was asked. Each is a sentence for a learner."""


class NotFound(LookupError):  # noqa: N818 - an answer, named as the caller says it
    """There is no such run, or it is somebody else's: the two look alike from outside."""

    def __init__(self, run: str) -> None:
        super().__init__("There is no run of this name.")
        self.run = run


class Refused(ValueError):  # noqa: N818
    """What was asked cannot be done, and why; `code` is the kind of reason, for programs."""

    def __init__(self, code: str, sentence: str, **values: float | int | str) -> None:
        super().__init__(sentence)
        self.code = code
        self.values: dict[str, float | int | str] = values


class NoSuchStep(ValueError):  # noqa: N818
    """The run was never at this step: it began later, or has not come so far."""


class Unavailable(RuntimeError):  # noqa: N818
    """No worker can take this now; it is worth asking again a little later."""


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether this is Python, NumPy or torch saying that there is no memory left."""
    text = str(problem).lower()
    return (
        isinstance(problem, MemoryError)
        or "can't allocate memory" in text
        or "out of memory" in text
    )
