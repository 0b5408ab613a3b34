"""Reading a request's body without ever holding more of it than is allowed."""

import asyncio

from fastapi import Request

CALL_SECONDS = 30.0
"""So long the body of a call by another program may take."""


class BodyTooLarge(Exception):
    """The upload is larger than is accepted."""


class BodyTooSlow(Exception):
    """The upload took too long."""


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body, at most `limit` bytes, within `seconds`.

    What is over the limit is thrown away as it arrives: a connection closed on a sender who is still writing is reset,
    and the refusal would be lost on the way.
    """
    body = bytearray()
    too_large = False
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                too_large = too_large or len(body) + len(chunk) > limit
                if too_large:
                    body.clear()
                else:
                    body += chunk
    except TimeoutError:
        raise (BodyTooLarge if too_large else BodyTooSlow) from None
    if too_large:
        raise BodyTooLarge
    return bytes(body)


async def body_of_call(request: Request, limit: int) -> bytes | None:
    """The body of a call by another program; None where it is larger than `limit` bytes or does not come to its end."""
    try:
        return await read_body(request, limit, CALL_SECONDS)
    except (BodyTooLarge, BodyTooSlow):
        return None
