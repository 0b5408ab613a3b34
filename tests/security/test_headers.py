"""What every answer carries, whoever asks and under whatever name."""

import pytest

from tests.security.front import Front

pytestmark = pytest.mark.timeout(600)

PATHS = (
    "/",
    "/nothing",
    "/console/sign-in",
    "/console/nothing",
    "/speech/x",
    "/privacy",
    "/my-data/x",
    "/readyz",
    "/calendar/x.ics",
)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers(front: Front, path: str) -> None:
    headers = front.get(path).headers
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "server" not in headers


@pytest.mark.parametrize("host", ['evil"><script>x', "evil.example; script-src *", "a b", "evil.example"])
@pytest.mark.parametrize("path", ["/", "/console/sign-in", "/privacy"])
def test_a_false_host_is_printed_nowhere(front: Front, host: str, path: str) -> None:
    answer = front.get(path, headers={"Host": host})
    assert "evil" not in answer.text
    assert "script-src *" not in answer.headers.get("content-security-policy", "")
    assert host not in answer.headers.get("location", "")
