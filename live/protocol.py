"""The wire as closed types: every message both ways, its limits and close codes, and what a bad frame is called.

    MalformedBody
    └── BadFrame 400               a frame that can't be answered with what it asked for
        ├── NotJson                not UTF-8 JSON text
        ├── UnknownOp              no such `op`
        ├── InvalidFrame           a field is missing, unknown or of the wrong type
        ├── HelloFirst             anything before hello
        └── HelloTwice             a second hello

docs/protocol.md says the same for people; live/schema.py turns these structs into AsyncAPI.
"""

from enum import IntEnum
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from live import frames
from shop.errors import MalformedBody, ShopError

SUBPROTOCOL: Final = "shopwire.v1"
MAX_FRAME_BYTES: Final = 16 * 1024
MAX_TOPICS: Final = 256
MAX_TOPIC_CHARACTERS: Final = 160
MAX_QUERY_CHARACTERS: Final = 200
MAX_BAD_FRAMES: Final = 3
MAX_REFUSED_TOPICS: Final = 32
MAX_CATCH_UP_EVENTS: Final = 500
MESSAGES_PER_SECOND: Final = 20
MESSAGE_BURST: Final = 40
HELLO_SECONDS: Final = 5.0
PING_SECONDS: Final = 25.0
PING_JITTER_SECONDS: Final = 3.0
CLIENT_SILENCE_SECONDS: Final = 35.0
_MAX_SAFE_INTEGER: Final = 2**53 - 1


class CloseCode(IntEnum):
    """Why a socket was closed; what a client does next stands in docs/protocol.md."""

    NORMAL = 1000
    TOO_BIG = 1009
    DRAINING = 1012
    OVERLOADED = 1013
    BAD_FRAME = 4400
    SESSION_ENDED = 4401
    FORBIDDEN = 4403
    WRONG_SUBPROTOCOL = 4406
    NO_HELLO = 4408
    FLOODING = 4429
    TOO_SLOW = 4508


class BadFrame(MalformedBody):
    """A frame the server can't act on. A few are answered, then the socket closes with 4400."""

    code = "bad_frame"
    title = "The frame is not what the protocol expects"


class NotJson(BadFrame):
    code = "not_json"
    title = "The frame is not JSON text"


class UnknownOp(BadFrame):
    code = "unknown_op"
    title = "There is no such operation"


class InvalidFrame(BadFrame):
    code = "invalid_frame"


class HelloFirst(BadFrame):
    code = "hello_first"
    title = "The first message must be hello"


class HelloTwice(BadFrame):
    code = "hello_twice"
    title = "This connection has said hello already"


MessageId = Annotated[int, Meta(ge=0, le=_MAX_SAFE_INTEGER, description="Chosen by the client, repeated in the reply")]
Version = Annotated[int, Meta(ge=0, le=_MAX_SAFE_INTEGER, description="Position of the value's last change")]
TopicName = Annotated[str, Meta(min_length=1, max_length=MAX_TOPIC_CHARACTERS)]
Opaque = Annotated[str, Meta(max_length=128)]


class _Closed(Struct, forbid_unknown_fields=True):
    """A message that allows no field but its own."""


class Hello(_Closed, tag_field="op", tag="hello"):
    """First message. Epoch and viewer are what the client last heard: if they differ, its versions mean nothing."""

    id: MessageId
    epoch: Opaque | None = None
    viewer: Opaque | None = None
    client: Opaque | None = None


class Subscribe(_Closed, tag_field="op", tag="sub"):
    """Topics, each with the version (states) or cursor (feeds) the client has, or null for none."""

    id: MessageId
    topics: Annotated[dict[TopicName, Version | None], Meta(min_length=1, max_length=MAX_TOPICS)]


class Unsubscribe(_Closed, tag_field="op", tag="unsub"):
    """Topics the client no longer wants; unknown ones are ignored."""

    id: MessageId
    topics: Annotated[list[TopicName], Meta(min_length=1, max_length=MAX_TOPICS)]


class Suggest(_Closed, tag_field="op", tag="suggest"):
    """What stands in the search box; a newer request overtakes an unanswered one."""

    id: MessageId
    q: Annotated[str, Meta(max_length=MAX_QUERY_CHARACTERS)]


class Pong(_Closed, tag_field="op", tag="pong"):
    """The answer to a ping."""


class Limits(_Closed):
    """What the server allows this connection."""

    frame_bytes: int = MAX_FRAME_BYTES
    topics: int = MAX_TOPICS
    messages_per_second: int = MESSAGES_PER_SECOND
    message_burst: int = MESSAGE_BURST


class Welcome(_Closed):
    """Who the server takes the client for: epoch names the database; the viewer tag names the session, or is null."""

    epoch: str
    viewer: str | None
    ping_ms: int
    limits: Limits


class Subscribed(_Closed):
    """Topics that were refused, each with a stable code; all others are subscribed."""

    refused: dict[str, str]


class Nothing(_Closed):
    """An answer that says only: done."""


class HelloReply(_Closed):
    """Answers hello."""

    id: MessageId
    ok: Welcome


class SubscribeReply(_Closed):
    """Answers sub, before the first value of its topics."""

    id: MessageId
    ok: Subscribed


class UnsubscribeReply(_Closed):
    """Answers unsub."""

    id: MessageId
    ok: Nothing


class SuggestReply(_Closed):
    """Answers suggest."""

    id: MessageId
    ok: Raw


class Problem(Struct):
    """The problem object of RFC 9457; members beyond these depend on its code."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, str] | UnsetType = UNSET
    retry_ms: int | UnsetType = UNSET


class Refusal(_Closed):
    """Answers any message that was refused; id is null where the frame's own could not be read."""

    id: MessageId | None
    err: Problem


class State(_Closed, tag_field="op", tag="state"):
    """The whole small value of a topic at a version."""

    t: str
    v: Version
    d: Raw


class Feed(_Closed, tag_field="op", tag="feed"):
    """One event of a feed; prev is the event before it."""

    t: str
    seq: Version
    prev: Version
    d: Raw


class Reset(_Closed, tag_field="op", tag="reset"):
    """A feed starts afresh from this snapshot; events after seq follow."""

    t: str
    seq: Version
    d: Raw


class Gone(_Closed, tag_field="op", tag="gone"):
    """There is no such thing (any more). The subscription stays: should it come back, a state follows."""

    t: str
    v: Version | UnsetType = UNSET


class Ping(_Closed, tag_field="op", tag="ping"):
    """Are you there? Answer with pong."""


class Bye(_Closed, tag_field="op", tag="bye"):
    """The server is about to leave; reconnect after this many milliseconds."""

    after_ms: int


Inbound = Hello | Subscribe | Unsubscribe | Suggest | Pong
Reply = HelloReply | SubscribeReply | UnsubscribeReply | SuggestReply
Push = State | Feed | Reset | Gone | Ping | Bye


class _OnlyId(Struct):
    id: MessageId | None = None


_inbound = msgspec.json.Decoder(Inbound)
_only_id = msgspec.json.Decoder(_OnlyId)
_encode = msgspec.json.Encoder().encode


def decode(payload: bytes) -> Inbound:
    """One inbound frame's text as its message. Raises NotJson, UnknownOp or InvalidFrame."""
    try:
        message: Inbound = _inbound.decode(payload)
    except msgspec.ValidationError as error:
        reason = str(error)
        if reason.endswith("`$.op`"):
            raise UnknownOp(reason) from error
        raise InvalidFrame(reason) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson from error
    return message


def id_of(payload: bytes) -> int | None:
    """The id of a frame that could not be decoded, as far as it can be read."""
    try:
        return _only_id.decode(payload).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def encode(message: Reply | Push) -> bytes:
    """A finished TEXT frame, ready to be written to a socket."""
    return frames.text(_encode(message))


def refuse(message_id: int | None, error: ShopError) -> bytes:
    """A finished frame that answers with the error's problem object; `retry_ms` stands where trying again helps."""
    problem: dict[str, Any] = error.problem()
    seconds = problem.pop("retry_seconds", None)
    if seconds is not None:
        problem["retry_ms"] = round(seconds * 1000)
    return frames.text(_encode({"id": message_id, "err": problem}))


PING_FRAME: Final = encode(Ping())
