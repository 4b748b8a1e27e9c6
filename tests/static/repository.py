"""Lists the files of the repository, for the checks in this folder.

What git would commit: tracked files and new ones that are not ignored. Without git's data (an
unpacked release) every file outside build/.
"""
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files():
    """The repository's files as sorted paths relative to ROOT."""
    listed = _from_git() if (ROOT / ".git").exists() else _from_disk()
    return sorted(path for path in set(listed) if (ROOT / path).is_file())


def fail_on(problems, summary):
    """Ends the check: prints each problem and fails, or prints the summary and passes."""
    print("\n".join(problems) if problems else summary)
    raise SystemExit(1 if problems else 0)


def _from_git():
    # The owner of a checkout in a container is often somebody else; that is no danger here.
    git = ["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listed = subprocess.run(git + ["--cached", "--others", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in listed.split("\0") if name]


def _from_disk():
    return [path.relative_to(ROOT) for path in ROOT.rglob("*")
            if path.relative_to(ROOT).parts[0] != "build" and "__pycache__" not in path.parts]
