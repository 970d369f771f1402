"""The environment of the systems that are compared: .venv-peers, made on first use, one for all of them."""

import subprocess
import sys
import venv
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / ".venv-peers"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_OURS = ("--editable", str(REPOSITORY), "--editable", str(REPOSITORY / "integrations" / "langchain"))


def python() -> Path:
    """The interpreter of the environment; makes it, and again when what it is made of has changed.

    A peer that cannot be installed is named on stderr, and the others are.

    Raises:
        SystemExit: there is no environment to be had.
    """
    interpreter = FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    made_of = _fingerprint()
    stamp = FOLDER / "made-of"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != made_of:
        print(f"making {FOLDER.name}: the systems to compare with, in an environment of their own", file=sys.stderr)
        venv.create(FOLDER, clear=True, symlinks=sys.platform != "win32", with_pip=True)
        if not _install(interpreter, *_OURS, "--constraint", str(REPOSITORY / "constraints.txt")):
            sys.exit("slm-instrument itself cannot be installed there")
        if not _install(interpreter, "--requirement", str(REQUIREMENTS)):
            for requirement in _requirements():
                if not _install(interpreter, requirement, "--constraint", str(REPOSITORY / "constraints.txt")):
                    print(f"{requirement} cannot be installed here", file=sys.stderr)
        stamp.write_text(made_of, encoding="utf-8")
    return interpreter


def versions() -> dict[str, str]:
    """What is installed there, of the packages that the requirements name."""
    found = {
        each.name: each.version
        for lib in FOLDER.glob("[Ll]ib/**/site-packages")
        for each in distributions(path=[str(lib)])
    }
    return {name: found[name] for name in sorted(each.partition("==")[0] for each in _requirements()) if name in found}


def _requirements() -> list[str]:
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def _install(interpreter: Path, *arguments: str) -> bool:
    command = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stderr.strip().rpartition("\n")[2], file=sys.stderr)
    return done.returncode == 0


def _fingerprint() -> str:
    files = ("constraints.txt", "pyproject.toml", "integrations/langchain/pyproject.toml")
    contents = b"".join((REPOSITORY / name).read_bytes() for name in files) + REQUIREMENTS.read_bytes()
    return sha256(contents).hexdigest()
