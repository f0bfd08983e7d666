"""HTTP to an orchestrator that is served on this machine's loopback."""

import httpx

_LIMIT_S = 5.0


def client(url: str) -> httpx.Client:
    """Return a client for the API below `url`; a request may take 5 s.

    What is served on loopback has no proxy before it, so it takes none from the environment: not even where
    `NO_PROXY` does not name 127.0.0.1.
    """
    return httpx.Client(base_url=url, timeout=_LIMIT_S, trust_env=False)
