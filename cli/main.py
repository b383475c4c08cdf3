"""The `learnflow` command: its verbs and what each says of itself; the work is in the files beside it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.evals import evals
from cli.index import PathOrVerb
from cli.privacy import privacy
from cli.running import errors
from cli.running import read_settings as _settings
from cli.running import run as _run
from core.errors import LearnFlowError
from core.ports import Subject

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
    help="""LearnFlow tutors students of Python and mathematics, and checks everything it says.

    Start with [bold]learnflow serve --demo[/bold], then in another terminal [bold]learnflow chat[/bold].
    Every setting is an environment variable; [bold].env.example[/bold] lists them all.""",
)
users = typer.Typer(no_args_is_help=True, help="Add people, give them roles and classes, sign them out, bar them.")
app.add_typer(users, name="user")
keys = typer.Typer(no_args_is_help=True, help="The secret that signs access tokens.")
app.add_typer(keys, name="keys")
security = typer.Typer(no_args_is_help=True, help="What looked like an attack.")
app.add_typer(security, name="security")
audits = typer.Typer(no_args_is_help=True, help="Who changed whose rights, and whether that record is whole.")
app.add_typer(audits, name="audit")
payments = typer.Typer(no_args_is_help=True, help="Plans, and what was bought through Stripe.")
app.add_typer(payments, name="billing")
app.add_typer(privacy, name="privacy")
mastery = typer.Typer(no_args_is_help=True, help="The learner model, and attempts that could not be counted.")
app.add_typer(mastery, name="mastery")
content = typer.Typer(no_args_is_help=True, help="Write and check the curriculum.")
app.add_typer(content, name="content")
app.add_typer(evals, name="evals")
indexes = typer.Typer(
    cls=PathOrVerb,
    help="""Index the curriculum, and choose which version of it students get.

    [bold]learnflow index[/bold] indexes the shipped course, [bold]learnflow index PATH…[/bold] folders of your own (a
    folder that is called like a verb is written ./versions).""",
)
app.add_typer(indexes, name="index")

_Url = Annotated[
    str | None, typer.Option("--url", help="A running server; default: the one this checkout's settings name.")
]
_Email = Annotated[
    str | None,
    typer.Option("--email", help="Sign in as this person (asks for the password); default: the demo student."),
]
_Who = Annotated[str, typer.Argument(metavar="EMAIL", help="Their e-mail address, or their id.")]
_Class = Annotated[str, typer.Argument(metavar="CLASS", help="The class's name.")]


@app.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Make a demo student and a demo teacher, and print them.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    role: Annotated[
        str, typer.Option(help="all, or sandbox: only run programs, for other servers with backend=remote.")
    ] = "all",
) -> None:
    """Start everything: database, course, sandbox, tutor and the HTTP server.

    With nothing set, all of it is embedded: Postgres and the course index live in [bold].learnflow/[/bold].
    """
    from cli.serve import serve as run

    settings = _settings()
    changes = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    if changes:
        settings = settings.model_copy(update={"api": settings.api.model_copy(update=changes)})
    if role == "sandbox":
        from cli.sandbox_host import serve_sandbox

        _run(serve_sandbox(settings))
    elif role == "all":
        _run(run(settings, demo=demo))
    else:
        raise typer.BadParameter("choose all or sandbox", param_hint="--role")


@app.command()
def chat(url: _Url = None, email: _Email = None) -> None:
    """Talk with the tutor in the terminal, against a running server.

    Type a question; end a line with a backslash to go on; [bold]/code FILE[/bold] sends a program with the next message,
    [bold]/submit FILE[/bold] hands in the open exercise, [bold]/new[/bold] starts another conversation, [bold]/quit[/bold] leaves.
    """
    from cli.chat import chat as run

    _run(run(_settings(), url=url, email=email))


@app.command()
def demo(
    url: _Url = None,
    fast: Annotated[bool, typer.Option("--fast", help="No pauses between the scenes.")] = False,
) -> None:
    """Play a student's session: a question, a bug, an exercise failed and solved, a check of algebra, a teacher's alert.

    Uses the running server, or starts one for the time of the play.
    """
    from cli.demo import demo as run

    _run(run(_settings(), url=url, fast=fast))


@indexes.command("build")
def build_index(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders that together are the curriculum; default: the shipped one."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be added, changed and removed; write nothing.")
    ] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Put a broken index aside and build a new one.")] = False,
    live: Annotated[
        bool, typer.Option("--publish/--no-publish", help="Make the new version live, or let it wait for `publish`.")
    ] = True,
) -> None:
    """Index the curriculum, so that the tutor finds and cites it. The word [bold]build[/bold] may be left out.

    Only what changed is embedded again; what left the folder leaves the index. A new version is built beside the live one
    and takes its place in one step; Ctrl-C loses nothing, the same command goes on. A bad file is named, stays as it was,
    and makes the exit code 1.
    """
    from cli.index import build
    from cli.index import dry_run as show

    work = (
        show(_settings(), paths=paths or [])
        if dry_run
        else build(_settings(), paths=paths or [], rebuild=rebuild, live=live)
    )
    if not _run(work):
        raise typer.Exit(1)


@indexes.command("versions")
def list_versions() -> None:
    """The versions that are kept, the newest first; which one is live, and where a rollback would go."""
    from cli.index import versions as run

    _run(run(_settings()))


@indexes.command("publish")
def publish_version(
    version: Annotated[str, typer.Argument(help="Its name, or the beginning of it.")],
) -> None:
    """Make a version live. A running server takes it over within seconds; restarts keep it until the next
    [bold]learnflow index[/bold]."""
    from cli.index import publish as run

    _run(run(_settings(), version=version))


@indexes.command("rollback")
def rollback_version() -> None:
    """Make the version live that was live before; again goes one further back."""
    from cli.index import rollback as run

    _run(run(_settings()))


@indexes.command("search")
def search_index(
    query: Annotated[str, typer.Argument(help="What a student might ask.")],
    count: Annotated[int, typer.Option("-k", "--count", help="How many passages.", min=1, max=50)] = 5,
    subject: Annotated[Subject | None, typer.Option(help="Only this subject.")] = None,
    module: Annotated[str | None, typer.Option(help="Only this module, as python.functions.")] = None,
    level: Annotated[
        int | None, typer.Option(help="Only topics up to this level; 1: first steps.", min=1, max=3)
    ] = None,
    version: Annotated[str | None, typer.Option("--version", help="Another version than the live one.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each part of the score added, and why.")
    ] = False,
) -> None:
    """Search as a student's question does, and see what comes, in which order, and why."""
    from cli.index import search as run

    _run(
        run(
            _settings(), query=query, count=count, subject=subject, module=module, level=level,
            version=version, explain=explain,
        )
    )  # fmt: skip


@app.command()
def migrate() -> None:
    """Bring the database's schema to the newest revision; safe to run from several places at once."""
    from cli.database import migrate as run

    _run(run(_settings()))


@app.command()
def doctor() -> None:
    """Check every dependency and say how to mend what is wrong. The exit code is 1 when something is."""
    from cli.doctor import doctor as run

    if not _run(run(_settings())):
        raise typer.Exit(1)


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="The Python program.", exists=True, dir_okay=False)],
    stdin: Annotated[
        Path | None, typer.Option(help="A file to give it as input; else what is typed or piped in.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(help="Longest run; of CPU time where you type to it.", min=0.1, max=60)
    ] = 5.0,
) -> None:
    """Run a Python file in the sandbox, as a student's program would be run.

    You may answer its input(): Ctrl-D is the end of the input, Ctrl-C kills the program.
    """
    from cli.run import run as run_file

    raise typer.Exit(_run(run_file(_settings(), file=file, stdin=stdin, seconds=seconds)))


@app.command()
def token(email: _Email = None) -> None:
    """Print an access token, for curl: -H "Authorization: Bearer $(learnflow token)"."""
    from cli.users import print_token

    _run(print_token(_settings(), email=email))


@users.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="Their e-mail address.")],
    name: Annotated[str, typer.Option(prompt=True, help="Their name, as the tutor will say it.")],
    role: Annotated[str, typer.Option(help="student, teacher, admin, curriculum or evaluator.")] = "student",
    school_class: Annotated[
        str | None, typer.Option("--class", help="Put them in this class; made when it is new.")
    ] = None,
    password: Annotated[
        str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True, help="At least 10 characters.")
    ] = "",
) -> None:
    """Add a person. A teacher sees the students of the classes that both are in."""
    from cli.users import add

    _run(add(_settings(), email=email, name=name, role=role, school_class=school_class, password=password))


@users.command("list")
def list_users(
    text: Annotated[str, typer.Argument(help="Part of a name or address; default: everybody.")] = "",
    role: Annotated[str | None, typer.Option(help="Only this role.")] = None,
) -> None:
    """Everybody who has an account, with role and classes."""
    from cli.users import show

    _run(show(_settings(), text=text, role=role))


@users.command("show")
def show_user(email: _Who) -> None:
    """One person: role, classes, second factor, devices."""
    from cli.users import show_one

    _run(show_one(_settings(), email=email))


@users.command("role")
def change_role(
    email: _Who, role: Annotated[str, typer.Argument(help="student, teacher, admin, curriculum or evaluator.")]
) -> None:
    """Give another role. Who no longer teaches leaves the classes they taught; tokens that tell the old role stop at once."""
    from cli.users import change_role as run

    _run(run(_settings(), email=email, role=role))


@users.command("disable")
def disable_user(email: _Who) -> None:
    """Sign a person out everywhere, at once, and let them in no more."""
    from cli.users import disable

    _run(disable(_settings(), email=email))


@users.command("enable")
def enable_user(email: _Who) -> None:
    """Let a disabled person in again."""
    from cli.users import enable

    _run(enable(_settings(), email=email))


@users.command("enrol")
def enrol_user(email: _Who, school_class: _Class) -> None:
    """Put a person into a class, made when it is new: teachers and admins as its teachers, others as students."""
    from cli.users import enrol

    _run(enrol(_settings(), email=email, school_class=school_class))


@users.command("unenrol")
def unenrol_user(email: _Who, school_class: _Class) -> None:
    """Take a person out of a class."""
    from cli.users import unenrol

    _run(unenrol(_settings(), email=email, school_class=school_class))


@users.command("reset-totp")
def reset_totp(email: _Who) -> None:
    """Take the second factor off, for somebody who lost telephone and recovery codes. They get a letter."""
    from cli.users import reset_totp as run

    _run(run(_settings(), email=email))


@users.command("sessions")
def list_sessions(
    email: _Who, end: Annotated[bool, typer.Option("--end", help="Sign all of them out.")] = False
) -> None:
    """Where a person is signed in."""
    from cli.users import sessions

    _run(sessions(_settings(), email=email, end=end))


@security.command("events")
def list_security_events(
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=10_000, help="How many.")] = 50,
    kind: Annotated[str, typer.Option(help="Only kinds that begin so, such as brute_force or canary.")] = "",
) -> None:
    """Guessed passwords, reused tokens, forbidden doors, scraping and touched canaries, the newest first."""
    from cli.security import show

    _run(show(_settings(), limit=count, kind=kind))


@content.command("check")
def check_content(
    path: Annotated[
        Path | None, typer.Argument(help="A curriculum, or a part of one; default: the shipped one.", exists=True)
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="Ask also for five questions, other solutions, properties, variants: all ours have."
        ),
    ] = False,
) -> None:
    """Find everything that is wrong, by file and line: forms, links, examples, solutions, mathematics, prose.

    Programs run in the sandbox and working goes through the CAS, line by line. The exit code is 1 when anything is wrong.
    """
    from cli.content import check as run

    if not _run(run(_settings(), path=path, whole=whole)):
        raise typer.Exit(1)


@content.command("import")
def import_content(
    source: Annotated[Path, typer.Argument(help="A file, a folder or an archive (.zip, .imscc).", exists=True)],
    to: Annotated[
        Path,
        typer.Option(
            "--to", help="The module's folder to write topics into, such as mycourse/python/09-more; made if new."
        ),
    ],
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 1 when anything could not be carried over.")
    ] = False,
) -> None:
    """Bring in Markdown, Jupyter notebooks, reStructuredText, HTML, PDF, QTI 2.1 or a Common Cartridge, as topics of ours.

    Headings, code, formulas, tables and the words of pictures stay; questions become a quiz. What could not be carried over
    is told by file and line. Nothing that is there already is written over.
    """
    from cli.content import bring_in

    if not _run(bring_in(source=source, to=to)) and strict:
        raise typer.Exit(1)


@content.command("made")
def show_made(
    show: Annotated[
        str | None, typer.Option("--show", help="Print this one whole, with its solutions and tests.")
    ] = None,
    withdraw: Annotated[str | None, typer.Option("--withdraw", help="No student gets this one from now on.")] = None,
    because: Annotated[str, typer.Option("--because", help="With --withdraw: the reason.")] = "",
    topic: Annotated[str | None, typer.Option("--topic", help="Only this topic's.")] = None,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="List those that were withdrawn too.")] = False,
) -> None:
    """List the exercises that a language model made and the sandbox accepted; look at one, or withdraw it."""
    from cli.content import made

    _run(made(_settings(), show=show, withdraw=withdraw, because=because, topic=topic, withdrawn=withdrawn))


@content.command("propose")
def propose_prerequisites(
    path: Annotated[
        Path | None, typer.Argument(help="A curriculum; default: the shipped one.", exists=True, file_okay=False)
    ] = None,
    subject: Annotated[Subject | None, typer.Option(help="Only this subject.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many.")] = 20,
) -> None:
    """List prerequisites that the authors may have left out, the likeliest first.

    Nothing is changed: to accept one, name it under prerequisites: in the topic's file.
    """
    from cli.content import propose as run

    _run(run(_settings(), path=path, subject=subject, limit=limit))


@keys.command("rotate")
def rotate_keys() -> None:
    """Put a new secret into the data folder. Nobody is signed out: restart the servers, and tokens that the old secret
    signed are taken until they have run out."""
    from cli.users import rotate_key

    rotate_key(_settings())


@audits.command("list")
def list_audit(
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=10_000, help="How many rows.")] = 50,
    person: Annotated[str, typer.Option(help="Only what the person of this id did or suffered.")] = "",
    kind: Annotated[str, typer.Option(help="Only kinds that begin so, such as sign_in or people.role.")] = "",
) -> None:
    """The audit log, the newest first: changes of roles, classes and passwords, refused and ended sign-ins."""
    from cli.audit import show

    _run(show(_settings(), limit=count, person=person, kind=kind))


@audits.command("verify")
def verify_audit(
    noted: Annotated[str, typer.Option(help="The head that an earlier check printed, NUMBER:HASH.")] = "",
) -> None:
    """Find rows that were changed, removed or slipped in. The exit code is 1 when there are any.

    With --noted also a log that was made anew, or lost its end, since then.
    """
    from cli.audit import verify

    if not _run(verify(_settings(), noted=noted)):
        raise typer.Exit(1)


@payments.command("plans")
def show_plans() -> None:
    """What each plan gives and costs, as the plans file has it."""
    from cli.billing import plans

    plans(_settings())


@payments.command("status")
def show_billing() -> None:
    """Customers, subscriptions, seats and packs that are known here, and events that wait."""
    from cli.billing import status

    _run(status(_settings()))


@payments.command("reconcile")
def reconcile_billing() -> None:
    """Compare every subscription with Stripe now, as the server does at night. The exit code is 1 when something needs you."""
    from cli.billing import reconcile

    if not _run(reconcile(_settings())):
        raise typer.Exit(1)


@payments.command("replay")
def replay_event(
    event: Annotated[str | None, typer.Argument(help="Its id, evt_…; default: all that wait.")] = None,
) -> None:
    """Go through what Stripe told us once more. Nothing can happen twice by it."""
    from cli.billing import replay

    if not _run(replay(_settings(), event=event)):
        raise typer.Exit(1)


@mastery.command("fit")
def fit_mastery(
    data: Annotated[
        Path, typer.Option("--data", help="A log of answers: CSV or CSV in gzip.", exists=True, dir_okay=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="The file of weights to write.", dir_okay=False)],
    folds: Annotated[int, typer.Option(min=2, max=20, help="Parts of the students, each held out once.")] = 5,
) -> None:
    """Fit the forecast of the next answer to a log with the columns user_id, item_id, skill_id and correct, in time order.

    Printed is what it foresees of students whom it has never seen, whole students held out; the weights are then those of
    the whole log. A server reads [bold]learning/tracing.weights.json[/bold].
    """
    from cli.mastery import fit

    fit(data=data, out=out, folds=folds)


@mastery.command("quarantine")
def show_quarantine(
    release: Annotated[int | None, typer.Option("--release", help="Count this one now.")] = None,
    discard: Annotated[int | None, typer.Option("--discard", help="Give this one up; it stays readable.")] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="With --release: put a field right, as skills='[\"loops\"]' or correct=true."),
    ] = None,
    settled: Annotated[str, typer.Option("--status", help="held, released or discarded.")] = "held",
) -> None:
    """Attempts that were corrupt or partial, why, and how many; count one after all, or give it up."""
    from cli.mastery import quarantine

    _run(quarantine(_settings(), release=release, discard=discard, changes=change or [], status=settled))


@mastery.command("peers")
def refresh_peers() -> None:
    """Work out anew where those went on who had struggled, for recommendations; groups of fewer than ten are not kept."""
    from cli.mastery import refresh

    _run(refresh(_settings()))


@app.command()
def graph() -> None:
    """Print the tutor's state machine as Mermaid text, drawn from the code."""
    from graphs.tutor import build_tutor, draw

    print(draw(build_tutor()))


def main() -> None:
    """The entry point: our own refusals are one readable line, anything else is a fault and shows itself."""
    try:
        app()
    except LearnFlowError as error:
        errors.print(f"[red]✗[/red] {error.message}", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
