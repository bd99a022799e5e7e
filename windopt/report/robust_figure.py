"""The picture of a robust run: what every wake model says each layout gains."""

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from windopt.report.robust import RobustTable
from windopt.report.style import INK, LAYOUTS, MUTED, RC, rule, set_titles

MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
"""Of wake models, in their order."""


@rc_context(RC)
def figure_robust(table: RobustTable) -> Figure:
    """Draw the gain of each layout under every wake model, with mean and P90.

    Parameters
    ----------
    table : RobustTable
    """
    drawn = [one for one in table.columns if one.gain is not None]
    models = list(table.record.models)
    figure = Figure(figsize=(9.5, 2.2 + 0.75 * len(drawn)), layout="constrained")
    axes = figure.add_subplot()
    for row, one in enumerate(drawn):
        assert one.gain is not None
        colour = LAYOUTS[one.key].colour
        low = one.gain.exceeded(0.9)
        axes.plot([low, one.gain.mean], [row, row], color=colour, lw=1.4, alpha=0.6)
        axes.vlines(one.gain.mean, row - 0.3, row + 0.3, color=colour, lw=3)
        axes.vlines(low, row - 0.3, row + 0.3, color=colour, lw=1.6, ls=(0, (2, 1.5)))
        for marker, model in zip(_marks(models), models, strict=True):
            gain = table.record.layouts[one.key][model].gain_pct
            searched = table.record.models[model].searched
            face, edge = (colour, "white") if searched else ("white", colour)
            assert gain is not None  # it is no reference
            axes.plot([gain], [row], ls="", marker=marker, ms=8.5, mfc=face, mec=edge)
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(range(len(drawn)), [one.name for one in drawn])
    axes.set(ylim=(len(drawn) - 0.5, -0.5), xlabel=f"gain over the {table.over}, FLORIS [%]")
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    rule(axes, "x")
    told = (f"{one.name} {table.percent(one.gain.mean)} %" for one in drawn if one.gain is not None)
    set_titles(axes, "gain under every wake model", f"mean: {', '.join(told)}")
    keys = [
        Line2D(
            [],
            [],
            ls="",
            marker=mark,
            ms=8,
            mec=MUTED,
            mfc=MUTED if table.record.models[model].searched else "white",
            label=table.model_name(model).replace(" *", ", judges only"),
        )
        for mark, model in zip(_marks(models), models, strict=True)
    ]
    keys.append(Line2D([], [], ls="", marker="|", ms=12, mew=3, color=MUTED, label="mean"))
    keys.append(Line2D([], [], ls="", marker="|", ms=12, mew=1.4, color=MUTED, label="P90"))
    figure.legend(handles=keys, loc="outside lower center", ncols=4)
    return figure


def _marks(models: list[str]) -> list[str]:
    return [MARKERS[number % len(MARKERS)] for number in range(len(models))]
