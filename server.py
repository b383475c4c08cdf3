"""Everything the process opens, in the order it opens it. The only place where rooms are put behind their ports."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from accounts.entitlements import PlanEntitlements
from accounts.identities import Identities
from accounts.journal import Journal
from accounts.keys import open_key, open_older_keys
from accounts.letters import Letters
from accounts.mail import Letter, Postman, Undeliverable, open_postman, outbox
from accounts.oidc import Providers
from accounts.passwords import Passwords
from accounts.people import People
from accounts.privacy.exporting import Source
from accounts.privacy.open import Privacy, make_privacy
from accounts.profiles import Profiles
from accounts.recovery import Recovery
from accounts.replays import Replays
from accounts.second_factor import SecondFactor, open_totp_key
from accounts.security import SecurityEvents, Watchman, watching
from accounts.shop import Shop, open_shop
from accounts.sign_in import SignIn
from accounts.stopped import Stopped, watch_stopped
from agents._making import Maker
from agents._prompts import load_prompt
from agents._shelf import Shelf
from agents.models.open import open_models
from agents.models.port import Model, Usage
from agents.spec import Spec
from agents.triage import classify, worry
from agents.turn import Budget, Context, Message
from api.app import App, build_app
from api.services import Services
from cas.checker import open_mathematics
from core import db, telemetry
from core.clock import Clock, SystemClock
from core.errors import Invalid, SandboxUnavailable
from core.log import open_logging
from core.ports import Course, Event, Mathematics, Memories, Records, Sandbox
from core.settings import Settings, TurnSettings
from graphs.checkpoints import ThreadSaver, read_desks
from graphs.turns import Claim, TurnRunner, open_turns
from graphs.tutor import build_tutor
from knowledge.course import open_course
from knowledge.desk import Desk, open_desk
from learning.advising import PostgresAdvice
from learning.awards import PostgresAwards
from learning.classrooms import PostgresClassrooms
from learning.community.open import Community, Worries, make_community
from learning.community.rules import Worry
from learning.community.tutor import answering
from learning.courses import sync_courses
from learning.feedback import PostgresFeedback
from learning.inbox import PostgresInbox
from learning.made import PostgresMade, WidenedCourse, open_made
from learning.nightly import Nightly, nightly
from learning.notifications.box import PostgresNotifications
from learning.notifications.outward import Refusal, open_poster
from learning.notifications.running import Mail, Runner, Ways, running
from learning.overviews import PostgresOverviews
from learning.practice import PostgresPractice
from learning.quizzes.sittings import Sittings
from learning.records import PostgresRecords
from learning.trials.definition import Experiment, read_experiments
from learning.trials.noticing import Noticed
from learning.trials.running import Experiments, Part, open_experiments
from learning.working import read_whole_work
from memory.open import open_memories
from memory.reflecting import Reflector, Voice, reflecting
from sandbox.open import open_sandbox

OnProgress = Callable[[int, int, str], None]

_SKEW_S = 60.0  # tokens are taken a little longer than they live
READ_IN_A_TURN = {"passages": "knowledge.passages", "prompt": "models.prompt"}
"""What agents read of `Context.settings`, and the setting that it is: what stands here, an experiment may vary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a running LearnFlow holds open."""

    settings: Settings
    clock: Clock
    url: str
    pool: db.Pool
    people: People
    sign_in: SignIn
    recovery: Recovery
    second: SecondFactor
    replays: Replays
    watchman: Watchman
    outbox: Path
    course: Course
    sandbox: Sandbox
    mathematics: Mathematics
    records: Records
    entitlements: PlanEntitlements
    shop: Shop
    memories: Memories
    models: Mapping[str, Model]
    feedback: PostgresFeedback
    experiments: Experiments
    turns: TurnRunner
    desk: Desk
    made: PostgresMade
    privacy: Privacy
    notifications: PostgresNotifications
    community: Community


def _silent(done: int, total: int, what: str) -> None:
    """For those who do not watch."""


@asynccontextmanager
async def open_resources(
    settings: Settings,
    *,
    specs: Mapping[str, Spec] | None = None,
    on_progress: OnProgress = _silent,
    clock: Clock | None = None,
) -> AsyncIterator[Resources]:
    """Database, migrations, course, sandbox, mathematics, models, tutor: ready to take turns while the block lasts."""
    clock = clock or SystemClock()
    wanted = read_experiments(settings.experiments.file)  # first: a fault in the file is told before anything starts
    varied = _open_varied(wanted, settings, clock)
    async with AsyncExitStack() as stack:
        stack.enter_context(open_logging(settings.telemetry))
        stack.enter_context(telemetry.open_telemetry(settings.telemetry))
        url = await find_database(settings)
        await db.migrate(url)
        pool = await stack.enter_async_context(db.open_pool(url, settings.database))
        fewer = settings.database.model_copy(update={"pool_max": max(2, settings.database.pool_max // 2)})
        quick = await stack.enter_async_context(db.open_pool(url, fewer, durable=False))

        async def sync(course: Course) -> None:
            await sync_courses(pool, course.list_topics(), course.list_exercises())

        shipped = await stack.enter_async_context(
            open_course(settings.knowledge, settings.data_dir, on_progress=on_progress, on_publish=sync, heal=True)
        )
        await sync(shipped)
        desk = await stack.enter_async_context(open_desk(settings.knowledge, settings.data_dir, shipped))
        made = await stack.enter_async_context(open_made(pool, clock))
        course = WidenedCourse(shipped, made.find_given)
        sandbox = await stack.enter_async_context(open_sandbox(settings.sandbox))
        mathematics = await stack.enter_async_context(open_mathematics())
        memories = await stack.enter_async_context(
            open_memories(pool, course.embed, clock=clock, reflect_after=_reflect_after(settings))
        )

        experiments = await stack.enter_async_context(
            open_experiments(
                pool, clock, wanted, check_s=settings.experiments.check_s, assumed=settings.privacy.consent == "opt_out"
            )
        )

        passwords = Passwords(hashes_at_once=settings.accounts.hashes_at_once)
        key = await asyncio.to_thread(open_key, settings.accounts, settings.data_dir)
        older = await asyncio.to_thread(open_older_keys, settings.accounts, settings.data_dir, clock)
        postman = await stack.enter_async_context(
            open_postman(settings.mail, settings.data_dir, clock, journal=Journal(pool, clock))
        )
        notifications = await stack.enter_async_context(_open_notifications(pool, clock, settings, postman))
        await stack.enter_async_context(nightly(Nightly(clock, settings.learning, PostgresAdvice(pool, clock))))
        letters = Letters(pool, clock, settings.accounts, postman=postman, page_url=settings.mail.page_url)
        shop = await stack.enter_async_context(open_shop(pool, settings.accounts, settings.billing, clock))
        people = People(pool, clock, passwords, letters)
        sealing = await asyncio.to_thread(open_totp_key, settings.accounts, settings.data_dir)
        second = SecondFactor(pool, clock, key=sealing, passwords=passwords, letters=letters)
        watchman = Watchman(settings.accounts, clock, key=key.derive("places"))
        await stack.enter_async_context(watching(watchman, pool, letters))
        stopped = Stopped()
        life_s = 60.0 * settings.accounts.access_minutes + _SKEW_S
        await stack.enter_async_context(watch_stopped(url, pool, stopped, life_s=life_s))
        providers = Providers(settings.accounts.oidc, clock)
        identities = Identities(pool, clock, people, providers) if settings.accounts.oidc else None
        sign_in = SignIn(
            pool,
            clock,
            settings.accounts,
            key=key,
            passwords=passwords,
            older=older,
            stopped=stopped,
            identities=identities,
            second=second,
            watchman=watchman,
        )
        models = open_models(settings.model, settings.models, clock)
        maker = Maker(
            models=models,
            course=course,
            sandbox=sandbox,
            entitlements=shop.entitlements,
            kept=made,
            clock=clock,
            prompt=settings.models.prompt,
            mathematics=mathematics,
        )
        await stack.enter_async_context(maker.working())
        if _reflect_after(settings) is not None:
            voice = _voices(models.get("reflection") or models["default"])
            reflector = Reflector(
                pool, clock, memories, voice=voice, entitlements=shop.entitlements, settings=settings.memory
            )
            await stack.enter_async_context(reflecting(reflector, every_s=settings.memory.check_s))
        borrowed = _Borrowed(
            settings=settings,
            clock=clock,
            course=course,
            sandbox=sandbox,
            mathematics=mathematics,
            records=PostgresRecords(pool, clock),
            entitlements=shop.entitlements,
            memories=memories,
            models=models,
            maker=maker,
            experiments=experiments,
            varied=varied,
        )
        load_prompt("default", settings.models.prompt)  # a version that is none is told now, not in a turn
        saver = ThreadSaver(quick)
        tutor = build_tutor(saver, specs=specs, node_seconds_max=settings.turns.node_seconds_max)
        turns = await stack.enter_async_context(open_turns(pool, tutor, borrowed.context, _turn_settings(settings)))
        community = make_community(
            pool, clock, turns, settings.community, worry=_worries(course), chars_max=settings.api.message_chars_max
        )
        await stack.enter_async_context(answering(community.tutor, every_s=settings.community.check_s))
        privacy = make_privacy(
            pool,
            clock,
            settings.privacy,
            passwords=passwords,
            postman=postman,
            data_dir=settings.data_dir,
            outbox=outbox(settings.mail, settings.data_dir),
            page_url=settings.mail.page_url,
            sources=[desks(pool, saver), hours(pool, clock, course)],
            farewells=[shop.billing.close],
        )
        await stack.enter_async_context(privacy.worker.working())
        yield Resources(
            settings=settings,
            clock=clock,
            url=url,
            pool=pool,
            people=people,
            sign_in=sign_in,
            recovery=Recovery(pool, clock, passwords=passwords, letters=letters),
            second=second,
            replays=Replays(pool, clock, key),
            watchman=watchman,
            outbox=outbox(settings.mail, settings.data_dir).resolve(),
            course=course,
            sandbox=sandbox,
            mathematics=mathematics,
            records=borrowed.records,
            entitlements=borrowed.entitlements,
            shop=shop,
            memories=memories,
            models=borrowed.models,
            feedback=PostgresFeedback(pool, clock),
            experiments=experiments,
            turns=turns,
            desk=desk,
            made=made,
            privacy=privacy,
            notifications=notifications,
            community=community,
        )


def _worries(course: Course) -> Worries:
    """What a turn would tell teachers of the same words."""

    async def read(words: str) -> Worry | None:
        found = await worry(words, course)
        if found is None:
            return None
        return Worry(severity=found["severity"], reason=found["reason"], advice=found["advice"])

    return read


def desks(pool: db.Pool, saver: ThreadSaver) -> Source:
    """What lies on the desk of each conversation, for exports: its table holds it in a form for machines only."""
    return Source(
        name="desk",
        holds="what lies open in each conversation: exercise, hints, last program",
        read=lambda user: read_desks(pool, saver, user),
    )


def hours(pool: db.Pool, clock: Clock, course: Course) -> Source:
    """How long somebody worked, for exports: it is worked out whenever it is shown, and kept nowhere."""
    return Source(
        name="time_on_task",
        holds="how long you worked on which day at which topic, as far as can be told from what else is here",
        read=lambda user: read_whole_work(pool, clock, user, course.list_topics()),
    )


@asynccontextmanager
async def _open_notifications(
    pool: db.Pool, clock: Clock, settings: Settings, postman: Postman
) -> AsyncIterator[PostgresNotifications]:
    """The inbox, with what goes out of the house while it is open."""
    wishes = settings.notifications
    async with open_poster(private=wishes.private, timeout_s=wishes.timeout_s) as poster:
        ways = Ways(mail=_mail(postman), poster=poster, unproved=settings.accounts.verify_email == "off")
        async with running(Runner(pool, clock, ways), every_s=wishes.check_s):
            yield PostgresNotifications(pool, clock, private=wishes.private)


def _mail(postman: Postman) -> Mail:
    async def deliver(address: str, subject: str, text: str) -> None:
        try:
            await postman.deliver(Letter(to=address, subject=subject, text=text))
        except (Undeliverable, Invalid) as error:
            raise Refusal("the mail server will not take it") from error

    return deliver


def _reflect_after(settings: Settings) -> timedelta | None:
    """None where there is no language model to reflect on a turn, or none is wanted to."""
    named = settings.models.roles.get("reflection", settings.model)
    wanted = settings.memory.reflect and named != "offline"
    return timedelta(seconds=settings.memory.reflect_after_s) if wanted else None


def _voices(model: Model) -> Callable[[], Voice]:
    from agents.models.chat import ToolChat  # LangChain's chat models take half a second to import

    def voice() -> Voice:
        usage = Usage()
        return Voice(chat=ToolChat(model=model, usage=usage), tokens=lambda: usage.tokens_in + usage.tokens_out)

    return voice


def _turn_settings(settings: Settings) -> TurnSettings:
    """A turn that waits for a language model leaves the core to others."""
    if settings.turns.running_max is not None or settings.model == "offline":
        return settings.turns
    return settings.turns.model_copy(update={"running_max": 128})


async def find_database(settings: Settings) -> str:
    """The URL of the database that the settings name, or of the embedded one, started."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return await asyncio.to_thread(db.start_embedded, settings.data_dir)


def make_app(resources: Resources) -> App:
    """The HTTP application over what is open."""
    practice = PostgresPractice(resources.pool, resources.clock)
    advice = PostgresAdvice(resources.pool, resources.clock)
    return build_app(
        Services(
            settings=resources.settings.api,
            turns=resources.turns,
            course=resources.course,
            sandbox=resources.sandbox,
            mathematics=resources.mathematics,
            records=resources.records,
            entitlements=resources.entitlements,
            memories=resources.memories,
            sign_in=resources.sign_in,
            people=resources.people,
            recovery=resources.recovery,
            second=resources.second,
            profiles=Profiles(resources.pool, resources.clock),
            replays=resources.replays,
            watchman=resources.watchman,
            security=SecurityEvents(resources.pool),
            feedback=resources.feedback,
            experiments=resources.experiments,
            desk=resources.desk,
            made=resources.made,
            inbox=PostgresInbox(resources.pool, resources.clock),
            classrooms=PostgresClassrooms(resources.pool, resources.clock),
            practice=practice,
            awards=PostgresAwards(resources.pool, resources.clock),
            advice=advice,
            overviews=PostgresOverviews(resources.pool, resources.clock, resources.records, practice, advice),
            billing=resources.shop.billing,
            payment_news=resources.shop.webhooks.receive if resources.shop.webhooks else None,
            privacy=resources.privacy,
            notifications=resources.notifications,
            quizzes=Sittings(resources.pool, resources.clock, resources.course, resources.records),
            community=resources.community,
            triage=lambda ask: classify(ask, resources.course),
            readiness=_readiness(resources),
        ),
        clock=resources.clock,
    )


def _readiness(resources: Resources) -> dict[str, Callable[[], Awaitable[str | None]]]:
    async def database() -> None:
        async with db.connection(resources.pool) as conn:
            await conn.execute("select 1")

    async def course() -> str:
        await resources.course.search("variables", k=1)
        lacking = resources.course.lacking
        return f"It is searched by words alone: {lacking}" if lacking else ""

    async def sandbox() -> None:
        if resources.sandbox.level.startswith("none"):
            raise SandboxUnavailable(resources.sandbox.level)

    async def mathematics() -> None:
        await resources.mathematics.check("1", "1")

    return {"database": database, "course": course, "sandbox": sandbox, "mathematics": mathematics}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Borrowed:
    """What every turn's nodes may borrow."""

    settings: Settings
    clock: Clock
    course: Course
    sandbox: Sandbox
    mathematics: Mathematics
    records: Records
    entitlements: PlanEntitlements
    memories: Memories
    models: Mapping[str, Model]
    maker: Maker
    experiments: Experiments
    varied: Mapping[str, Model]
    shelf: Shelf = field(default_factory=Shelf)

    @asynccontextmanager
    async def context(
        self, claim: Claim, window: Sequence[Message], say: Callable[[Event], None]
    ) -> AsyncIterator[Context]:
        async with self.experiments.turn(claim.student, claim.turn) as part:
            yield self._lend(claim, window, say, part)

    def _lend(self, claim: Claim, window: Sequence[Message], say: Callable[[Event], None], part: Part) -> Context:
        limits = self.settings.turns
        changes = part.changes
        return Context(
            student=claim.student,
            thread=claim.thread,
            turn=claim.turn,
            window=window,
            summary=claim.summary,
            course=self.course,
            sandbox=self.sandbox,
            mathematics=self.mathematics,
            records=self.records,
            entitlements=self.entitlements,
            memories=self.memories,
            models=Noticed(
                self.models,
                {_role(knob): self.varied[name] for knob, name in changes.items() if _role(knob)},
                lambda role: part.notice("model" if role == "default" else f"models.roles.{role}"),
            ),
            clock=self.clock,
            budget=Budget(
                clock=self.clock, seconds=limits.seconds_max, steps=limits.steps_max, tokens=limits.tokens_max
            ),
            usage=Usage(),
            say=say,
            settings=Noticed(
                {
                    "passage_tokens_max": self.settings.knowledge.passage_tokens_max,
                    **{name: _setting(self.settings, knob) for name, knob in READ_IN_A_TURN.items()},
                },
                {name: changes[knob] for name, knob in READ_IN_A_TURN.items() if knob in changes},
                lambda name: part.notice(READ_IN_A_TURN.get(name, name)),
            ),
            maker=self.maker,
            shelf=self.shelf,
        )


def _role(knob: str) -> str:
    """The role whose model the setting names; empty for other settings."""
    return (
        "default" if knob == "model" else knob.removeprefix("models.roles.") if knob.startswith("models.roles.") else ""
    )


def _setting(settings: Settings, knob: str) -> object:
    room, _, name = knob.partition(".")
    return getattr(getattr(settings, room), name)


def _open_varied(wanted: Sequence[Experiment], settings: Settings, clock: Clock) -> Mapping[str, Model]:
    """Each model that a variant names, by its name. Raises Invalid, naming the experiment."""
    models: dict[str, Model] = {}
    for experiment in wanted:
        for variant in experiment.variants.values():
            for knob, name in variant.set.items():
                try:
                    if knob == "models.prompt":
                        load_prompt("default", name)
                    elif _role(knob) and name not in models:
                        models[name] = open_models(name, settings.models, clock)["default"]
                except Invalid as error:
                    raise Invalid(f"experiment {experiment.name}: {error.message}") from error
    return models
