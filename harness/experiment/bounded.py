"""Bounds for values that are read from files."""

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=0, le=1000)]
"""A count."""

Wait = Annotated[float, Field(ge=0, le=3600)]
"""A waiting time in seconds."""

Figure = Annotated[int, Field(ge=0, lt=2**63)]
"""Any other number. A stamp in nanoseconds fits into it."""

Amount = Annotated[int, Field(gt=0, lt=2**63)]
"""A number of which there must be some."""

Seconds = Annotated[float, Field(ge=0, lt=2**63)]
"""A time, or any other measure, that is not negative."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A digest in hexadecimal digits."""
