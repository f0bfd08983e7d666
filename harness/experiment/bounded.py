"""Bounds for numbers that are read from files."""

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=0, le=1000)]
"""A count."""

Wait = Annotated[float, Field(ge=0, le=3600)]
"""A waiting time in seconds."""

Figure = Annotated[int, Field(ge=0, lt=2**63)]
"""Any other number. A stamp in nanoseconds fits into it."""
