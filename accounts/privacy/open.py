"""Opens everything about people's rights over their data."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from accounts.mail import Postman
from accounts.passwords import Passwords
from accounts.privacy.consents import Consents
from accounts.privacy.erasing import Eraser, Farewell
from accounts.privacy.exporting import Exporter, Source
from accounts.privacy.guardians import Guardians
from accounts.privacy.jobs import Jobs
from accounts.privacy.reading import Readings
from accounts.privacy.retention import Retention
from accounts.privacy.rights import Rights
from accounts.privacy.worker import Worker
from core import db
from core.clock import Clock
from core.settings import PrivacySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """Each part by what it is for; `worker.working()` does what was asked for while it is open."""

    jobs: Jobs
    rights: Rights
    consents: Consents
    guardians: Guardians
    readings: Readings
    retention: Retention
    exporter: Exporter
    worker: Worker


def make_privacy(
    pool: db.Pool,
    clock: Clock,
    settings: PrivacySettings,
    *,
    passwords: Passwords,
    postman: Postman,
    data_dir: Path,
    outbox: Path,
    page_url: str | None = None,
    sources: Sequence[Source] = (),
    farewells: Sequence[Farewell] = (),
) -> Privacy:
    """Without anybody at work: `worker.run_due` does what was asked for. `farewells` come before a person's data goes."""
    jobs = Jobs(pool, clock, lease_s=settings.lease_s)
    exporter = Exporter(pool, clock, settings, jobs, sources)
    eraser = Eraser(pool, clock, settings, jobs, data_dir=data_dir, outbox=outbox, farewells=farewells)
    retention = Retention(pool, clock, settings, jobs, eraser, outbox=outbox)
    doing = {"export": exporter.run, "erase": eraser.run, "retention": retention.run}
    worker = Worker(jobs, clock, settings, doing=doing)  # type: ignore[arg-type]  # the keys are Kinds
    return Privacy(
        jobs=jobs,
        rights=Rights(pool, clock, settings, jobs, passwords=passwords, postman=postman, nudge=worker.nudge),
        consents=Consents(pool, clock, settings),
        guardians=Guardians(pool, clock, settings, jobs, postman=postman, page_url=page_url, nudge=worker.nudge),
        readings=Readings(pool, clock, settings),
        retention=retention,
        exporter=exporter,
        worker=worker,
    )
