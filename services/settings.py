"""Every setting, read from the environment (FOREWARN_...) once, by whoever composes a service."""

import ssl
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from models.domain.intake import MAX_BYTES
from schemas.topics import REJECTED
from services import kafka_access
from services.access_settings import Oidc, Origins
from services.ladder_settings import Ladder, Span
from services.setting_values import given, listed, servers
from services.variables import PREFIX, BadSetting, Environment, told

FETCH_WAIT_MS = 50
"""How long a broker may hold a fetch [ms]: Tansu answers only at the end of it, news or not."""


class Kafka(BaseModel):
    """How to reach the cluster and how topics are laid out on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bootstrap_servers: Annotated[str | None, BeforeValidator(servers)] = Field(
        default=None, description="host:port[,host:port]; unset: start a local broker."
    )
    topic_prefix: str = Field(default="", description="Put before every topic name.")
    partitions: int = Field(default=4, ge=1, description="Of every topic; fixed once created.")
    replication_factor: int = Field(default=1, ge=1, description="3 on a real cluster.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."
    )
    sasl_username: Annotated[str | None, BeforeValidator(given)] = Field(
        default=None, description="Needed with SASL."
    )
    sasl_password: Annotated[SecretStr | None, BeforeValidator(given)] = Field(
        default=None, description="Needed with SASL; secret."
    )
    ssl_cafile: Annotated[Path | None, BeforeValidator(given)] = Field(
        default=None,
        description="The authorities that a broker's certificate is trusted by, in PEM; unset: the "
        "system's.",
    )

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        user = {"sasl_username": self.sasl_username, "sasl_password": self.sasl_password}
        kafka_access.check_user(self.security_protocol, user)
        return self

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """The TLS context, or None when the protocol has no TLS.

        Raises
        ------
        BadSetting
            The file of authorities cannot be read, or holds none.
        """
        if not self.security_protocol.endswith("SSL"):
            return None
        return kafka_access.tls(self.ssl_cafile)

    def client_options(self) -> dict[str, Any]:
        """Return what every aiokafka client is constructed with."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context,
        }
        if self.security_protocol.startswith("SASL"):
            password = self.sasl_password.get_secret_value() if self.sasl_password else None
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": password,
            }
        return options

    def reader_options(self) -> dict[str, Any]:
        """Return what a consumer without a group is constructed with."""
        return self.client_options() | {
            "enable_auto_commit": False,
            "fetch_max_wait_ms": FETCH_WAIT_MS,
            "max_partition_fetch_bytes": REJECTED.max_message_bytes,
        }


class Worker(BaseModel):
    """The risk worker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = Field(default="forewarn-risk", description="Consumer group and table prefix.")
    web_port: int | None = Field(default=None, description="Faust's own port; unset: a free one.")
    clock: Literal["wall", "log"] = Field(
        default="wall",
        description="wall: the worker writes ticks as time passes; log: a replay writes them.",
    )
    tick_every: Span = Field(
        default=timedelta(minutes=1), description="How often the worker looks for due ticks."
    )
    reject_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Largest share of faulty records before the worker stops; 1 never stops.",
    )
    reject_window: int = Field(
        default=200,
        ge=2,
        description="Over how many of an agent's last records the share is taken; half of them "
        "must have been seen since the worker started.",
    )


class Ledger(BaseModel):
    """Where the read model is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/database; unset: SQLite in the data folder.",
    )


class Notifier(BaseModel):
    """Who is told of alerts, and where it is kept what has been told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: Path | None = Field(
        default=None, description="The TOML file of receivers and routes; see docs/notifying.md."
    )
    url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/database; unset: SQLite in the data folder.",
    )


class Gateway(BaseModel):
    """Where the gateway listens, what it keeps, and how much it takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        description="Address it listens at; 0.0.0.0: every one of the machine, which needs keys.",
    )
    port: int = Field(default=8080, ge=0, le=65_535, description="Its port; 0: a free one.")
    url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/database; unset: SQLite in the data folder.",
    )
    oidc: Oidc = Oidc()
    cors_origins: Origins = Field(
        default=None,
        description="Origins of web pages that may ask, with commas between; unset: none.",
    )
    behind_tls: bool = Field(
        default=False,
        description="True where browsers reach it by https:// alone: they are told to insist.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of the proxies whose X-Forwarded-For and -Proto count, "
        "with commas between.",
    )
    seal: bool = Field(
        default=True,
        description="Whether who reported is sealed before it is written to the log.",
    )
    seal_key: SecretStr | None = Field(
        default=None,
        description="32 random bytes in base64 that wrap the keys of sealed reports; secret; "
        "unset: whoever reads the gateway's database can open them.",
    )
    body_bytes: int = Field(
        default=262_144,
        ge=1_024,
        le=MAX_BYTES,
        description="[bytes] Largest body of a request, but for a batch, which has no limit.",
    )
    line_bytes: int = Field(
        default=262_144, ge=1_024, le=MAX_BYTES, description="[bytes] Longest line of a batch."
    )
    rate: float = Field(
        default=200.0,
        gt=0,
        description="[requests/s] What each caller may send on average; a batch is one request.",
    )
    burst: int = Field(
        default=400, ge=1, description="[requests] What each caller may send at once after a pause."
    )
    repeats_for: Span = Field(
        default=timedelta(hours=24),
        description="How long an Idempotency-Key is remembered with what was answered to it.",
    )
    longest_wait: Span = Field(
        default=timedelta(seconds=30),
        description="Longest that ?wait= waits for a report to count.",
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Signs the ids of the alert stream; set the same for gateways that do not "
        "share a database. Unset: made once and kept in the database.",
    )
    late_after: Span = Field(
        default=timedelta(hours=25),
        gt=timedelta(0),
        description="For how long nothing may be heard of the worker before the console says so "
        "aloud. Unasked it speaks once a day; where the notifier sends heartbeats: a little more "
        "than their interval.",
    )
    heartbeat: Span = Field(
        default=timedelta(seconds=15),
        ge=timedelta(milliseconds=50),
        description="The longest silence on an alert stream.",
    )
    patience: Span = Field(
        default=timedelta(seconds=10),
        ge=timedelta(milliseconds=50),
        description="How long a reader of the stream may take nothing before it is cut off.",
    )
    readers: int = Field(
        default=2_000, ge=1, description="Most readers of the alert stream at once, per process."
    )
    cap_sender: str = Field(
        default="forewarn@localhost",
        pattern=r"^[^\s,<&]+$",
        max_length=200,
        description="Sender of the CAP messages that are served; the same as in the routes of the "
        "notifier. Without spaces, commas, < and &.",
    )


class Model(BaseModel):
    """Which model scores, and where the operator's own ones are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str | None = Field(
        default=None,
        description="A version or an artefact's folder, whatever is promoted; unset: what is "
        "promoted, else the newest committed one.",
    )
    shadow: str | None = Field(
        default=None,
        description="A version or folder to score beside it; unset: what is promoted, if the "
        "version is too.",
    )
    directory: Path | None = Field(
        default=None,
        description="Models of your own and the promotions; unset: models in the data folder.",
    )


class Metrics(BaseModel):
    """Where a process tells Prometheus of itself, and whether it is alive and ready."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="Port of /metrics, /healthz and /readyz; unset: none. A stack that runs "
        "several processes gives each the next port.",
    )
    host: str = Field(
        default="127.0.0.1", description="Address of that port; 0.0.0.0: every one of the machine."
    )


def _section(value: object) -> object:
    """Refuse a plain FOREWARN_MODEL in words, in place of a parser's."""
    if isinstance(value, str | Path):
        msg = f"expected no value of its own; set {PREFIX}MODEL__VERSION to a version or a folder"
        raise ValueError(msg)
    return value


class Settings(BaseSettings):
    """All settings; nested ones take a double underscore: FOREWARN_KAFKA__BOOTSTRAP_SERVERS.

    Raises
    ------
    UnknownSetting, BadSetting
        With the variable, its value unless it is secret, and what was expected.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    kafka: Kafka = Kafka()
    worker: Worker = Worker()
    ledger: Ledger = Ledger()
    notifier: Notifier = Notifier()
    gateway: Gateway = Gateway()
    ladder: Ladder = Ladder()
    model: Annotated[Model, NoDecode, BeforeValidator(_section)] = Model()
    metrics: Metrics = Metrics()
    borders: Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(listed)] = Field(
        default=None, description="For example KGZ-TJK,KGZ-UZB; unset: the whole world."
    )
    segment_km: int = Field(
        default=50, ge=5, le=500, description="[km] Length that borders are cut to, 5 to 500."
    )
    locate_limit_km: float = Field(
        default=25.0,
        gt=0,
        le=200,
        description="[km] How far from a border a report may lie and still count, up to 200.",
    )
    data_dir: Path = Field(default=Path(".forewarn"), description="Everything kept on disk.")

    def __init__(self, **values: Any) -> None:
        """Read the environment; ``values`` take the place of what stands there.

        Raises
        ------
        UnknownSetting
            A variable with our prefix names no setting: with the nearest one.
        BadSetting
            With the variable, its value unless it is secret, and what was expected.
        """
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise BadSetting(told(error, type(self))) from None
        except SettingsError as error:
            # A section that is given whole and is no JSON; its value may hold a password.
            msg = f"{PREFIX}...: {error}; set each value by itself, e.g. {PREFIX}KAFKA__PARTITIONS"
            raise BadSetting(msg) from None

    @property
    def models(self) -> Path:
        """The folder of the operator's own models and of the promotions."""
        return self.model.directory or self.data_dir / "models"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what is given in code, then the environment, and nothing else."""
        return init_settings, Environment(settings_cls)
