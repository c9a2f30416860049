"""Which release is the last one, and what is said where none can be had."""

import shutil
import subprocess

import pytest

from tests.last_release import run
from tests.last_release.release import NoReleaseError, Release, last_release


class Repository:
    """A history of empty commits, and a RELEASES that is not committed."""

    def __init__(self, root):
        self.root = root
        self.does("init", "--quiet", "--initial-branch=main")

    def does(self, *arguments):
        somebody = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        return subprocess.check_output(["git", *somebody, *arguments], cwd=self.root, text=True).strip()

    def commits(self):
        self.does("commit", "--quiet", "--allow-empty", "--message=more")
        return self.does("rev-parse", "HEAD")

    def releases(self, *lines):
        (self.root / "RELEASES").write_text("# version commit\n" + "".join(f"{line}\n" for line in lines))

    def says(self):
        with pytest.raises(NoReleaseError) as none:
            last_release(self.root)
        return str(none.value)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return Repository(tmp_path)


def test_it_is_the_newest_that_comes_before(repository):
    first, second, _ = (repository.commits() for _ in range(3))
    repository.releases(f"0.1.0 {first}", f"0.2.0 {second}  # with deliveries")
    assert last_release(repository.root) == Release("0.2.0", second)


def test_the_commit_itself_and_other_branches_are_none(repository):
    first = repository.commits()
    repository.does("checkout", "--quiet", "-b", "other")
    other = repository.commits()
    repository.does("checkout", "--quiet", "main")
    head = repository.commits()
    repository.releases(f"0.1.0 {first}", f"0.1.1 {other}", f"0.2.0 {head}")
    assert last_release(repository.root) == Release("0.1.0", first)


def test_before_the_first_release_there_is_none(repository):
    assert repository.says() == "no release has been cut yet"
    repository.releases()
    assert repository.says() == "no release has been cut yet"
    repository.releases(f"0.1.0 {repository.commits()}")
    assert repository.says() == "no commit that RELEASES names comes before this one"


def test_a_shallow_clone_is_said_to_be_one(repository, tmp_path_factory):
    repository.releases(f"0.1.0 {repository.commits()}")
    repository.commits()
    clone = tmp_path_factory.mktemp("shallow") / "clone"
    repository.does("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(clone))
    shutil.copy(repository.root / "RELEASES", clone)
    with pytest.raises(NoReleaseError, match=r"release 0.1.0 is not in this clone: fetch the whole history"):
        last_release(clone)


def test_a_clone_that_has_a_release_but_not_what_came_after_is_said_to_be_shallow(repository, tmp_path_factory):
    first, *_ = (repository.commits() for _ in range(3))
    clone = tmp_path_factory.mktemp("cut") / "clone"
    repository.does("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(clone))
    repository.does("-C", str(clone), "fetch", "--quiet", "--depth=1", "origin", first)
    (clone / "RELEASES").write_text(f"0.1.0 {first}\n")
    with pytest.raises(NoReleaseError, match="does not reach back to a release: fetch the whole history"):
        last_release(clone)


def test_a_commit_that_there_never_was_is_a_failure(repository, monkeypatch, capsys):
    monkeypatch.setattr(run, "ROOT", repository.root)
    repository.commits()
    repository.releases(f"0.1.0 {'cafe' * 10}")
    assert run.main() == 1
    assert capsys.readouterr().out == f"RELEASES names {'cafe' * 10} for release 0.1.0: there is no such commit.\n"


def test_without_a_history_or_git_it_is_said(repository, monkeypatch):
    repository.releases("0.1.0 cafe")
    shutil.rmtree(repository.root / ".git")
    assert repository.says().startswith("git knows no history here (fatal: not a git repository")
    monkeypatch.setenv("PATH", "")
    assert repository.says() == "there is no git here to get the release with"


def test_no_release_is_one_sentence_and_no_failure(repository, monkeypatch, capsys):
    monkeypatch.setattr(run, "ROOT", repository.root)
    assert run.main() == 0
    assert capsys.readouterr().out == "The last release's tests were not run: no release has been cut yet.\n"


def test_a_line_that_is_no_release_is_a_failure(repository, monkeypatch, capsys):
    monkeypatch.setattr(run, "ROOT", repository.root)
    repository.releases("0.1.0")
    assert run.main() == 1
    assert capsys.readouterr().out == "RELEASES, line 2: a release is a version and a commit, and no more.\n"


def test_nothing_is_left_of_its_checkout(repository, monkeypatch, tmp_path_factory):
    monkeypatch.setattr(run, "ROOT", repository.root)
    release, tree = Release("0.1.0", repository.commits()), tmp_path_factory.mktemp("last") / "tree"
    with pytest.raises(KeyboardInterrupt, match="True"), run.checkout(release, tree):
        raise KeyboardInterrupt((tree / ".git").exists())
    assert not tree.exists()
    assert len(repository.does("worktree", "list").splitlines()) == 1


def test_it_is_spared_words_that_it_does_not_know_and_nothing_writes():
    assert run.spared_words(run.ROOT, {"reversed", "frobbed"}) == ["frobbed"]
