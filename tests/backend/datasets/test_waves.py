"""Waves: two sines of one pitch and its double, told one value after the other."""

import numpy as np

from neurarium.datasets.waves import Waves


def test_a_wave_is_two_sines_of_one_pitch() -> None:
    """Sines keep a law: with f and 2f there are four numbers that foretell each value from the four before it."""
    arrays = Waves(samples=200).draw(1).train.arrays
    for x, y in zip(arrays["x"][:, :, 0], arrays["y"], strict=True):
        wave = np.concatenate([x, y])
        rows = np.stack([wave[place : place + 4] for place in range(len(wave) - 4)])
        law, *_ = np.linalg.lstsq(rows[:-1], wave[4:-1], rcond=None)
        assert abs(rows[-1] @ law - y[0]) < 1e-6
        turns = np.sort(np.abs(np.angle(np.roots([1, *-law[::-1]]))))
        assert 0.15 - 1e-5 < turns[0] < 0.3 + 1e-5
        assert abs(turns[2] - 2 * turns[0]) < 1e-4


def test_noise_is_in_what_is_seen_alone() -> None:
    still, noisy = (Waves(samples=200, noise=noise).draw(1).train.arrays for noise in (0.0, 0.2))
    assert np.array_equal(still["y"], noisy["y"])
    assert abs((noisy["x"] - still["x"]).std() - 0.2) < 0.01
    assert np.abs(still["x"]).max() <= 1
