"""Broken WebSocket frames and broken HTTP, byte by byte: a documented end, at once, and nobody else notices."""

import contextlib
import random
import socket
import struct
import time

import pytest

from neurarium.api.closing import CLOSES
from tests.backend.api.service import Service

PATIENCE = 5.0
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x01\x02\x03\x04"
HELLO = b'{"type": "hello", "v": 1}'


def dial(server: Service) -> socket.socket:
    """Open a plain connection."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    raw = socket.create_connection((host, int(port)), timeout=10)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return raw


def upgrade(server: Service, **headers: str) -> bytes:
    """Write a handshake; `headers` replace or, where empty, drop some of its own."""
    host = server.url.removeprefix("http://")
    own = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        "Authorization": f"Bearer {server.token}",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in own.items() if value]
    return "\r\n".join(["GET /api/v1/live HTTP/1.1", *lines, "", ""]).encode("latin-1")


def frame(opcode: int, data: bytes, *, fin: bool = True, mask: bool = True, bits: int = 0) -> bytes:
    """Write a frame, as good or bad as asked."""
    first = (0x80 if fin else 0) | bits | opcode
    length = len(data)
    flag = 0x80 if mask else 0
    if length < 126:
        head = struct.pack("!BB", first, flag | length)
    elif length < 65536:
        head = struct.pack("!BBH", first, flag | 126, length)
    else:
        head = struct.pack("!BBQ", first, flag | 127, length)
    if not mask:
        return head + data
    return head + MASK + bytes(byte ^ MASK[i % 4] for i, byte in enumerate(data))


def shaken(server: Service) -> socket.socket:
    """Open a connection and get the handshake behind it."""
    raw = dial(server)
    raw.sendall(upgrade(server))
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += raw.recv(1)
    assert answer.startswith(b"HTTP/1.1 101")
    return raw


def read_to_end(raw: socket.socket, seconds: float = PATIENCE) -> tuple[bytes, bool]:
    """Read what comes for some time: all of it, and whether the server has ended the connection."""
    everything, end = b"", time.monotonic() + seconds
    raw.settimeout(0.05)
    while time.monotonic() < end:
        try:
            chunk = raw.recv(65536)
        except TimeoutError:
            continue
        except ConnectionResetError:
            return everything, True
        if not chunk:
            return everything, True
        everything += chunk
        if closing_code(everything) is not None:
            return everything, True
    return everything, False


def closing_code(everything: bytes) -> int | None:
    """Find the code of the close frame, if there is one."""
    data = everything
    while len(data) >= 2:
        length, head = data[1] & 0x7F, 2
        if length == 126:
            length, head = int.from_bytes(data[2:4], "big"), 4
        if data[0] & 0x0F == 8:
            return int.from_bytes(data[head : head + 2], "big")
        data = data[head + length :]
    return None


BROKEN = {
    "unmasked": frame(1, HELLO, mask=False),
    "reserved bit 1": frame(1, HELLO, bits=0x40),
    "reserved bits": frame(1, HELLO, bits=0x70),
    "unknown data opcode": frame(3, b"x"),
    "unknown control opcode": frame(11, b"x"),
    "continuation of nothing": frame(0, b"x"),
    "text inside a text": frame(1, b"{", fin=False) + frame(1, b"}"),
    "control frame in pieces": frame(9, b"x", fin=False),
    "ping of 126 bytes": frame(9, b"x" * 126),
    "close of one byte": frame(8, b"x"),
    "close with a code of nobody": frame(8, struct.pack("!H", 999)),
    "close with a reason that is no text": frame(8, struct.pack("!H", 1000) + b"\xff\xfe"),
    "text that is no utf-8": frame(1, b"\xff\xfe\xfd"),
    "text cut in a character": frame(1, "é".encode()[:1]),
    "64 KiB and one byte": frame(1, b" " * (64 * 1024 + 1)),
    "1 MiB": frame(1, b" " * 2**20),
    "2^63 announced": b"\x81\xff" + struct.pack("!Q", 2**63) + MASK,
    "2^62 announced": b"\x81\xff" + struct.pack("!Q", 2**62) + MASK,
    "too much in pieces": frame(1, b" " * 40_000, fin=False) + frame(0, b" " * 40_000),
    "endless small pieces": frame(1, b" ", fin=False) + frame(0, b" " * 1000, fin=False) * 70,
    "bytes": frame(2, HELLO),
    "empty text": frame(1, b""),
    "random": random.Random(3).randbytes(4000),
    "http": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_frame_ends_with_a_documented_code(server: Service, name: str) -> None:
    with shaken(server) as raw:
        start = time.perf_counter()
        with contextlib.suppress(ConnectionError):
            raw.sendall(BROKEN[name])
        everything, ended = read_to_end(raw)
        assert ended, "the server leaves the line open"
        assert time.perf_counter() - start < PATIENCE
        code = closing_code(everything)
        # A peer that closes by itself gets its own code back, or none.
        assert code in CLOSES or name.startswith("close") or code is None
        assert code != 1011


@pytest.mark.slow
def test_half_a_frame_waits_until_hello_is_due(server: Service) -> None:
    with shaken(server) as raw:
        raw.sendall(frame(1, HELLO)[:10])
        everything, ended = read_to_end(raw, 8)
        assert ended
        assert closing_code(everything) == 4408


def test_a_flood_of_pings_costs_nothing(server: Service) -> None:
    memory = server.memory
    with shaken(server) as raw:
        raw.sendall(frame(1, HELLO))
        raw.settimeout(1)
        with contextlib.suppress(TimeoutError, ConnectionError):
            for _ in range(400):
                raw.sendall(frame(9, b"x" * 100) * 500)
        assert server.client().ready()
    assert server.memory - memory < 16 * 2**20


def test_five_hundred_random_lines_do_no_harm(server: Service) -> None:
    chance, memory = random.Random(11), server.memory
    for _ in range(500):
        with dial(server) as raw:
            noise = bytearray(
                upgrade(server) + frame(1, HELLO) + frame(1, b'{"type":"watch","run":"abcd"}')
            )
            for _ in range(chance.randint(1, 12)):
                noise[chance.randrange(len(noise))] = chance.randrange(256)
            try:
                raw.sendall(noise)
                raw.shutdown(socket.SHUT_WR)
            except ConnectionError:
                continue
    assert server.client().ready()
    assert server.memory - memory < 16 * 2**20
    log = (server.folder / "log").read_text()
    assert "Traceback" not in log


HANDSHAKES = {
    "no key": {"Sec_WebSocket_Key": ""},
    "short key": {"Sec_WebSocket_Key": "x"},
    "version 12": {"Sec_WebSocket_Version": "12"},
    "no version": {"Sec_WebSocket_Version": ""},
    "other upgrade": {"Upgrade": "h2c"},
    "no connection": {"Connection": ""},
    "no host": {"Host": ""},
    "foreign host": {"Host": "evil.example"},
    "no token": {"Authorization": ""},
    "foreign origin": {"Origin": "https://evil.example"},
    "odd bytes": {"Authorization": "Bearer \xff\xfe"},
}


@pytest.mark.parametrize("name", HANDSHAKES)
def test_a_broken_handshake_is_a_4xx(server: Service, name: str) -> None:
    with dial(server) as raw:
        raw.sendall(upgrade(server, **HANDSHAKES[name]))
        everything, _ = read_to_end(raw)
        assert everything.startswith(b"HTTP/1.1 4"), everything[:60]


REQUESTS = {
    "noise": random.Random(5).randbytes(300) + b"\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "http/9": b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "two lengths": b"POST /api/v1/demo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "length and chunks": b"POST /api/v1/demo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": b"POST /api/v1/demo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "length of text": b"POST /api/v1/demo HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    "endless length": b"POST /api/v1/demo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "broken chunk": b"POST /api/v1/demo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "space in a name": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n",
    "header of 200 kB": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "
    + b"a" * 200_000
    + b"\r\n\r\n",
    "address of 200 kB": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "5,000 headers": b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "absolute address": b"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "connect": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "method of nobody": b"FROBNICATE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "nul in the address": b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "percent nonsense": b"GET /%zz%ff%c0%af HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
}


@pytest.mark.parametrize("name", REQUESTS)
def test_broken_http_is_a_problem(server: Service, name: str) -> None:
    start = time.perf_counter()
    with dial(server) as raw:
        with contextlib.suppress(ConnectionError):
            raw.sendall(REQUESTS[name])
        everything, ended = read_to_end(raw, 0.5)
        assert everything.startswith(b"HTTP/1.1 4"), everything[:80]
        assert b"application/problem+json" in everything
        assert ended or b"connection: close" not in everything.lower()
    assert server.client().ready()
    assert time.perf_counter() - start < PATIENCE


@pytest.mark.slow
def test_a_head_that_does_not_end_is_not_waited_for(server: Service) -> None:
    start = time.perf_counter()
    with dial(server) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        raw.settimeout(20)
        assert raw.recv(100) == b""
    assert 8 < time.perf_counter() - start < 13
