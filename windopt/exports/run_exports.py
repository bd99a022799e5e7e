"""Runs made ready to publish: each with its files, what they are, and what making them took."""

import shutil
from pathlib import Path

from windopt.errors import RunFolderError
from windopt.exports.boamps import boamps_reports
from windopt.exports.crate import files_of, ro_crate
from windopt.exports.model_card import model_card
from windopt.ledger.project import Project, ProjectRun
from windopt.runs.folder import write_text

README, METADATA = "README.md", "ro-crate-metadata.json"
OURS = "library_name: windopt"
"""What tells a model card of ours from another README."""


def write_exports(project: Project, folder: Path) -> list[Path]:
    """Write a publishable copy of each run.

    A copy holds the run's files, `ro-crate-metadata.json`, `README.md` (the surrogate's model card)
    and a `boamps-<stage>.json` for each kind of stage.

    Parameters
    ----------
    project : Project
        The runs.
    folder : Path
        Gets a folder for each run, named as its run folder; one that is the run folder itself needs
        no copies.

    Returns
    -------
    folders : those written

    Raises
    ------
    RunFolderError
        When something cannot be read or written.
    """
    names = [run.name for run in project.runs]
    return [
        _export(run, folder / (run.name if names.count(run.name) == 1 else f"{run.name}-{run.id}"))
        for run in project.runs
    ]


def _export(run: ProjectRun, folder: Path) -> Path:
    if folder.resolve() != run.folder:
        _copy_files(run, folder)
    texts = {f"boamps-{kind}.json": text for kind, text in boamps_reports(run).items()}
    card = model_card(run)
    if card is not None:
        _spare_notes(folder / README)
        texts[README] = card
    for name, text in (texts | {METADATA: ro_crate(run, texts)}).items():
        write_text(folder / name, text)
    return folder


def _spare_notes(readme: Path) -> None:
    """Refuse to write a model card over what somebody else has written."""
    if readme.exists() and OURS not in readme.read_text(encoding="utf-8", errors="replace"):
        raise RunFolderError(
            f"'{readme}' exists and is no model card of windopt; "
            "move it, or choose another folder with --export"
        )


def _copy_files(run: ProjectRun, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in files_of(run):
            source, target = run.folder / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copyfile(source, target)
    except (OSError, shutil.Error) as error:
        raise RunFolderError(
            f"run '{run.folder}' cannot be copied to '{folder}': {error}; "
            "choose another folder with --export"
        ) from error
