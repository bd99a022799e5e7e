"""A GPU that is asked for and is not there is an error before anything is written."""

import sys
from pathlib import Path

import pytest
import torch

from windopt.commands import cli
from windopt.errors import ConfigError
from windopt.pipeline import begin
from windopt.surrogate.surrogate import choose_device

without_gpu = pytest.mark.skipif(
    torch.cuda.is_available(), reason="this machine has a GPU: asking for one is no fault here"
)


@without_gpu
def test_missing_gpu_is_refused(small_config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"device: 'cuda', but .* no GPU .*; set device: auto"):
        begin(small_config, tmp_path / "run", {"device": "cuda"})
    assert not (tmp_path / "run").exists()


@without_gpu
def test_missing_gpu_is_bad_input_on_the_command_line(
    small_config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "run"
    line = ["windopt", "run", str(small_config), "--out", str(out), "--set", "device=cuda"]
    monkeypatch.setattr(sys, "argv", line)
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "'cuda', but PyTorch finds no GPU" in capsys.readouterr().err
    assert not out.exists()


def test_auto_takes_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for available, device in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda available=available: available)
        assert choose_device("auto") == device
        assert choose_device("cpu") == "cpu"
