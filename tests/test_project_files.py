"""Files for those who join: workflows, templates, hooks, citation and security policy say what is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py import __version__
from tests.command_line import command, environment
from tests.conftest import REPOSITORY
from tests.markdown import read

yaml: Any = pytest.importorskip("yaml")

GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="not a checkout")
#: file → schema that check-jsonschema carries
SCHEMAS = {
    **dict.fromkeys(WORKFLOWS, "github-workflows"),
    **dict.fromkeys(sorted((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml")), "github-issue-forms"),
    GITHUB / "ISSUE_TEMPLATE" / "config.yml": "github-issue-config",
    GITHUB / "dependabot.yml": "dependabot",
    REPOSITORY / "CITATION.cff": "citation-file-format",
}


def parsed(path: Path) -> Any:
    """Content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow: Path) -> list[dict[str, Any]]:
    """All steps of all jobs."""
    return [step for job in parsed(workflow)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize(("path", "schema"), SCHEMAS.items(), ids=[path.name for path in SCHEMAS])
def test_files_follow_their_schema(path: Path, schema: str) -> None:
    """As GitHub and the readers of citations expect them."""
    pytest.importorskip("check_jsonschema")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_run_what_exists(workflow: Path) -> None:
    """Targets of the Makefile, scripts, extras; few rights, an end in time."""
    makefile, project = (REPOSITORY / "Makefile").read_text(), (REPOSITORY / "pyproject.toml").read_text()
    for step in steps(workflow):
        text = step.get("run", "")
        for target in re.findall(r"\bmake ([\w-]+)", text):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
        for script in re.findall(r"^\.ci/\w+", text):
            assert os.access(REPOSITORY / script, os.X_OK), script
        for extras in re.findall(r"\.\[([\w,]+)\]", text):
            for extra in extras.split(","):
                assert re.search(rf"^{extra} = \[", project, re.MULTILINE), extra
    content = parsed(workflow)
    assert content["permissions"] == {"contents": "read"}, "rights are given job by job"
    assert all(job["timeout-minutes"] for job in content["jobs"].values())


def test_the_commands_that_try_a_wheel_work(tmp_path: Path) -> None:
    """The last step of wheels.yml, run here."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    text = steps(GITHUB / "workflows" / "wheels.yml")[-1]["run"]
    tool = tmp_path / "rnnoise-py"
    tool.write_text(f'#!/bin/sh\nexec {" ".join(map(str, command()))} "$@"\n')
    tool.chmod(0o755)
    before = environment()
    paths = f"{tmp_path}:{Path(sys.executable).parent}:{before.get('PATH', '')}"
    done = subprocess.run(
        [bash, "-ec", text], cwd=tmp_path, env=before | {"PATH": paths}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "denoised").rglob("*.wav"))) == 2


def test_reports_of_faults_come_with_the_doctors() -> None:
    """Whoever opens an issue is asked for the versions in one command."""
    for name in ("bug.yml", "bits.yml"):
        assert "rnnoise-py doctor --report" in (GITHUB / "ISSUE_TEMPLATE" / name).read_text()


def test_hooks_are_the_commands_of_lint() -> None:
    """pre-commit runs what `make lint` runs."""
    hooks = [hook for repo in parsed(REPOSITORY / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    lint = re.search(r"^lint:.*?\n((?:\t.*\n)+)", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert lint
    wanted = {line.split("-m ")[1].split()[0] for line in lint[1].splitlines() if "-m " in line}
    assert wanted <= {hook["entry"].split("-m ")[1].split()[0] for hook in hooks}


def test_the_citation_has_this_version() -> None:
    """CITATION.cff is changed with the version."""
    assert parsed(REPOSITORY / "CITATION.cff")["version"] == __version__


def test_the_security_policy_names_tests_that_exist() -> None:
    """Each promise is tested somewhere."""
    tests = re.findall(r"`(tests/[\w/]+\.py)`", read("SECURITY.md"))
    assert tests
    assert all((REPOSITORY / name).is_file() for name in tests)
