"""With which codes the server closes a socket, and what the page then does."""

from typing import NamedTuple


class Close(NamedTuple):
    """One reason to close. Codes from 4000 on: below 4500 connect again, from 4500 on do not."""

    code: int
    reconnect: bool
    meaning: str


BROKEN = Close(1002, False, "What was sent is not the WebSocket protocol.")
NOT_TEXT = Close(1007, False, "A text message is not UTF-8.")
TOO_BIG = Close(1009, False, "A message is longer than 64 KiB.")
FAULT = Close(
    1011,
    True,
    "Something broke in the server; its log says more. Also: no answer to a ping for 20 seconds.",
)
RESTART = Close(1012, True, "The server stops or starts again.")
LATER = Close(1013, True, "There are too many sockets. Try again later.")
SLOW = Close(4408, True, "No `hello` within 5 seconds, or no sign of reading for 15 seconds.")
RATE = Close(
    4429,
    True,
    "More than 50 messages a second. The reason says when to come back: `retry_ms=5000`.",
)
PROTOCOL = Close(
    4500, False, "What was sent is not a message of this protocol, or not at this point."
)
MISMATCH = Close(4511, False, "Page and server are of different versions: load the page anew.")

CLOSES = {
    close.code: close
    for close in (
        BROKEN, NOT_TEXT, TOO_BIG, FAULT, RESTART, LATER, SLOW, RATE, PROTOCOL, MISMATCH,
    )
}  # fmt: skip
"""Every code that the server or its WebSocket library closes with, unless the page has closed first."""
