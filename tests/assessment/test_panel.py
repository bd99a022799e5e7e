"""The panel of judges: every name is one that a code has, and a panel is of several."""

from typing import get_args

import pytest
from pydantic import ValidationError

from windopt.config.assessment import DEFAULT_PANEL, OF, AssessmentConfig, PanelModel
from windopt.verification.second_code import code_of


def test_every_model_of_another_code_is_known() -> None:
    for model in get_args(PanelModel):
        other = code_of(model)
        assert (other is None) == (OF not in model)
        if other is not None:
            assert model == f"{other[0].name.lower()}{OF}{other[1]}"


def test_two_codes_judge_by_default() -> None:
    panel = AssessmentConfig().panel
    assert panel == DEFAULT_PANEL
    assert {OF in model for model in panel} == {True, False}


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        (["gauss"], "at least two"),
        (["cc", "cc"], "'cc' twice"),
        (["cc", "mine"], "Input should be"),
    ],
)
def test_a_panel_is_of_several_models_that_there_are(panel: list[str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AssessmentConfig.model_validate({"panel": panel})
