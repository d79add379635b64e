"""Descriptions of tensors."""

import pytest
from pydantic import ValidationError

from neurarium_models.tensor import TensorSpec, features


def test_is_written_as_people_do() -> None:
    assert str(features(16, 8, 8, axes="CHW")) == "16×8×8"
    assert str(features(axes="")) == "scalar"


def test_size_is_exact() -> None:
    assert features(2**30, 2**30, axes="AB").size == 2**60
    assert features(axes="").size == 1


def test_every_size_has_an_axis() -> None:
    with pytest.raises(ValidationError, match="1 axis names do not fit 2 sizes"):
        TensorSpec(axes=("D",), shape=(2, 3))
