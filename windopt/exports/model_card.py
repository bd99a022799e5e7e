"""A model card for a run's surrogate, as Hugging Face reads them: YAML, then words.

`co2_eq_emissions` follows https://huggingface.co/docs/hub/model-cards-co2, in grams. Emissions are
the energy of simulating the data and training, failures included, times what the electricity
carries; without a country, and for a surrogate that was made elsewhere, there is no figure.
"""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from windopt.electricity import countries
from windopt.ledger.bounds import Bounds
from windopt.ledger.project import ProjectRun
from windopt.ledger.records import Record
from windopt.words import about

CARD = "surrogate/card.json"
SOURCE = "windopt's energy ledger, {method}"


def model_card(run: ProjectRun) -> str | None:
    """Return the text of README.md; None for a run without a surrogate."""
    assets = [asset for asset in run.content.assets if asset["kind"] == "surrogate"]
    if not assets:
        return None
    asset, card = assets[-1], _read_card(run)
    emissions = _emissions(run, asset)
    licence = card.get("licence")
    front = {
        **({"license": str(licence).lower()} if licence else {}),
        "library_name": "windopt",
        "tags": ["wind-energy", "wind-farm-layout", "wake-model", "surrogate-model"],
        "co2_eq_emissions": _co2(run, asset, emissions),
    }
    text = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    return f"---\n{text}---\n\n{_body(run, asset, card, emissions)}"


def _read_card(run: ProjectRun) -> Mapping[str, Any]:
    try:
        card = json.loads((run.folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


def _emissions(run: ProjectRun, asset: Record) -> Bounds | None:
    """Return the emissions of making the surrogate [g CO2e], where they are known."""
    intensity = run.stated("grid_g_per_kwh")
    elsewhere = asset.get("reused_from") or asset.get("retrained_from")
    if intensity is None or elsewhere or asset["energy_debt_wh"]["central"] is None:
        return None
    return Bounds.of(asset["energy_debt_wh"]).scaled(1e-3).times(Bounds.of(intensity))


def _co2(run: ProjectRun, asset: Record, emissions: Bounds | None) -> dict[str, Any]:
    if asset.get("reused_from"):
        return {"source": f"made elsewhere: see the card of {asset['reused_from']}"}
    code = run.stated("country")
    model, vcpus = run.stated("cpu_model"), run.stated("vcpus")
    kind = "fine-tuning" if asset.get("retrained_from") else "pre-training"
    return {
        **({"emissions": float(f"{emissions.central:.2g}")} if emissions else {}),
        "source": SOURCE.format(method=asset["energy_debt_wh"]["method"] or "nothing measured"),
        "training_type": kind,
        **({"geographical_location": _country(code)} if code else {}),
        **({"hardware_used": f"{vcpus} virtual processors of {model}"} if model else {}),
    }


def _country(code: str) -> str:
    return countries()[code].name if code in countries() else code


def _body(run: ProjectRun, asset: Record, card: Mapping[str, Any], emissions: Bounds | None) -> str:
    paragraphs = [f"# Wake surrogate of {run.stated('name') or run.name}"]
    if wake := card.get("wake"):
        paragraphs.append(
            f"Stands for FLORIS's wake model {wake.get('velocity_model')}, superposition "
            f"{wake.get('combination_model')}; load it with `windopt.load_surrogate`."
        )
    if errors := card.get("facts", {}).get("errors"):
        listed = [f"- {name}: {value:.3g}" for name, value in errors.items()]
        paragraphs.append("\n".join(["Errors on farms kept out of training:", "", *listed]))
    paragraphs.append(_energy_in_words(run, asset, emissions))
    return "\n\n".join(paragraphs) + "\n"


def _energy_in_words(run: ProjectRun, asset: Record, emissions: Bounds | None) -> str:
    if name := asset.get("reused_from"):
        saved = asset.get("saved_wh")
        wh = saved["central"] if saved else None
        spared = "" if wh is None else f", which spared this run about {about(wh)} Wh"
        return f"Taken from the library as {name}{spared}."
    debt = asset["energy_debt_wh"]
    took = "an energy that nothing measured"
    if debt["central"] is not None:
        low, central, high = (about(debt[bound]) for bound in ("low", "central", "high"))
        took = (
            f"about {central} Wh, between {low} and {high} Wh (method: {debt['method'] or 'none'})"
        )
    said = [f"Making it ({', '.join(asset['made_by'])}) took {took}."]
    if asset.get("retrained_from"):
        said.append(f"It was taught on from {asset['retrained_from']}, whose energy comes on top.")
    if emissions is None:
        said.append("Emissions are not stated: what all of that emitted is not known.")
    else:
        said.append(
            f"That is about {about(emissions.central)} g CO2e, between {about(emissions.low)} and "
            f"{about(emissions.high)} g, with the electricity of "
            f"{run.stated('grid_g_per_kwh')['source']}."
        )
    return " ".join(said)
