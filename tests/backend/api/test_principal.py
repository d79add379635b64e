"""T-05 and T-09: who is let in, and that nobody sees what is somebody else's."""

import random
import stat
from pathlib import Path

import pytest

from neurarium.api.doors.principal import LOCAL, MAXIMUM_SIGNED_IN, Principals
from neurarium.api.folder import make_token, read_token
from tests.backend.api.house import HERE, OTHER_TOKEN, TOKEN, House, build


def test_opening_the_page_here_signs_it_in(house: House) -> None:
    client = house.client(None)
    cookie = client.get("/b/abcd").headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    value, _, attributes = rest.partition("; ")
    assert name == "neurarium_8000"
    assert len(value) == 32
    assert {part.lower() for part in attributes.split("; ")} == {
        "httponly",
        "path=/",
        "samesite=strict",
    }
    answer = house.client(None).get("/api/v1/runs", headers={"Cookie": f"{name}={value}"})
    assert answer.status_code == 200


def test_a_page_that_is_signed_in_keeps_its_cookie(house: House) -> None:
    assert "set-cookie" not in house.page().get("/").headers


@pytest.mark.parametrize(
    ("peer", "base", "headers"),
    [
        ("192.0.2.9", HERE, {}),
        ("192.0.2.9", "http://192.0.2.7:8000", {}),
        ("127.0.0.1", HERE, {"X-Forwarded-For": "192.0.2.9"}),
        ("127.0.0.1", HERE, {"Forwarded": "for=192.0.2.9"}),
        ("127.0.0.1", HERE, {"Via": "1.1 proxy"}),
        ("127.0.0.1", HERE, {"Host": "lab.example"}),
    ],
)
def test_opening_it_from_elsewhere_does_not(
    tmp_path: Path, peer: str, base: str, headers: dict[str, str]
) -> None:
    house = build(tmp_path, names=frozenset({"lab.example"}))
    answer = house.client(None, base, peer).get("/", headers=headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_this_computer_by_its_own_address_is_here(house: House) -> None:
    answer = house.client(None, "http://192.0.2.7:8000", "192.0.2.7").get("/")
    assert "set-cookie" in answer.headers


def test_the_link_signs_in_from_elsewhere_and_leaves_the_address(tmp_path: Path) -> None:
    client = build(tmp_path, link="secret").client(None, "http://192.0.2.7:8000", "192.0.2.9")
    for wrong in ("/", "/?key=", "/?key=wrong", "/?key=sécret"):
        assert "set-cookie" not in client.get(wrong).headers
    answer = client.get("/?key=secret", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "set-cookie" in answer.headers


def test_without_a_link_no_key_signs_in(house: House) -> None:
    client = house.client(None, "http://192.0.2.7:8000", "192.0.2.9")
    for key in ("", "None", "null"):
        assert "set-cookie" not in client.get(f"/?key={key}").headers


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}a",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer",
        "",
        "Bearer \x7f",
        f"Bearer {TOKEN}, Bearer {TOKEN}",
    ],
)
def test_a_wrong_token_is_nobody_even_with_a_cookie(house: House, header: str) -> None:
    headers = {"Authorization": header, "Cookie": house.cookie(), "Origin": HERE}
    assert house.client(None).get("/api/v1/runs", headers=headers).status_code == 401


def test_two_tokens_are_one_too_many(house: House) -> None:
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")]
    assert house.client(None).get("/api/v1/runs", headers=headers).status_code == 401


def test_cookies_of_other_ports_and_strangers_are_nobody(house: House) -> None:
    signed_in = house.cookie().partition("=")[2]
    for cookie in (
        f"neurarium_8001={signed_in}",
        f"neurarium={signed_in}",
        "neurarium_8000=" + "0" * 32,
    ):
        assert house.client(None).get("/api/v1/runs", headers={"Cookie": cookie}).status_code == 401


def test_a_tossed_cookie_does_not_push_the_real_one_out(house: House) -> None:
    cookie = f"neurarium_8000=tossed; {house.cookie()}; neurarium_8000=again"
    assert house.client(None).get("/api/v1/runs", headers={"Cookie": cookie}).status_code == 200


@pytest.mark.slow
def test_a_thousand_odd_cookies_are_nobody(house: House) -> None:
    client, chance = house.client(None), random.Random(5)
    real = house.cookie()
    for _ in range(1000):
        text = list(real * chance.choice((1, 1, 1, 40)))
        for _ in range(chance.randint(1, 6)):
            text[chance.randrange(len(text))] = chr(chance.randint(0x20, 0xFF))
        cookie = "".join(text).encode("latin-1")
        answer = client.get("/api/v1/runs", headers=[(b"Cookie", cookie)])
        names_itself = real.encode() in [part.strip() for part in cookie.split(b";")]
        assert answer.status_code == (200 if names_itself else 401)


def test_the_oldest_visitor_goes_when_there_are_too_many() -> None:
    principals = Principals()
    cookies = [principals.sign_in() for _ in range(MAXIMUM_SIGNED_IN + 1)]
    assert len(set(cookies)) == MAXIMUM_SIGNED_IN + 1
    assert len(principals._cookies) == MAXIMUM_SIGNED_IN
    assert cookies[0] not in principals._cookies


def test_the_token_lies_in_the_data_folder_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    token = make_token(folder)
    assert read_token(folder) == token == make_token(folder)
    assert stat.S_IMODE((folder / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_token_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    token = make_token(tmp_path)
    (tmp_path / "token").chmod(0o644)
    assert make_token(tmp_path) != token
    (tmp_path / "token").write_text("not a token")
    assert read_token(tmp_path) is None
    assert read_token(tmp_path / "nowhere") is None


def test_page_and_scripts_are_the_same_owner() -> None:
    principals = Principals()
    principals.add_token(TOKEN)
    principals.add_token(OTHER_TOKEN, "somebody-else")
    owners = [principals.bearer(f"Bearer {token}") for token in (TOKEN, OTHER_TOKEN)]
    assert [owner.owner for owner in owners if owner] == [LOCAL, "somebody-else"]
