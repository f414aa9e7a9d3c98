# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of DAGs: what is planned, and what a folder looks like afterwards."""

from __future__ import annotations

import io
import os
import tarfile
import time
from pathlib import Path
from typing import Mapping

import pytest

from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files import dag_files
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.checksum import checksum
from ansible_collections.dataops.airflow.plugins.module_utils._kinds.dag_files.dag_files import File
from ansible_collections.dataops.airflow.plugins.module_utils._model.errors import InvalidInputError

DAG = "from airflow import DAG\nDAG('a')\n"
HELPER = "import json\n"


def tree(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def plan_of(source: Path, dest: Path, purge: bool = False, exclude: tuple[str, ...] = ()) -> dag_files.Plan:
    wanted = dag_files.read_folder(str(source), exclude)
    return dag_files.make_plan(wanted, dag_files.read_present(str(dest), wanted, exclude, purge), purge)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tree(tmp_path / "source", {"a.py": DAG, "sub/b.py": HELPER})


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tree(tmp_path / "dest", {"a.py": "old", "sub/c.py": "mine", "sub/__pycache__/c.pyc": "bytes"})


def test_new_files_come_changed_ones_are_replaced_and_others_stay(source: Path, dest: Path) -> None:
    plan = plan_of(source, dest)
    assert (plan.added, plan.updated, plan.removed) == (["sub/b.py"], ["a.py"], [])
    dag_files.apply(plan, str(dest), None)
    assert contents(dest) == {"a.py": DAG, "sub/b.py": HELPER, "sub/c.py": "mine", "sub/__pycache__/c.pyc": "bytes"}
    assert plan_of(source, dest).changed == []


def test_purge_removes_files_and_empty_folders_but_nothing_that_is_excluded(source: Path, dest: Path) -> None:
    tree(dest, {"gone/deep/d.py": "d", "keep/e.py": "e", ".git/config": "f"})
    plan = plan_of(source, dest, purge=True, exclude=("keep",))
    assert plan.removed == ["gone/deep/d.py", "sub/c.py"]
    dag_files.apply(plan, str(dest), None)
    assert contents(dest).keys() == {"a.py", "sub/b.py", "keep/e.py", ".git/config", "sub/__pycache__/c.pyc"}
    assert not (dest / "gone").exists()


def test_purge_with_nothing_wanted_is_an_error(tmp_path: Path, dest: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match="has no files"):
        plan_of(tmp_path / "empty", dest, purge=True)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.md", "sub/notes.md"),
        ("tests", "sub/tests/a.py"),
        ("sub/tests", "sub/tests/a.py"),
        ("none", "a/__pycache__/b"),
    ],
)
def test_patterns_exclude_names_folders_and_paths(pattern: str, path: str) -> None:
    assert dag_files.is_excluded(path, [pattern])
    assert not dag_files.is_excluded("sub/test.py", [pattern])


def test_what_was_done_is_undone_if_something_fails(source: Path, dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(source, {"new/d.py": DAG})
    before, unlink = contents(dest), os.unlink

    def fail(path: str, **options: int) -> None:
        if path == str(dest / "sub/c.py"):
            assert contents(dest).keys() > {"a.py", "new/d.py"}
            raise PermissionError(13, "Permission denied", path)
        unlink(path, **options)

    monkeypatch.setattr(os, "unlink", fail)
    with pytest.raises(dag_files.PlacementError, match="nothing was changed"):
        dag_files.apply(plan_of(source, dest, purge=True), str(dest), None)
    assert contents(dest) == before
    assert not (dest / "new").exists()


def test_what_cannot_be_undone_is_kept(source: Path, dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.replace

    def fail(new: str, place: str) -> None:
        if place == str(dest / "sub/b.py") or "/old-" in new:
            raise OSError(5, "Input/output error", place)
        rename(new, place)

    tree(source, {"sub/b.py": DAG})
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(dag_files.UndoError, match="those that are missing are in"):
        dag_files.apply(plan_of(source, dest), str(dest), None)
    assert "old" in contents(next(dest.glob(dag_files.STAGING + "*"))).values()


def test_a_backup_brings_everything_back(source: Path, dest: Path, tmp_path: Path) -> None:
    tree(source, {"new/folder/d.py": DAG})
    before, backup = contents(dest), str(tmp_path / "backup")
    dag_files.apply(plan_of(source, dest, purge=True), str(dest), backup)
    assert contents(dest) != before
    plan = dag_files.plan_restoration(backup, str(dest))
    assert (plan.added, plan.updated, plan.removed) == (["sub/c.py"], ["a.py"], ["new/folder/d.py", "sub/b.py"])
    dag_files.apply(plan, str(dest), None)
    assert contents(dest) == before
    assert not (dest / "new").exists()
    assert dag_files.plan_restoration(backup, str(dest)).changed == []


def test_a_backup_of_the_first_files_ever(source: Path, tmp_path: Path) -> None:
    dest, backup = tmp_path / "new", str(tmp_path / "backup")
    dag_files.apply(plan_of(source, dest), str(dest), backup)
    dag_files.apply(dag_files.plan_restoration(backup, str(dest)), str(dest), None)
    assert contents(dest) == {}


def test_a_backup_replaces_an_older_one_and_nothing_else(source: Path, dest: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    dag_files.apply(plan_of(source, dest), str(dest), str(backup))
    tree(source, {"a.py": "newer"})
    dag_files.apply(plan_of(source, dest), str(dest), str(backup))
    assert (backup / "files/a.py").read_text() == DAG
    with pytest.raises(InvalidInputError, match="contains a backup of"):
        dag_files.plan_restoration(str(backup), str(tmp_path))
    with pytest.raises(InvalidInputError, match="contains no backup"):
        dag_files.plan_restoration(str(source), str(dest))
    tree(source, {"a.py": "newest"})
    with pytest.raises(InvalidInputError, match="contains something else"):
        dag_files.apply(plan_of(source, dest), str(dest), str(tree(tmp_path / "other", {"mine": ""})))


def test_a_changed_file_gets_a_later_second_and_keeps_its_mode(source: Path, dest: Path) -> None:
    (dest / "a.py").chmod(0o640)
    former = (dest / "a.py").stat()
    dag_files.apply(plan_of(source, dest), str(dest), None)
    after = (dest / "a.py").stat()
    assert int(after.st_mtime) > int(former.st_mtime)
    assert (after.st_mode, (dest / "sub/b.py").stat().st_mode) == (0o100640, 0o100644)


def test_the_age_of_the_youngest_file_before(source: Path, dest: Path) -> None:
    now = time.time()
    os.utime(dest / "a.py", (now - 90, now - 90))
    assert 89 <= dag_files.former_age(["a.py", "sub/b.py"], str(dest))["former_age"] <= 95
    assert dag_files.former_age(["a.py", "sub/c.py"], str(dest))["former_age"] < 60
    assert dag_files.former_age(["sub/b.py"], str(dest)) == {}


def test_being_executable_is_a_difference(source: Path, dest: Path) -> None:
    dag_files.apply(plan_of(source, dest), str(dest), None)
    (source / "a.py").chmod(0o755)
    plan = plan_of(source, dest)
    assert plan.updated == ["a.py"]
    dag_files.apply(plan, str(dest), None)
    assert (dest / "a.py").stat().st_mode == 0o100755
    assert plan_of(source, dest).changed == []


def test_a_link_in_the_source_is_the_file_it_leads_to(source: Path, dest: Path, tmp_path: Path) -> None:
    (source / "link.py").symlink_to("a.py")
    dag_files.apply(plan_of(source, dest), str(dest), None)
    assert not (dest / "link.py").is_symlink()
    assert (dest / "link.py").read_text() == DAG
    for name, target in (("file", tree(tmp_path, {"secret": ""}) / "secret"), ("folder", "sub"), ("nothing", "none")):
        (source / name).symlink_to(target)
        with pytest.raises(InvalidInputError, match=f"{name} is neither a file"):
            plan_of(source, dest)
        assert plan_of(source, dest, exclude=(name,)).added == []
        (source / name).unlink()


def test_links_in_dest_are_neither_followed_nor_removed(source: Path, dest: Path, tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", {"x.py": "x"})
    (dest / "linked").symlink_to(outside)
    (dest / "x.py").symlink_to(outside / "x.py")
    assert plan_of(source, dest, purge=True).removed == ["sub/c.py"]
    tree(source, {"linked/x.py": "evil"})
    with pytest.raises(InvalidInputError, match="linked is a folder in the source but not in dest"):
        plan_of(source, dest)
    (source / "linked/x.py").rename(source / "x.py")
    with pytest.raises(InvalidInputError, match="x.py is a file in the source but not in dest"):
        plan_of(source, dest)


def test_a_folder_is_no_place_for_a_file(source: Path, dest: Path) -> None:
    tree(source, {"sub/c.py/d.py": "", "sub/__init__.py": ""})
    with pytest.raises(InvalidInputError, match="sub/c.py is a folder in the source"):
        plan_of(source, dest)


def archive(tmp_path: Path, *members: tuple[str, bytes, str]) -> str:
    """A tar file of (name, type, target)."""
    with tarfile.open(tmp_path / "dags.tar", "w") as tar:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, target, 3 if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(b"abc"))
    return str(tmp_path / "dags.tar")


def test_an_archive_is_read_as_a_folder_is(source: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "dags.tar.gz", "w:gz") as tar:
        tar.add(source, arcname=".")
    read = dag_files.read_archive(str(tmp_path / "dags.tar.gz"), ["sub"])
    assert read == dag_files.read_folder(str(source), ["sub"]) == {"a.py": File(DAG.encode())}


def test_links_in_an_archive_stay_in_it(tmp_path: Path) -> None:
    good = [("a", tarfile.REGTYPE, ""), ("b", tarfile.LNKTYPE, "a"), ("c/d", tarfile.SYMTYPE, "../a")]
    assert dag_files.read_archive(archive(tmp_path, *good), []) == dict.fromkeys(("a", "b", "c/d"), File(b"abc"))
    for bad in (("d", tarfile.SYMTYPE, "/etc/passwd"), ("e", tarfile.SYMTYPE, "e"), ("f", tarfile.FIFOTYPE, "")):
        with pytest.raises(InvalidInputError, match=f"{bad[0]} is neither a file"):
            dag_files.read_archive(archive(tmp_path, bad), [])


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.py", "sub/../../a.py"])
def test_an_archive_cannot_lead_out_of_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="which points outside of it"):
        dag_files.read_archive(archive(tmp_path, (name, tarfile.REGTYPE, "")), [])


def test_what_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is not a tar file"):
        dag_files.read_archive(str(tree(tmp_path, {"a.tar": "nothing"}) / "a.tar"), [])
    with pytest.raises(InvalidInputError, match="cannot be read: No such file"):
        dag_files.read_archive(str(tmp_path / "none.tar"), [])
    with pytest.raises(InvalidInputError, match="is not a folder"):
        dag_files.read_folder(str(tmp_path / "none"), [])


def test_others_never_see_half_a_file_or_a_staged_dag(
    source: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, seen = os.replace, []

    def replace(new: str, place: str) -> None:
        names = {path for path in contents(dest) if path.startswith(dag_files.STAGING)}
        assert not [name for name in names if name.endswith(".py")]
        assert [name for name in names if name.endswith("/.airflowignore")]
        seen.append(os.path.relpath(place, dest))
        rename(new, place)

    monkeypatch.setattr(os, "replace", replace)
    dag_files.apply(plan_of(source, dest), str(dest), None)
    # What DAGs may import comes before them.
    assert seen == ["sub/b.py", "a.py"]
    assert not [name for name in os.listdir(dest) if name.startswith(dag_files.STAGING)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (DAG, True),
        ("import airflow\nwith airflow.DAG('a') as dag:\n    pass\n", True),
        ("from airflow import DAG as Pipeline\nPipeline('a')\n", True),
        ("from airflow.sdk import dag\n@dag\ndef a(): ...\na()\n", True),
        ("from airflow import sdk\n@sdk.dag(schedule=None)\ndef a(): ...\na()\n", True),
        ("from airflow import DAG\nfor n in 'ab':\n    globals()[n] = DAG(n)\n", True),
        ("from airflow import DAG\ndef make(n):\n    return DAG(n)\nmake('a')\n", True),
        ("from airflow.sdk import dag\ndef make(n):\n    @dag(dag_id=n)\n    def a(): ...\n    a()\nmake('a')\n", True),
        ("from airflow_factory import load_yaml_dags\nload_yaml_dags(globals())\n", True),
        ("from airflow_company import tools\na = tools.make_dag('a')\n", True),
        ("from airflow_company import get_dag_logger\nlog = get_dag_logger()\n", False),
        # A helper that makes DAGs for others.
        ("from airflow import DAG\ndef make(n):\n    return DAG(n)\n", False),
        ("from airflow import DAG\nmake = lambda n: DAG(n)\n", False),
        ("from airflow import DAG\nif __name__ == '__main__':\n    DAG('a')\n", False),
        # Airflow itself does not look at these.
        ("from tools import DAG\nDAG('a')\n", False),
        ("def x(:\n", False),
        # What cannot be parsed here: a mistake, or a later Python.
        ("from airflow import DAG\nDAG('a'\n", True),
        ("from airflow.sdk import dag\n@dag()\ndef x(:\n", True),
        ("from airflow import models  # for all dags\ndef x(:\n", False),
        ("airflow dag \0", False),
    ],
)
def test_which_files_define_dags(source: str, expected: bool) -> None:
    assert dag_files.defines_dags("a.py", source.encode()) is expected
    assert not dag_files.defines_dags("a.txt", source.encode())


def test_what_airflow_has_to_parse() -> None:
    old = {"a.py": File(b"old"), "b.py": File(DAG.encode()), "helper.py": File(HELPER.encode()), "n.md": File(b"")}

    def parse(**changes: str | None) -> dict[str, list[str]]:
        new = {name.replace("_", "."): File(text.encode()) for name, text in changes.items() if text is not None}
        wanted = {
            name: file for name, file in {**old, **new}.items() if changes.get(name.replace(".", "_"), "") is not None
        }
        found = dag_files.to_parse(wanted, dag_files.make_plan(wanted, old, purge=True))
        assert found["checksums"].keys() == {*found["dag_files"], *found["other_files"]}
        return {name: found[name] for name in ("dag_files", "other_files")}

    assert parse(a_py=DAG) == {"dag_files": ["a.py"], "other_files": []}
    assert parse(a_py=DAG, n_md="text") == {"dag_files": ["a.py"], "other_files": []}
    assert parse(helper_py="x = 1") == {"dag_files": [], "other_files": ["a.py", "b.py", "helper.py"]}
    assert parse(a_py=DAG, x_yml="x") == {"dag_files": ["a.py"], "other_files": ["b.py", "helper.py"]}
    assert parse(helper_py=None) == {"dag_files": [], "other_files": ["a.py", "b.py"]}


def test_the_checksum_does_not_depend_on_line_ends() -> None:
    assert checksum(b"a\r\nb\n") == checksum(b"a\nb\r\n")
