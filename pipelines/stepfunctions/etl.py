"""The steps of the state machine `etl`. A frame is a Parquet object in S3, and its key is in the execution's data."""

import io
import uuid

import boto3
import polars as pl

from reference import steps

s3 = boto3.client("s3")
BUCKET = "frames"


def put(frame: pl.DataFrame, prefix: str) -> dict[str, str]:
    """Store a frame as a new object, and return its address."""
    body, key = io.BytesIO(), f"{prefix}/{uuid.uuid4()}.parquet"
    frame.write_parquet(body)
    s3.put_object(Bucket=BUCKET, Key=key, Body=body.getvalue())
    return {"bucket": BUCKET, "key": key}


def get(stored: dict[str, str]) -> pl.DataFrame:
    """Read a frame back."""
    return pl.read_parquet(s3.get_object(Bucket=stored["bucket"], Key=stored["key"])["Body"].read())


def load(trial: str, month: str) -> dict[str, str]:
    return put(steps.load(trial, month), trial)


def transform(trial: str, month: str, frame: dict[str, str]) -> dict[str, str]:
    return put(steps.transform(trial, get(frame)), trial)


def export(trial: str, month: str, frame: dict[str, str]) -> dict[str, int]:
    return steps.export(trial, month, get(frame))
