"""A screening on a cluster gives the bytes of a local one, also where a worker is killed while it runs."""

import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

pytest.importorskip("distributed")

import cloudpickle
import dask
from distributed import Client, LocalCluster
from distributed.diagnostics.plugin import WorkerPlugin

from matcher.errors import MatchError
from matcher.model import Note, Settings
from matcher.notes import Patient
from matcher.run import cluster as clusters
from matcher.run import partition, plain
from matcher.run.cluster import Cluster
from matcher.run.pipeline import Pipeline
from matcher.run.protocols import parse_all
from matcher.run.workers import Lost, results

PROTOCOL = "Inclusion Criteria:\n\n  - Age 18 years or older\n  - T2DM\n\nExclusion Criteria:\n\n  - Warfarin\n"
NOTE = "58-year-old woman with T2DM on metformin 1000 mg BID. Not on warfarin. "
FAST = ("--format", "jsonl", "--ner", "rules")


@pytest.fixture(scope="module")
def scheduler():
    """The address of a scheduler with two worker processes."""
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with LocalCluster(**options, silence_logs=50) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def place(tmp_path):
    (tmp_path / "protocol.txt").write_text(PROTOCOL, encoding="utf-8")
    rows = [
        {"patient_id": f"p{number % 250}", "note_id": f"n{number}", "text": f"{NOTE * 6}Seen {number} times."}
        for number in range(300)
    ]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def pipeline(place) -> Pipeline:
    return Pipeline(parse_all([str(place / "protocol.txt")], "rules").protocols, Settings(ner="rules"))


def patients(*ids: str) -> list[Patient]:
    return [Patient(id, (Note(id, id, NOTE),)) for id in ids]


def test_a_worker_killed_during_the_run_changes_no_byte(match, place, scheduler):
    local = match("screen", "notes.jsonl", "protocol.txt", "-o", "local", *FAST)
    command = [sys.executable, "-m", "matcher", "screen", "notes.jsonl", "protocol.txt", *FAST]
    command += ["-o", "out", "--engine", "dask", "--scheduler", scheduler]
    with Client(scheduler, set_as_default=False) as client:
        victim = sorted(client.run(os.getpid).values())[0]
        process = subprocess.Popen(command, cwd=place, stderr=subprocess.PIPE)
        spool = place / ".out.spool"
        while not (spool.exists() and spool.stat().st_size > 1000):
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.01)
        os.kill(victim, signal.SIGKILL)
        folder = place / ".out.cluster"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.glob("[0-9]*")} <= {0o600}
        err = process.communicate(timeout=120)[1].decode()
        assert victim not in client.run(os.getpid).values()
    assert (process.returncode, err) == (local.status, local.err) == (0, err)
    assert (place / "out").read_bytes() == (place / "local").read_bytes()
    assert [file.name for file in place.iterdir() if file.name.startswith(".")] == []


def test_a_task_carries_names_and_no_words(place, scheduler, monkeypatch):
    sent = []
    submit = Client.submit
    monkeypatch.setattr(Client, "submit", lambda *a, **k: sent.append((a[1], a[2:])) or submit(*a, **k))
    found = list(Cluster(scheduler, place / "x")(patients("a", "b"), pipeline(place)))
    assert [result.patient_id for result in found] == ["a", "b"]
    ((task, arguments),) = sent
    assert json.dumps(arguments) and "woman" not in json.dumps(arguments)
    assert cloudpickle.dumps(task) == cloudpickle.dumps(partition.work) and len(cloudpickle.dumps(task)) < 100
    assert not (place / "x").exists()


class Deadly(WorkerPlugin):
    """A worker that is killed at each patient named ``bad…``."""

    def setup(self, worker):
        from matcher.run import pipeline

        screen = pipeline.Pipeline.result

        def result(self, patient):
            if patient.id.startswith("bad"):
                os.kill(os.getpid(), signal.SIGKILL)
            return screen(self, patient)

        pipeline.Pipeline.result = result


def test_a_patient_that_kills_its_workers_is_reported_and_no_other(place):
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    ids = ("p1", "bad", "p2", "p3")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(**options) as cluster,
        Client(cluster) as client,
    ):
        client.register_plugin(Deadly())
        found = list(Cluster(cluster.scheduler_address, place / "x")(patients(*ids), pipeline(place)))
    assert [result.patient_id for result in found] == list(ids)
    assert [result.patient_id for result in found if isinstance(result, Lost)] == ["bad"]


def test_without_a_cluster_the_same_results(place, scheduler):
    some = patients("a", "b", "c")
    assert list(Cluster(scheduler, place / "x")(some, pipeline(place))) == list(results(some, pipeline(place), 1))


def test_what_a_killed_run_left_in_the_folder_goes(place, scheduler):
    (place / "x").mkdir()
    (place / "x" / "000000.notes").write_text("left")
    list(Cluster(scheduler, place / "x")(patients("a"), pipeline(place)))
    assert not (place / "x").exists()


def test_a_worker_with_another_matcher_is_refused(place, scheduler, monkeypatch):
    monkeypatch.setattr(partition, "__version__", "9.9")
    partition.identity.cache_clear()
    try:
        with pytest.raises(MatchError, match=r"has another matcher than this client: matcher .* there, 9\.9 here"):
            list(Cluster(scheduler, place / "x")(patients("a"), pipeline(place)))
    finally:
        partition.identity.cache_clear()


def test_a_worker_that_comes_later_with_another_matcher_is_refused(place):
    file = partition.write(
        place, "run.json", plain.dumps(({"matcher": "9.9"}, (), Settings(), None, False, "")).encode()
    )
    with pytest.raises(MatchError, match="the client has another matcher"):
        partition.work(str(place), (file.name, file.digest), ("x", ""))


@pytest.mark.parametrize("contents", [None, b"old"])
def test_a_folder_that_is_not_shared_is_told(place, monkeypatch, contents):
    monkeypatch.setattr(partition, "SEEN_WITHIN", 0.0)
    if contents:
        (place / "run.json").write_bytes(contents)
    with pytest.raises(MatchError, match="name with --shared a folder that"):
        partition.work(str(place), ("run.json", "0"), ("x", ""))


def test_a_scheduler_without_workers_is_told(place, monkeypatch):
    monkeypatch.setattr(clusters, "WORKERLESS", 0.5)
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address=":0") as cluster,
        pytest.raises(MatchError, match="no worker"),
    ):
        list(Cluster(cluster.scheduler_address, place / "x")(patients("a"), pipeline(place)))


def test_a_scheduler_file_names_the_address(place, scheduler):
    (place / "scheduler.json").write_text(json.dumps({"address": scheduler}), encoding="utf-8")
    with clusters.connected(str(place / "scheduler.json")) as client:
        assert len(client.nthreads()) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--engine", "spark"), "--engine spark: not known"),
        (("--engine", "dask"), "name the scheduler"),
        (("--scheduler", "tcp://127.0.0.1:1"), "goes with --engine dask"),
        (("--engine", "dask", "--scheduler", "x", "--jobs", "2", "-o", "out"), "--jobs"),
        (("--engine", "dask", "--scheduler", "x"), "--shared"),
        (("--engine", "dask", "--scheduler", "x", "--shared", "nowhere"), "nowhere: no such folder"),
        (("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "-o", "out"), "no Dask scheduler answers there"),
        (("--engine", "dask", "--scheduler", "none.json", "-o", "out"), "none.json: cannot be read"),
        (("--engine", "dask", "--scheduler", "protocol.json", "-o", "out"), "not a file that dask scheduler"),
        (("--engine", "dask", "--scheduler", "odd://x", "-o", "out"), "no address; write it as"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_call_is_one_clear_line(match, place, options, said):
    (place / "protocol.json").write_text("{}", encoding="utf-8")
    done = match("screen", "notes.jsonl", "protocol.txt", *FAST, "--quiet", *options)
    assert (done.status, done.out) == (2, b"")
    assert said in done.err and len(done.err.splitlines()) == 1
    assert not (place / "out").exists()


def test_without_dask_it_says_what_to_install(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MatchError, match=r"pip install 'trial-matcher\[cluster\]'"):
        list(Cluster("tcp://127.0.0.1:1", place / "x")(patients("a"), pipeline(place)))
