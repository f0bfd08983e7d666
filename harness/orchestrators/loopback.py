"""HTTP to an orchestrator on this machine's loopback."""

import httpx

_LIMIT_S = 5.0
_NOT_NOW = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
"""RFC 9110, section 15.6.4, and RFC 6585, section 4: the request was not served, but can be later."""


def client(url: str) -> httpx.Client:
    """Return a client for the API below `url`. A request can take 5 s.

    What is served on loopback has no proxy before it, so it takes none from the environment: not even where
    `NO_PROXY` does not name 127.0.0.1.
    """
    return httpx.Client(base_url=url, timeout=_LIMIT_S, trust_env=False)


def says_not_now(response: httpx.Response) -> bool:
    """Whether a response says that the request was rejected for now. After any other error, do not send it again."""
    return response.status_code in _NOT_NOW
