"""Waits until a URL answers without an error, then executes the given command."""

import os
import sys
import time
import urllib.request


def wait_for(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    wait_for(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
