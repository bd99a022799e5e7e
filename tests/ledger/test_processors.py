"""Processors by what real machines say of themselves in /proc/cpuinfo."""

from pathlib import Path

import pytest

from windopt.ledger.meters.processors import GENERIC, processor_of
from windopt.workers.host import cpu_facts


@pytest.mark.parametrize(
    ("name", "family", "model", "stepping", "row"),
    [
        ("AMD EPYC 7742 64-Core Processor", 23, 49, 0, "EPYC 2nd generation"),
        ("AMD EPYC 7R32", 23, 49, 0, "EPYC 2nd generation"),
        ("AMD EPYC", 23, 49, 0, "EPYC 2nd generation"),
        ("AMD EPYC", 25, 1, 1, "EPYC 3rd generation"),
        ("AMD EPYC 7B13", 25, 1, 0, "EPYC 3rd generation"),
        ("AMD EPYC 9654 96-Core Processor", 25, 17, 1, "EPYC 4th generation"),
        ("AMD EPYC-Rome Processor", 23, 49, 0, "EPYC 2nd generation"),
        ("Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", 6, 85, 7, "Cascade Lake"),
        ("Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz", 6, 85, 4, "Skylake"),
        ("Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", 6, 106, 6, "Ice Lake"),
        ("Intel(R) Xeon(R) Platinum 8488C", 6, 143, 8, "Sapphire Rapids"),
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", 6, 79, 0, "Broadwell"),
        ("Intel(R) Xeon(R) CPU @ 2.80GHz", 6, 85, 7, "Cascade Lake"),
        ("Intel(R) Xeon(R) CPU @ 2.00GHz", 6, 85, 3, "Skylake"),
        ("Intel(R) Xeon(R) CPU E5-2673 v4 @ 2.30GHz", 6, 79, 1, "Broadwell"),
        ("Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz", 6, 63, 2, "Haswell"),
        ("Intel Xeon Processor (Cascadelake)", 6, 85, 6, "Cascade Lake"),
        ("Intel(R) Xeon(R) E-2288G CPU @ 3.70GHz", 6, 158, 13, "Coffee Lake"),
    ],
)
def test_generation_is_known(name: str, family: int, model: int, stepping: int, row: str) -> None:
    facts = {"model name": name, "cpu family": str(family), "model": str(model)}
    assert processor_of(facts | {"stepping": str(stepping)}).name == row


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"model name": "Apple M2"},
        {"model name": "AMD Ryzen 7 5800X 8-Core Processor", "cpu family": "25", "model": "33"},
        {"model name": "Intel(R) Core(TM) i7-8700K CPU", "cpu family": "6", "model": "158"},
        {"model name": "AMD EPYC 9755 128-Core Processor", "cpu family": "26", "model": "2"},
        {"model name": "AMD EPYC", "cpu family": "torn", "model": ""},
    ],
)
def test_what_is_not_in_the_table_is_not_guessed(facts: dict[str, str]) -> None:
    assert processor_of(facts) is GENERIC


def test_hidden_model_number_is_told_by_what_the_processor_can_do() -> None:
    facts = {"model name": "Intel(R) Xeon(R) Processor", "cpu family": "6", "model": "167"}
    assert processor_of(facts) is GENERIC
    assert processor_of(facts | {"flags": "fpu amx_tile avx2"}).name == "Sapphire Rapids"


def test_first_processor_is_read(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("model name\t: AMD EPYC\nmodel\t\t: 49\n\nmodel name\t: other\n")
    assert cpu_facts(file) == {"model name": "AMD EPYC", "model": "49"}
    assert "cpu family" not in cpu_facts(tmp_path / "none")
