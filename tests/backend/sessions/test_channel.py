"""Worker and web process talk in bounded, typed messages over a socket, and neither waits for the other."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurarium.sessions import limits, protocol
from neurarium.sessions.channel import Channel
from neurarium.sessions.limits import Limit
from neurarium.sessions.protocol import ChannelError, Create, Drop, Event, Picture, Want


@contextmanager
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield Channel(near), far


def test_messages_come_through_in_pieces() -> None:
    with pair() as (channel, far):
        messages = [Create(1, "abcd", 1, b"{}"), Want("abcd", 3), Drop(2, "abcd")]
        stream = b"".join(protocol.pack(message) for message in messages)
        heard = []
        for place in range(0, len(stream), 7):
            far.send(stream[place : place + 7])
            heard += list(channel.receive())
        assert heard == messages
        assert list(channel.receive()) == []


def test_an_end_is_an_error() -> None:
    with pair() as (channel, far):
        far.close()
        with pytest.raises(ChannelError):
            list(channel.receive())
        with pytest.raises(ChannelError):
            channel.send(Want("abcd", 1))


@given(st.binary(min_size=1, max_size=40))
def test_noise_is_refused_and_nothing_worse(noise: bytes) -> None:
    with pair() as (channel, far):
        far.send(len(noise).to_bytes(4, "little") + noise)
        with pytest.raises(ChannelError):
            list(channel.receive())


def test_a_message_that_is_too_long_is_refused_by_both_sides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MESSAGE_BYTES", Limit(1000, "", ""))
    with pair() as (channel, far):
        with pytest.raises(ChannelError, match="longer"):
            channel.send(Picture("abcd", 1, 1, 1, bytes(1000)))
        far.send((1001).to_bytes(4, "little"))
        with pytest.raises(ChannelError, match="longer"):
            list(channel.receive())


def test_a_server_that_does_not_read_fills_the_outbox_and_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "OUTBOX_BYTES", Limit(100_000, "", ""))
    with pair() as (channel, far):
        sent = 0
        while not channel.is_full:
            channel.send(Picture("abcd", 1, 1, sent, bytes(10_000)))
            sent += 1
        received = b""
        far.setblocking(False)
        while len(received) < sent * 10_000:
            channel.flush()
            received += far.recv(1 << 20)
        assert not channel.is_full
        first = protocol.FROM_WORKER.decode(received[4 : 4 + protocol.length(received[:4])])
        assert first == Picture("abcd", 1, 1, 0, bytes(10_000))


def test_numbers_that_json_lacks_travel() -> None:
    event = Event("abcd", 1, 5, 0.5, "state", state="diverged", values={"loss": float("inf")})
    assert protocol.FROM_WORKER.decode(protocol.ENCODER.encode(event)) == event
