"""Every setting the program reads is documented in `.env.example`, and nothing else is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.config import ConfigError, Settings, create_instance_secrets, load_settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
READ = re.compile(r"(?:DOUDI|OTEL)_[A-Z_]+[A-Z]")


def documented() -> dict[str, str]:
    """Variable and example value, commented out or not."""
    return dict(re.findall(r"^#?((?:DOUDI|OTEL)_[A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def read_by_the_program() -> set[str]:
    sources = [ROOT / "portal" / "config.py", ROOT / "portal" / "operations" / "gunicorn.conf.py"]
    return {name for file in sources for name in READ.findall(file.read_text(encoding="utf-8"))}


def test_every_setting_is_documented_and_every_documented_setting_is_read() -> None:
    assert set(documented()) == read_by_the_program()


def test_no_other_module_reads_the_environment() -> None:
    allowed = {
        "portal/config.py",
        "portal/__main__.py",
        "portal/health.py",
        "portal/operations/gunicorn.conf.py",
    }
    readers = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "portal").rglob("*.py")
        if re.search(r"os\.(environ|getenv)", file.read_text(encoding="utf-8"))
    }
    assert readers - {"portal/operations/backup.py"} <= allowed  # which hands it on to PostgreSQL's programs


@pytest.mark.parametrize("variable", sorted(documented()))
def test_a_setting_is_explained_in_words_above_it(variable: str) -> None:
    lines = EXAMPLE.splitlines()
    at = next(n for n, line in enumerate(lines) if re.match(rf"#?{variable}=", line))
    above = at - 1
    while re.match(r"#?(DOUDI|OTEL)_[A-Z_]+=", lines[above]):
        above -= 1
    assert re.match(r"# \w", lines[above]), f"{variable} has no words above it"


def test_the_defaults_that_are_shown_are_the_defaults(tmp_path: Path) -> None:
    create_instance_secrets(tmp_path)
    plain = load_settings({"DOUDI_INSTANCE": str(tmp_path)})
    shown = {
        name: value
        for name, value in documented().items()
        if name.startswith(
            ("DOUDI_LIMITS", "DOUDI_DRAFT", "DOUDI_HOTLINE", "DOUDI_TRUSTED", "DOUDI_READ", "DOUDI_LOG")
        )
        or name in ("DOUDI_PUBLIC_URL", "DOUDI_CASE_SYSTEM_URL", "OTEL_TRACES_EXPORTER")
    }
    assert len(shown) >= 11
    told: Settings = load_settings({"DOUDI_INSTANCE": str(tmp_path), **shown})
    assert told == plain


def test_the_example_as_it_stands_does_not_start_without_secrets(tmp_path: Path) -> None:
    uncommented = dict(re.findall(r"^(DOUDI_[A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert set(uncommented) == {"DOUDI_SECRET_KEY", "DOUDI_DATA_KEYS"}
    with pytest.raises(ConfigError):
        load_settings({**uncommented, "DOUDI_INSTANCE": str(tmp_path)})


def test_the_program_starts_with_nothing_but_what_an_installation_has(tmp_path: Path) -> None:
    """The tests' own libraries are hidden; one that is needed and not locked would only fail at the customer's."""
    create_instance_secrets(tmp_path)
    locked = re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    code = (
        "import importlib.metadata, re, sys\n"
        f"locked = {locked!r}\n"
        "for name, owners in importlib.metadata.packages_distributions().items():\n"
        "    if not {re.sub('[-_.]+', '-', one).lower() for one in owners} & {*locked, 'setuptools'}:\n"
        "        sys.modules[name] = None\n"
        "assert sys.modules.get('pytest', 0) is None\n"
        "import portal.wsgi\n"
    )
    environ = {**os.environ, "DOUDI_INSTANCE": str(tmp_path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert len(locked) > 40
    assert done.returncode == 0, done.stderr
