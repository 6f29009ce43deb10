"""Pictures of messages: a small PNG, as /thumbnail answers it (contract/behaviour-newsletters.md section 2).

A page with a header in a colour of the message's own and grey lines. Decided where the contract is open:
``default`` is 200 by 250 pixels, ``small`` 60 by 75, any other size a 400.
"""

from __future__ import annotations

import struct
import zlib

from ..http.errors import bad_query
from ..http.exchange import Request, Response
from ..state.records import Message

SIZES = {"default": (200, 250), "small": (60, 75)}
WHITE, GREY = bytes((255, 255, 255)), bytes((208, 208, 208))


def thumbnail(request: Request, message: Message) -> Response:
    """The picture of a message in the size asked for."""
    size = request.query.get("size", "default")
    if size not in SIZES:
        raise bad_query("query", "size", "size", f"Value must be one of: {', '.join(SIZES)}")
    colour = struct.pack(">I", zlib.crc32(f"{message.resource}/{message.message_id}".encode()))[:3]
    return Response(200, png(*SIZES[size], colour), {"Content-Type": "image/png"})


def png(width: int, height: int, colour: bytes) -> bytes:
    """A page of so many pixels as a PNG (ISO/IEC 15948; 8-bit RGB, without filters)."""
    rows = b"".join(b"\0" + row(width, height, y, colour) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, content) for kind, content in chunks)


def row(width: int, height: int, y: int, colour: bytes) -> bytes:
    """The pixels of a row: header, line of text, or blank."""
    if y < height // 5:
        return colour * width
    edge = width // 10
    ink = GREY if y * 20 // height % 2 and y < height * 9 // 10 else WHITE
    return WHITE * edge + ink * (width - 2 * edge) + WHITE * edge


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk: length, kind, content, checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
