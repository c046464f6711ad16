"""The tree as committed: the lock covers what is asked for, and nothing names a registry or one machine."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.rules import ROOT, imported, product, project

# Written in pieces, so that this file does not name them either.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("python" + "hosted", "org"), ("npm" + "js", "org"), ("npm" + "js", "com"), ("yarnpkg", "com"),
        ("deb", "debian", "org"), ("archive", "ubuntu", "com"), ("crates", "io"), ("proxy", "golang", "org"),
    )
)  # fmt: skip
MACHINE_PATHS = re.compile(r'(?<![\w.~}*-])(?<!\w")/(?:work|root|home/\w+|opt/pypi)(?:/|\b(?!\w))')

LOCKS = ("signer", "builder", "dev", "build")
CEILING = 8_000_000


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    found = []
    for name in tracked():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data:
            found.append((name, data.decode("utf-8", "replace")))
    return found


def pins(lock: str) -> list[tuple[Requirement, int]]:
    """Every requirement of a lock file, with how many hashes it carries."""
    joined = (ROOT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(Requirement(line.split("--hash")[0]), line.count("--hash=sha256:")) for line in lines]


def asked(lock: str) -> list[Requirement]:
    said = project()
    groups = said["dependency-groups"]
    base, builder = said["project"]["dependencies"], said["project"]["optional-dependencies"]["builder"]
    dev = [line for line in groups["dev"] if isinstance(line, str)]
    lines = {
        "signer": base,
        "builder": base + builder,
        "dev": base + builder + dev + groups["build"],
        "build": groups["build"],
    }[lock]
    return [Requirement(line) for line in lines]


def test_no_registry_host_is_named() -> None:
    named = [(name, host) for name, text in texts() for host in REGISTRIES if host in text]
    assert not named


def test_no_path_of_one_machine_is_named() -> None:
    named = [(name, found[0]) for name, text in texts() if (found := MACHINE_PATHS.search(text))]
    assert not named


def test_nothing_huge_is_committed() -> None:
    assert not [name for name in tracked() if (ROOT / name).stat().st_size > CEILING]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_hashed(lock: str) -> None:
    for pin, hashes in pins(lock):
        assert [clause.operator for clause in pin.specifier] == ["=="], pin
        assert pin.url is None, pin
        assert hashes, pin


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_covers_what_the_project_asks_for(lock: str) -> None:
    pinned = {canonicalize_name(pin.name): pin for pin, _ in pins(lock)}
    for requirement in asked(lock):
        pin = pinned.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement} is not in requirements/{lock}.txt: make lock"
        version = next(iter(pin.specifier)).version
        assert requirement.specifier.contains(version, prereleases=True), f"{pin}: make lock"


def test_the_locks_agree() -> None:
    everything = {(pin.name, str(pin.specifier)) for pin, _ in pins("dev")}
    for lock in ("signer", "builder", "build"):
        assert {(pin.name, str(pin.specifier)) for pin, _ in pins(lock)} <= everything


def test_the_signer_needs_nothing_of_the_builder() -> None:
    assert not {pin.name for pin, _ in pins("signer")} & {"bdkpython", "py-bitcoinkernel", "embit", "pytest"}


# Where a library is imported by another name than it is installed by.
INSTALLED_AS = {
    "cv2": "opencv-python-headless",
    "nacl": "pynacl",
    "sha3": "safe-pysha3",
    "pbk": "py-bitcoinkernel",
    "pkcs11": "python-pkcs11",
    "zxingcpp": "zxing-cpp",
}


@pytest.mark.parametrize("package", ["signer", "online_builder"])
def test_what_is_imported_is_what_is_asked_for(package: str) -> None:
    """A library that came along with another may leave with it; one that nobody imports is not carried."""
    tops = {
        name.split(".")[0]
        for source in product()
        for _, name in imported(source.tree)
        if package in source.path
    }
    ours = {"signer", "online_builder"}
    needed = {INSTALLED_AS.get(top, top) for top in tops - sys.stdlib_module_names - ours}
    allowed = {canonicalize_name(requirement.name) for requirement in asked(package.replace("online_", ""))}
    assert not {canonicalize_name(name) for name in needed} - allowed
    if package == "signer":
        assert not allowed - {canonicalize_name(name) for name in needed}


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "explanation" / "dependencies.md").read_text()
    asked_for = {requirement.name for requirement in asked("dev")}
    asked_for |= {
        line.split()[0]
        for line in (ROOT / "setup" / "packages.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    assert not {name for name in asked_for if f"`{name}`" not in page}
