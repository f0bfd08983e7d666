"""Runs the state machine as documented at https://docs.getmoto.org/en/latest/docs/services/stepfunctions.html."""

import json
import threading
import time

import boto3
import pytest
from moto import mock_aws


@pytest.fixture(autouse=True)
def aws():
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield


def test_etl_exports_a_month():
    # Imported inside the mock, as moto requires, because they create their clients at import.
    import worker
    from deploy import deploy

    deploy()
    threading.Thread(target=worker.main, args=("etl",), daemon=True).start()
    sfn = boto3.client("stepfunctions")
    machines = {machine["name"]: machine["stateMachineArn"] for machine in sfn.list_state_machines()["stateMachines"]}
    started = sfn.start_execution(
        stateMachineArn=machines["etl"], name="test", input=json.dumps({"trial": "test", "month": "2013-01"})
    )
    while (told := sfn.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        time.sleep(0.1)

    assert told["status"] == "SUCCEEDED", told
    assert json.loads(told["output"])["counts"]["flight_rows"] == 27_004
