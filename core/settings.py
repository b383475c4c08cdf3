"""Everything that can be set, with defaults that run on a laptop with nothing else installed. The only reader of
the environment."""

import json
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class _Room(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApiSettings(_Room):
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, description="port to listen on", ge=0, le=65535)
    cors_origins: tuple[str, ...] = Field((), description="browser origins that may call the API, never *")
    body_bytes_max: int = Field(1_000_000, description="largest request body")
    upload_bytes_max: int = Field(50_000_000, description="largest upload of the curriculum team")
    message_chars_max: int = Field(20_000, description="longest student message")
    code_chars_max: int = Field(100_000, description="longest program in a request")
    turns_per_minute: int = Field(60, description="turns one student may send a minute")
    requests_per_minute: int = Field(600, description="requests one person or address may send a minute")
    sign_ins_per_minute: int = Field(20, description="sign-in attempts from one address a minute")
    address_requests_per_minute: int = Field(
        6_000, description="requests a minute from one address by everyone signed in there, such as a whole school"
    )


class OidcProvider(_Room):
    """Somebody else who says who people are. `roles` maps values of the claim `role_claim` (a dotted path) to roles of
    ours; of these only those in `grants` are ever given."""

    issuer: str = Field(min_length=8, max_length=300)
    audiences: tuple[str, ...] = Field(min_length=1)
    audience_claim: Literal["aud", "client_id", "either"] = "aud"
    jwks_url: str | None = None
    algorithms: tuple[Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"], ...] = ("RS256", "ES256")
    required: dict[str, str | bool | int] = {}
    role_claim: str | None = None
    roles: dict[str, str] = {}
    grants: tuple[str, ...] = ("student",)
    create: bool = True


class AccountSettings(_Room):
    jwt_secret: SecretStr | None = Field(
        None, description="signs access tokens; made and kept in the data folder if unset"
    )
    jwt_secret_previous: SecretStr | None = Field(
        None, description="signed them before; keep it until the last access token of its time has run out"
    )
    access_minutes: int = Field(15, description="life of an access token, minutes")
    refresh_days: int = Field(30, description="life of a refresh token, days")
    hashes_at_once: int = Field(2, description="argon2 hashes computed at the same time")
    free_turns_per_day: int | None = Field(
        None,
        ge=0,
        description="turns a day on the free plan; unset: no limit without payments, else as plans.toml has it",
    )
    verify_email: Literal["off", "ask", "require"] = Field(
        "ask", description="new accounts confirm their address: never, are asked to, or cannot sign in before"
    )
    confirm_hours: int = Field(48, ge=1, description="life of a letter that confirms an address, hours")
    reset_minutes: int = Field(30, ge=1, description="life of a letter that resets a password, minutes")
    oidc: tuple[OidcProvider, ...] = Field(
        (), description="providers whose tokens are accepted, as JSON; docs/SECURITY.md has Firebase's and Cognito's"
    )
    totp_key: SecretStr | None = Field(
        None, description="encrypts the secrets of second factors; made and kept in the data folder if unset"
    )
    canary_emails: tuple[str, ...] = Field((), description="addresses that nobody uses: who tries one is an intruder")
    canary_tokens: tuple[SecretStr, ...] = Field(
        (), description="tokens that are good for nothing, laid out where only an intruder finds them"
    )


class PrivacySettings(_Room):
    export_days: int = Field(3, ge=1, description="days a finished export can be fetched")
    link_minutes: int = Field(30, ge=1, description="life of a one-time link to an export, minutes")
    exports_per_day: int = Field(5, ge=1, description="exports one person may ask for in a day")
    erase_grace_days: int = Field(7, ge=0, description="days in which erasing an account can be called off; 0: none")
    group_min: int = Field(10, ge=2, description="fewest people in a group of which a number outlives their data")
    backup_days: int = Field(35, ge=0, description="how long you keep backups; receipts of erasures say so")
    consent: Literal["opt_out", "opt_in"] = Field(
        "opt_out", description="analytics and experiments: until somebody withdraws, or only when they agreed"
    )
    age_gate: int = Field(0, ge=0, le=21, description="who is younger needs a guardian's consent; 0: no age is asked")
    guardian_days: int = Field(14, ge=1, description="days a guardian has to answer; then the account is erased")
    conversations: Literal["never", "alert", "reason"] = Field(
        "reason", description="staff read a student's conversations: never, with an alert, or with a reason they state"
    )
    conversations_per_hour: int = Field(30, ge=1, description="conversations one member of staff may open an hour")
    retention: bool = Field(True, description="once a day remove what is older than the days below")
    retention_hour: int = Field(3, ge=0, le=23, description="the hour (UTC) after which that happens")
    turns_days: int = Field(1095, ge=0, description="days conversations are kept; 0, here and below: for ever")
    attempts_days: int = Field(1095, ge=0, description="days attempts are kept; mastery stays")
    memories_days: int = Field(730, ge=0, description="days the tutor's notes on a student are kept unrenewed")
    alerts_days: int = Field(730, ge=0, description="days resolved alerts are kept")
    experiments_days: int = Field(730, ge=0, description="days it is kept who met which variant")
    usage_days: int = Field(400, ge=0, description="days it is kept what was used of a plan")
    events_days: int = Field(365, ge=0, description="days events are kept")
    tokens_days: int = Field(30, ge=0, description="days ended sign-ins and run-out codes are kept")
    access_log_days: int = Field(1095, ge=0, description="days it is kept who looked at a student's data")
    receipts_days: int = Field(1095, ge=0, description="days receipts of erasures and finished jobs are kept")
    tombstones_days: int = Field(1095, ge=0, description="days hashes of erased ids are kept; longer than backups")
    letters_days: int = Field(30, ge=0, description="days letters in the outbox folder are kept")
    poll_s: float = Field(5.0, gt=0, description="how often waiting exports and erasures are looked for, seconds")
    lease_s: float = Field(30.0, gt=0, description="a job whose process is silent this long is taken over, seconds")


class MailSettings(_Room):
    smtp_host: str | None = Field(None, description="mail server; unset: letters are files in the outbox folder")
    smtp_port: int = Field(587, description="its port", ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is kept private; none only for a server on the same machine"
    )
    smtp_user: str | None = Field(None, description="name to sign in to the mail server with; unset: none is asked")
    smtp_password: SecretStr | None = Field(None, description="its password")
    smtp_ca_file: Path | None = Field(None, description="certificates that the mail server's is checked with")
    sender: str = Field("LearnFlow <no-reply@learnflow.example>", description="whom letters come from")
    outbox: Path | None = Field(None, description="folder of letters without a mail server; unset: in the data folder")
    timeout_s: float = Field(15.0, gt=0, description="longest wait for the mail server, seconds")
    page_url: str | None = Field(
        None, description="your own page that letters lead to, as PAGE#confirm=TOKEN and PAGE#reset=TOKEN"
    )


class BillingSettings(_Room):
    stripe_key: SecretStr | None = Field(
        None, description="Stripe secret or restricted key (sk_test_… while trying); unset: everyone has the free plan"
    )
    webhook_secret: SecretStr | None = Field(None, description="signs what Stripe sends to /api/v1/billing/webhook")
    prices: dict[str, str] = Field(
        {}, description='Stripe price of each plan and interval, as JSON: {"plus.month": "price_..."}'
    )
    plans: Path | None = Field(None, description="your own plans file; unset: accounts/plans.toml")
    page_url: str = Field(
        "http://127.0.0.1:8000/", description="your own page that people come back to from Stripe's pages"
    )
    stripe_url: str = Field("https://api.stripe.com", description="address of Stripe, or of a stand-in for tests")
    timeout_s: float = Field(10.0, gt=0, description="longest wait for one answer of Stripe, seconds")
    retries: int = Field(2, ge=0, description="tries again when Stripe does not answer")
    tolerance_s: int = Field(300, ge=1, description="age of the oldest signature that is taken, seconds")
    reconcile_hour: int = Field(3, ge=0, le=23, description="hour (UTC) of the nightly comparison with Stripe")


class DatabaseSettings(_Room):
    pool_min: int = Field(1, description="connections kept open")
    pool_max: int = Field(20, ge=2, description="connections at most; half as many again for checkpoints")
    timeout_s: float = Field(10.0, description="longest wait for a connection, seconds")


class KnowledgeSettings(_Room):
    chroma_url: str | None = Field(None, description="Chroma server; unset: in-process, in the data folder")
    embedding_model: str = Field("all-MiniLM-L6-v2", description="sentence-transformers model: a name or a folder")
    embedding_precision: Literal["int8", "float32"] = Field(
        "int8", description="weights of the exported embedding model; int8 is twice as fast; another one indexes again"
    )
    passages: int = Field(5, description="passages a turn retrieves")
    passage_tokens_max: int = Field(1_500, ge=100, description="most tokens of passages handed to a model, estimated")
    rerank: bool = Field(True, description="order passages by every view of them; false: by the nearest vector alone")


class SandboxSettings(_Room):
    backend: Literal["auto", "native", "docker", "remote"] = Field(
        "auto", description="where students' programs run; auto: native where it proves itself, else docker"
    )
    reduced: Literal["allow", "refuse"] = Field(
        "allow", description="native's weaker walls, where no namespaces may be made; see docs/SANDBOX.md"
    )
    slots: int = Field(2, description="programs run at the same time")
    queue_max: int = Field(200, description="programs waiting at most")
    talks_max: int = Field(16, description="programs at most that people type to while they run, beside the slots")
    url: str | None = Field(None, description="address of the sandbox host that backend=remote uses")
    token: SecretStr | None = Field(None, description="secret that a sandbox host and its callers share")


class ModelSettings(_Room):
    fallbacks: tuple[str, ...] = Field(
        (), description="provider:model tried in order when the first fails; offline ends the chain"
    )
    roles: dict[str, str] = Field({}, description='another model for a role, as JSON: {"triage": "openai:..."}')
    base_url: str | None = Field(None, description="address of an OpenAI-compatible server")
    api_key: SecretStr | None = Field(None, description="its key; providers' own variables work too")
    prompt: str = Field(
        "v1", description="version of the prompts, such as v2, or a folder of your own with <agent>.md files"
    )
    timeout_s: float = Field(20.0, description="longest wait for a whole answer, seconds")
    first_token_s: float = Field(8.0, description="longest wait for a first token, seconds")
    retries: int = Field(2, description="tries again after 429 or 5xx")
    price_per_million_tokens: dict[str, tuple[float, float]] = Field(
        {}, description="cost in USD (in, out) per model, as JSON"
    )


class TurnSettings(_Room):
    seconds_max: float = Field(30.0, description="longest turn, seconds")
    steps_max: int = Field(12, description="most nodes in a turn")
    tokens_max: int = Field(8_000, description="most model tokens in a turn")
    node_seconds_max: float = Field(12.0, description="longest node, seconds")
    durability: Literal["node", "turn"] = Field("node", description="checkpoint after every node, or once a turn")
    lease_s: float = Field(4.0, description="a turn whose process is silent this long is taken over, seconds")
    stop_s: float = Field(5.0, description="how long running turns may take to end when the process stops, seconds")
    queued_max: int = Field(20, description="turns waiting in one conversation")
    running_max: int | None = Field(
        None, description="turns running in one process; unset: 12 offline, 128 with a language model to wait for"
    )
    window: int = Field(12, description="recent turns the tutor reads word for word")


class NotificationSettings(_Room):
    check_s: float = Field(2.0, gt=0, description="how often it is looked for what is to be told or sent, seconds")
    timeout_s: float = Field(10.0, gt=0, description="longest wait for the receiver of a webhook, seconds")
    private: bool = Field(
        False, description="webhooks may go to private addresses, and by http: for a receiver in your own network"
    )


class LearningSettings(_Room):
    peers: bool = Field(True, description="once a day work out where those went on who struggled with a skill")
    peers_hour: int = Field(2, ge=0, le=23, description="the hour (UTC) after which that happens, on one server")


class CommunitySettings(_Room):
    school_wide: bool = Field(False, description="students may write to the whole school, not only to their classes")
    check_s: float = Field(1.0, gt=0, description="how often answers of the tutor are looked for, seconds")


class MemorySettings(_Room):
    reflect: bool = Field(True, description="a language model, if there is one, proposes what to remember of a student")
    reflect_after_s: float = Field(60.0, ge=0, description="so long after a turn, together with those since, seconds")
    reflections_a_day: int = Field(10, ge=0, description="most such calls for a student in 24 hours")
    check_s: float = Field(5.0, gt=0, description="how often it is looked for turns that are due, seconds")


class ExperimentSettings(_Room):
    file: Path | None = Field(None, description="experiments that run, TOML; unset: none")
    check_s: float = Field(60.0, gt=0, description="how often their guards are looked at, seconds")


class TelemetrySettings(_Room):
    otlp_endpoint: str | None = Field(None, description="OpenTelemetry collector; unset: nothing is exported")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severe line logged")
    log_json: bool = Field(False, description="one JSON object a line")


class Settings(BaseSettings):
    """Built once in `server.py`; each room is handed its own slice. Nested names join by two underscores:
    LEARNFLOW_API__PORT."""

    model_config = SettingsConfigDict(
        env_prefix="LEARNFLOW_", env_nested_delimiter="__", frozen=True, extra="ignore", populate_by_name=True
    )

    data_dir: Path = Field(Path(".learnflow"), description="folder of the embedded database, index and keys")
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="Postgres 15 or newer; unset: an embedded server in the data folder",
    )
    model: str = Field("offline", description="offline, or provider:model as LangChain names them")
    api: ApiSettings = ApiSettings()
    accounts: AccountSettings = AccountSettings()
    privacy: PrivacySettings = PrivacySettings()
    mail: MailSettings = MailSettings()
    billing: BillingSettings = BillingSettings()
    database: DatabaseSettings = DatabaseSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    sandbox: SandboxSettings = SandboxSettings()
    models: ModelSettings = ModelSettings()
    turns: TurnSettings = TurnSettings()
    notifications: NotificationSettings = NotificationSettings()
    learning: LearningSettings = LearningSettings()
    community: CommunitySettings = CommunitySettings()
    memory: MemorySettings = MemorySettings()
    experiments: ExperimentSettings = ExperimentSettings()
    telemetry: TelemetrySettings = TelemetrySettings()


def render_env_example() -> str:
    """The text of `.env.example`: every setting with its default, commented out."""
    lines = ["# Every setting with its default, made from core/settings.py: uncomment what you change.", ""]
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, _Room):
            lines += ["", f"# {name}"]
            rooms = type(field.default).model_fields.items()
            lines += [_env_line(f"LEARNFLOW_{name}__{inner}", room.default, room.description) for inner, room in rooms]
        else:
            variable = "DATABASE_URL" if name == "database_url" else f"LEARNFLOW_{name}"
            lines.append(_env_line(variable, field.default, field.description))
    return "\n".join(lines) + "\n"


def _env_line(name: str, default: object, description: str | None) -> str:
    match default:
        case None:
            shown = ""
        case tuple() | dict():
            shown = json.dumps(default)
        case bool():
            shown = str(default).lower()
        case _:
            shown = str(default)
    return f"# {description}\n#{name.upper()}={shown}"
