"""How frames are written: bytes keep signs and ends, archives and images can be read by others."""

import io
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from neurarium import frame, paint
from neurarium.api.messages import PROTOCOL
from neurarium.probe import Frame, Picture, ProbeError, Reading, marks, shares, signed, symmetric
from tests.backend.probes.runs import Array

NUMBERS = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-290)


def one(picture: Picture) -> Frame:
    return Frame(3, (picture,), Reading("some.thing", {"a": 1.5, "b": "two"}), example=7)


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.floats(1e-3, 1e6))
def test_bytes_are_the_nearest_level_and_keep_the_sign(values: list[float], reach: float) -> None:
    array = np.array(values)
    levels = frame.quantise(array, -reach, reach)
    assert ((array >= 0) == (levels >= 128)).all()
    inside = np.abs(array) <= reach
    back = -reach + levels.astype(float) / 255 * 2 * reach
    assert (np.abs(back - array)[inside] <= reach / 255 * 1.0001).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_amounts_use_all_levels(values: list[float]) -> None:
    levels = frame.quantise(np.array(values), 0.0, 1.0)
    np.testing.assert_array_equal(levels, np.floor(np.array(values) * 255 + 0.5))


def test_every_unit_may_have_a_scale_of_its_own() -> None:
    levels = frame.quantise(np.array([[1.0, -1.0], [10.0, -10.0]]), (-1.0, -10.0), (1.0, 10.0))
    np.testing.assert_array_equal(levels, [[255, 0], [255, 0]])


def test_flags_arrive_as_they_are() -> None:
    picture = marks("wrong", "", ("N",), np.array([True, False, True]))
    np.testing.assert_array_equal(frame.stored(picture), [1, 0, 1])


def test_what_is_not_finite_is_drawn_at_an_end_or_at_zero_and_counted() -> None:
    values = np.array([math.nan, math.inf, -math.inf, 0.5])
    field = one(signed("field", "h", ("X",), values, "uint8", reach=1.0))
    sent = frame.wire(field, "some")
    assert list(sent["arrays"][0]["data"]) == [128, 255, 0, 191]
    assert sent["details"] == {"not_finite": {"h/field": 3}}
    assert frame.quantise(np.array([math.nan]), 0.0, 1.0)[0] == 0


def test_json_says_what_is_not_finite() -> None:
    picture = signed("field", "h", ("X",), np.array([math.nan, math.inf, 1.0]))
    found = Frame(1, (picture,), Reading("a.b", {"loss": math.inf}), details={"deep": [math.nan]})
    document = json.loads(json.dumps(frame.plain(found, "some"), allow_nan=False))
    assert document["arrays"][0]["data"] == [None, None, 1.0]
    assert document["reading"]["values"] == {"loss": "inf"}
    assert document["details"]["deep"] == ["nan"]
    assert found.details == {"deep": [pytest.approx(math.nan, nan_ok=True)]}


def test_the_scale_of_nothing_is_one() -> None:
    assert symmetric(np.zeros(3)) == 1
    assert symmetric(np.array([math.nan, -2.0, math.inf])) == 2


def test_floats_travel_little_endian() -> None:
    picture = signed("weight", "h", ("I",), np.array([1.0, -2.0]), "float64")
    sent = frame.wire(one(picture), "some")["arrays"][0]
    assert np.frombuffer(sent["data"], "<f8").tolist() == [1, -2]


def test_the_version_is_that_of_the_protocol() -> None:
    assert frame.VERSION == PROTOCOL


def test_an_archive_holds_true_numbers_and_all_the_rest() -> None:
    values = np.linspace(-1, 1, 6).reshape(2, 3)
    picture = signed("field", "blocks.3.h", ("Y", "X"), values, "uint8")
    archive = np.load(io.BytesIO(frame.npz(one(picture), "some")), allow_pickle=False)
    np.testing.assert_array_equal(archive["blocks.3.h/field"], values)
    rest = json.loads(str(archive["frame"]))
    assert (rest["step"], rest["example"], rest["probe"]) == (3, 7, "some")
    assert rest["arrays"][0]["axes"] == ["Y", "X"]


def opened(document: bytes) -> Array:
    image = Image.open(io.BytesIO(document))
    image.load()
    return np.asarray(image.convert("RGB"))


def test_an_image_has_the_colours_of_the_page() -> None:
    picture = signed("field", "h", ("Y", "X"), np.array([[-1.0, 0.0, 1.0]]), "uint8", reach=1.0)
    pixels = opened(frame.png(one(picture), least=3))
    assert pixels.shape == (1, 3, 3)
    assert pixels[0, 0].tolist() == [0xA2, 0x4E, 0x02]
    assert pixels[0, 2].tolist() == [0x00, 0x62, 0xA6]
    np.testing.assert_allclose(pixels[0, 1], [0xF1, 0xEF, 0xEA], atol=2)


def test_gradients_are_green_and_magenta_and_amounts_are_grey() -> None:
    ends = np.array([[-1.0, 1.0]])
    green = opened(frame.png(one(signed("grad", "h", ("Y", "X"), ends, "uint8")), least=2))
    grey = opened(frame.png(one(shares("image", "x", ("H", "W"), np.array([[0.0, 1.0]]), "uint8"))))
    assert green[0].tolist() == [[0x02, 0x70, 0x4A], [0x8E, 0x2A, 0x7C]]
    assert grey[0, 0].tolist() == [0xF1, 0xEF, 0xEA]
    assert grey[0, -1].tolist() == [0x15, 0x17, 0x1C]


def test_units_are_tiles_of_a_sheet_and_cells_are_enlarged() -> None:
    units = np.zeros((5, 4, 6))
    pixels = opened(frame.png(one(signed("field", "h", ("D", "Y", "X"), units, "uint8")), least=60))
    assert pixels.shape[:2] == (9 * 3, 20 * 3)  # 2 × 3 tiles with gaps of 1, three times as large


def test_the_middle_of_a_ramp_is_even_to_the_eye() -> None:
    ramp = paint.ramp(paint.FORWARD).astype(int)
    assert ramp.shape == (256, 3)
    assert np.abs(np.diff(ramp, axis=0)).max() <= 8


def test_a_picture_with_two_axes_is_painted_before_one_with_one() -> None:
    line = marks("id", "", ("N",), np.arange(4))
    field = signed("field", "h", ("Y", "X"), np.zeros((8, 8)), "uint8")
    assert opened(frame.png(Frame(0, (line, field)), least=8)).shape == (8, 8, 3)
    assert opened(frame.png(Frame(0, (line, field)), name="id", least=4)).shape == (1, 4, 3)


def test_nothing_cannot_be_painted() -> None:
    with pytest.raises(ProbeError, match="nothing to paint"):
        frame.png(Frame(0, ()))
