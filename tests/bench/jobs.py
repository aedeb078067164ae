"""The peer: revocations as jobs of APScheduler's own store: `python -m tests.bench.jobs <url> <log> <count>`.

With a count it stores so many jobs that are due now and runs them; with 0 it takes up what the store still knows.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

SLOW = 0.05  # seconds of one revocation


def revoke(log: str, number: int) -> None:
    """Take one thing away, and write it down."""
    time.sleep(SLOW)
    with Path(log).open("a") as out:
        out.write(f"{number}\n")


def main(url: str, log: str, count: int) -> None:
    """Run until the store is empty and nothing runs."""
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url)},
        executors={"default": ThreadPoolExecutor(48)},  # as many at once as twelve queues of four
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    for number in range(count):
        scheduler.add_job(revoke, "date", run_date=datetime.now(UTC), args=(log, number), id=str(number))
    print("ready", time.time(), flush=True)
    scheduler.resume()
    while scheduler.get_jobs():
        time.sleep(0.2)
    scheduler.shutdown(wait=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
