"""What a virtual processor draws at rest and at full load, by the generation of its processor.

The rows are those of Cloud Carbon Footprint, which takes the power of whole servers in the
SPECpower benchmark (power supply, fans and some memory included), divided by their threads. Its
methodology page has the mean over the servers of a large cloud, for a processor that is not known.

Sources
    CCF 2023    cloud-carbon-coefficients, output/coefficients-azure-use.csv, revision 2ecb2f61
    CCF 2026    ccf-coefficients, output/coefficients-aws-use.csv, revision b0032d92
    CCF mean    cloudcarbonfootprint.org/docs/methodology: 0.74 W at rest, 3.5 W at full load

The 2026 table's EPYC of the 5th generation (3.68 and 8.96 W) rests on small servers of 16 cores; a
processor of that generation is treated as one that is not known.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

CCF_2023 = "Cloud Carbon Footprint, coefficients of 2023"
CCF_2026 = "Cloud Carbon Footprint, coefficients of 2026"
CCF_MEAN = "Cloud Carbon Footprint, mean of a large cloud's servers"


class Processor(NamedTuple):
    """A row of the table.

    Attributes
    ----------
    name : str
        Of the generation.
    idle_w, full_w : float [W]
        Of a virtual processor (a thread) at rest and at full load.
    source : str
    """

    name: str
    idle_w: float
    full_w: float
    source: str


GENERIC = Processor("processor not known", 0.74, 3.5, CCF_MEAN)
PROCESSORS = {
    row.name: row
    for row in (
        Processor("Sandy Bridge", 2.21, 8.63, CCF_2026),
        Processor("Ivy Bridge", 1.71, 5.56, CCF_2026),
        Processor("Haswell", 1.90, 6.01, CCF_2023),
        Processor("Broadwell", 0.71, 3.69, CCF_2023),
        Processor("Skylake", 0.64, 4.19, CCF_2023),
        Processor("Cascade Lake", 0.64, 3.97, CCF_2023),
        Processor("Coffee Lake", 1.14, 5.42, CCF_2023),
        Processor("Ice Lake", 0.77, 3.76, CCF_2026),
        Processor("Sapphire Rapids", 1.04, 4.16, CCF_2026),
        Processor("Emerald Rapids", 0.81, 4.48, CCF_2026),
        Processor("Granite Rapids", 0.58, 2.53, CCF_2026),
        Processor("EPYC 1st generation", 0.82, 2.55, CCF_2023),
        Processor("EPYC 2nd generation", 0.47, 1.69, CCF_2023),
        Processor("EPYC 3rd generation", 0.45, 2.02, CCF_2023),
        Processor("EPYC 4th generation", 0.74, 2.28, CCF_2026),
    )
}
NAMES = (
    (r"EPYC[- ]Rome|EPYC 7\w\w2", "EPYC 2nd generation"),
    (r"EPYC[- ]Milan|EPYC 7\w\w3", "EPYC 3rd generation"),
    (r"EPYC[- ]Genoa|EPYC (9|8)\w\w4", "EPYC 4th generation"),
    (r"EPYC[- ]Naples|EPYC 7\w\w1", "EPYC 1st generation"),
    (r"Cascade ?lake|Xeon.*(Platinum|Gold|Silver|Bronze) [3-9]2\d\d", "Cascade Lake"),
    (r"Ice ?lake|Xeon.*(Platinum|Gold|Silver|Bronze) [3-9]3\d\d", "Ice Lake"),
    (r"Sapphire ?Rapids|Xeon.*(Platinum|Gold|Silver|Bronze) [3-9]4\d\d", "Sapphire Rapids"),
    (r"Emerald ?Rapids|Xeon.*(Platinum|Gold|Silver|Bronze) [3-9]5\d\d", "Emerald Rapids"),
    (r"Granite ?Rapids|Xeon.* 6\d\d\dP", "Granite Rapids"),
    (r"Xeon.*Skylake|Xeon.*(Platinum|Gold|Silver|Bronze) [3-9]1\d\d", "Skylake"),
    (r"Xeon.* E-2[12]\d\d", "Coffee Lake"),
    (r"Xeon.*Broadwell|Xeon.* E[57]-\d+.* v4", "Broadwell"),
    (r"Xeon.*Haswell|Xeon.* E[57]-\d+.* v3", "Haswell"),
    (r"Xeon.*IvyBridge|Xeon.* E[57]-\d+.* v2", "Ivy Bridge"),
    (r"Xeon.*SandyBridge|Xeon.* E5-\d+\w*( 0)? @", "Sandy Bridge"),
)
"""By what processors call themselves, virtual ones of QEMU included."""
NUMBERS = {
    ("Xeon", 6, 45): "Sandy Bridge",
    ("Xeon", 6, 62): "Ivy Bridge",
    ("Xeon", 6, 63): "Haswell",
    ("Xeon", 6, 79): "Broadwell",
    ("Xeon", 6, 85): "Skylake",
    ("Xeon", 6, 106): "Ice Lake",
    ("Xeon", 6, 143): "Sapphire Rapids",
    ("Xeon", 6, 173): "Granite Rapids",
    ("Xeon", 6, 207): "Emerald Rapids",
    ("EPYC", 23, 1): "EPYC 1st generation",
    ("EPYC", 23, 49): "EPYC 2nd generation",
    ("EPYC", 25, 1): "EPYC 3rd generation",
    ("EPYC", 25, 17): "EPYC 4th generation",
    ("EPYC", 25, 160): "EPYC 4th generation",
}
"""By family and model, where the name says no more than `Xeon` or `EPYC`, as clouds like it."""
FIRST_CASCADE_LAKE = 5
"""Stepping of the model that it shares with Skylake."""
AMX = "amx_tile"
"""Matrix instructions that Xeon processors have from Sapphire Rapids on."""


def processor_of(facts: Mapping[str, str]) -> Processor:
    """Return the row for a processor, `GENERIC` where its generation is not known.

    Parameters
    ----------
    facts : mapping of str to str
        As /proc/cpuinfo has them: "model name", "cpu family", "model", "stepping", "flags".
    """
    name = facts.get("model name", "")
    for pattern, generation in NAMES:
        if re.search(pattern, name, re.IGNORECASE):
            return PROCESSORS[generation]
    brand = "Xeon" if "Xeon" in name else "EPYC" if "EPYC" in name else ""
    family, model, stepping = (_number(facts, key) for key in ("cpu family", "model", "stepping"))
    known = NUMBERS.get((brand, family, model))
    if known == "Skylake" and stepping >= FIRST_CASCADE_LAKE:
        known = "Cascade Lake"
    if known is None and brand == "Xeon" and AMX in facts.get("flags", "").split():
        known = "Sapphire Rapids"  # or a later one, whose model number is hidden
    return GENERIC if known is None else PROCESSORS[known]


def _number(facts: Mapping[str, str], key: str) -> int:
    value = facts.get(key, "")
    return int(value) if value.isdigit() else -1
