"""A run folder as an RO-Crate: what the files are, and which runs of which software made them.

The metadata follow RO-Crate 1.1 (https://w3id.org/ro/crate/1.1) and its profile for runs of
software, Process Run Crate 0.5. Every session of the ledger is a `CreateAction`. Author and licence
are not known to the ledger: the author is left out, and in place of the licence, without which no
crate is valid, stands that there is none yet.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from windopt.ledger.project import ProjectRun
from windopt.ledger.records import Record
from windopt.ledger.totals import APART_KINDS, WASTED_STATUSES
from windopt.runs.artefacts import lasting_artefacts

METADATA = "ro-crate-metadata.json"
CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENCE = "not stated yet: whoever publishes this has to choose one"
WINDOPT, PACKAGE = "#windopt", "https://pypi.org/project/{}/"
INPUTS = ("config.yaml",)
FILES = {one.file: (one.holds, one.media_type) for one in lasting_artefacts()}
"""Files a run folder may have: description and media type; a folder ends in a slash."""

Entity = dict[str, Any]


def files_of(run: ProjectRun) -> list[str]:
    """Return which of `FILES` there are in the run folder."""
    return [name for name in FILES if (run.folder / name).exists()]


def ro_crate(run: ProjectRun, exports: Iterable[str] = ()) -> str:
    """Return the text of `ro-crate-metadata.json` for a run folder.

    Parameters
    ----------
    run : ProjectRun
        The run.
    exports : iterable of str
        Names of the model card and BoAmps reports that stand beside the run's own files.
    """
    names, exports = files_of(run), list(exports)
    actions = [_action(run, session["id"], names) for session in run.content.runs]
    graph: list[Entity] = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": {"@id": CRATE},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"windopt run {run.name}",
            "description": "A wind farm layout optimised by windopt, with its energy ledger",
            "datePublished": run.ended[:10],
            "license": LICENCE,
            "conformsTo": {"@id": PROFILE},
            "hasPart": _references([*names, *exports]),
            "mentions": _references(action["@id"] for action in actions),
        },
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        *(_entity(run, name) for name in names),
        *(_export(name) for name in exports),
        *_software(run),
        *actions,
    ]
    content = {"@context": f"{CRATE}/context", "@graph": graph}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _entity(run: ProjectRun, name: str) -> Entity:
    description, media_type = FILES[name]
    if media_type is None:
        return {"@id": name, "@type": "Dataset", "name": name, "description": description}
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "description": description,
        "encodingFormat": media_type,
        "contentSize": str((run.folder / name).stat().st_size),
    }


def _export(name: str) -> Entity:
    card = name.endswith(".md")
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "description": "the surrogate's model card" if card else "energy of a stage, as BoAmps",
        "encodingFormat": "text/markdown" if card else "application/json",
    }


def _software(run: ProjectRun) -> list[Entity]:
    """Describe windopt and what it rests on, with the versions that are known."""
    versions = dict(run.versions)
    own = versions.pop("windopt", None)
    others: list[Entity] = [
        {
            "@id": PACKAGE.format(name),
            "@type": "SoftwareApplication",
            "name": name,
            "softwareVersion": version,
            "url": PACKAGE.format(name),
        }
        for name, version in versions.items()
    ]
    windopt: Entity = {"@id": WINDOPT, "@type": "SoftwareApplication", "name": "windopt"}
    if own:
        windopt["softwareVersion"] = own
    if others:
        windopt["softwareRequirements"] = _references(other["@id"] for other in others)
    return [windopt, *others]


def _action(run: ProjectRun, session: str, names: list[str]) -> Entity:
    own = [record for record in run.records if session in (record.get("run"), record.get("id"))]
    stages = [stage for stage in run.content.stages if stage.run == session]
    kinds = ", ".join(dict.fromkeys(stage.kind for stage in stages)) or "nothing"
    status = stages[-1].status if stages else "completed"
    action: Entity = {
        "@id": f"#{session}",
        "@type": "CreateAction",
        "name": f"windopt: {kinds}",
        "description": f"session {session} of run {run.name}, stages {kinds}",
        "startTime": _time(own[0]),
        "instrument": {"@id": WINDOPT},
        "object": _references(name for name in INPUTS if name in names),
    }
    if status == "running":
        return action
    action["endTime"] = _time(own[-1])
    if any(stage.kind not in APART_KINDS for stage in stages):
        action["result"] = _references(name for name in names if name not in INPUTS)
    failed = status in WASTED_STATUSES
    action["actionStatus"] = f"http://schema.org/{'Failed' if failed else 'Completed'}ActionStatus"
    return action | ({"error": stages[-1].error or status} if failed else {})


def _time(record: Record) -> str:
    return datetime.fromisoformat(record["time"]).isoformat(timespec="seconds")


def _references(ids: Iterable[str]) -> dict[str, str] | list[dict[str, str]]:
    """Refer to entities; to a single one without a list, as RO-Crate recommends."""
    references = [{"@id": one} for one in ids]
    return references[0] if len(references) == 1 else references
