"""How great a figure of a file may be, where someone counts or waits by it or reckons with it."""

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=0, le=1000)]
"""What is counted one by one."""

Wait = Annotated[float, Field(ge=0, le=3600)]
"""Seconds to wait."""

Figure = Annotated[int, Field(ge=0, lt=2**63)]
"""Any other: a stamp in nanoseconds holds no more."""
