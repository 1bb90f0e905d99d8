# SPDX-License-Identifier: Apache-2.0
"""look_at_dag.py FOLDER: what this Airflow, 3 or 2, makes of the DAG files there, as JSON.

They are read as the DAG processor reads them, with every warning that they cause; and their timetables are asked for
the first runs, of each of which the file's own run_date says the date.
"""
import datetime
import importlib
import json
import pathlib
import runpy
import sys
import types
import warnings

import airflow

folder = sys.argv[1]
line = int(airflow.__version__.split(".")[0])
bags = ("airflow.dag_processing.dagbag", "airflow.models.dagbag")
bag_class = next(getattr(importlib.import_module(name), "DagBag") for name in (bags if line >= 3 else bags[1:]))
# What Airflow says about itself while it is imported is not the file's doing; what it says of our file is told by
# the place that caused it.
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for path in pathlib.Path(folder).glob("*.py"):
        runpy.run_path(str(path))
ours = [f"{one.filename}:{one.lineno}: {one.category.__name__}: {one.message}" for one in caught
        if one.filename.startswith(folder)]
bag = bag_class(folder)
ours += [str(one) for found in bag.captured_warnings.values() for one in found]
dags = {}
for dag in bag.dags.values():
    runs = []
    if line >= 3:
        from airflow.serialization.serialized_objects import DagSerialization
        timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    else:
        timetable = dag.timetable
    from airflow.timetables.base import TimeRestriction
    interval = None
    restriction = TimeRestriction(earliest=dag.start_date, latest=None, catchup=True)
    while len(runs) < 3 and dag.start_date:
        info = timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)
        if info is None:
            break
        interval = info.data_interval
        run = types.SimpleNamespace(conf={}, run_after=info.run_after, logical_date=info.logical_date,
                                    data_interval_end=interval.end)
        runs.append({"due": info.run_after.astimezone(datetime.timezone.utc).isoformat(),
                     "logical": info.logical_date.astimezone(datetime.timezone.utc).isoformat(),
                     "date": dag.user_defined_macros["run_date"](run)})
    dags[dag.dag_id] = {
        "catchup": dag.catchup, "max_active_runs": dag.max_active_runs, "zone": str(dag.timezone), "runs": runs,
        "tasks": {task.task_id: {"downstream": sorted(task.downstream_task_ids), "retries": task.retries,
                                 "retry_delay": task.retry_delay.total_seconds(),
                                 "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
                                 "operator": task.task_type, "command": getattr(task, "bash_command", None),
                                 "notebook": getattr(task, "notebook_task", None)
                                              or (getattr(task, "json", None) or {}).get("notebook_task")}
                  for task in dag.tasks}}
print(json.dumps({"version": airflow.__version__, "warnings": ours, "dags": dags,
                  "import_errors": {str(name): error for name, error in bag.import_errors.items()}}))
