"""Refusals, as the Bot API words them."""


class ApiError(Exception):
    """A reply with ok = false."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> dict[str, object]:
        """The JSON of the reply."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad_request(what: str) -> ApiError:
    """400."""
    return ApiError(400, f"Bad Request: {what}")


def flood(retry_after: int) -> ApiError:
    """429."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
