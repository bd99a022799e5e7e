"""Where ledgers are: in the run folder named, or in all run folders below the folder named."""

from collections.abc import Iterable
from pathlib import Path

from windopt.errors import RunFolderError

LEDGER_FILE = "ledger.jsonl"


def ledger_files(paths: Iterable[Path | str]) -> list[Path]:
    """Return the ledger files that some paths stand for, each once.

    Parameters
    ----------
    paths : Iterable[Path or str]
        Run folders, ledger files, or folders with run folders somewhere below.

    Raises
    ------
    RunFolderError
        When there is no ledger at one of them, nor below it.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        files = [path] if path.suffix == ".jsonl" else _files_in(path)
        if not files:
            raise RunFolderError(
                f"ledger '{path / LEDGER_FILE}' cannot be read: there is none, nor any below "
                f"'{path}'; name a run folder"
            )
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _files_in(folder: Path) -> list[Path]:
    own = folder / LEDGER_FILE
    return [own] if own.is_file() else sorted(folder.rglob(LEDGER_FILE))
