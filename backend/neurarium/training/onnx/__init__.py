"""Networks as ONNX files, written and read. What this takes beside torch is the extra `neurarium[onnx]`."""


class NotInstalledError(RuntimeError):
    """A package is missing: a sentence that says how to install it."""


class OnnxError(ValueError):
    """A network cannot be written, or a file cannot be read, as ONNX: a sentence for a learner."""


def require() -> None:
    """Raise NotInstalledError if ONNX cannot be spoken here."""
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401 - torch writes with it
    except ImportError as problem:
        raise NotInstalledError(
            "ONNX files take the packages onnx and onnxscript, which are not installed on this server: "
            "pip install 'neurarium[onnx]'"
        ) from problem
