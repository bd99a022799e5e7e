"""The stages of a run, one module each, in the order in which `windopt.pipeline` lists them.

=============  ====================  ===========================================================
module         leaves                from
=============  ====================  ===========================================================
`warm_start`       `warm_start.csv`          a short search on a wake formula, where time is limited
`simulate`     `dataset.nc`          random farms in FLORIS
`train`        `surrogate/`          the dataset; or `reuse` takes both from a library
`optimise`     `solution.json`       a search on the surrogate; `sizing` where the number is free
`verify`       `verification.json`        FLORIS, which teaches the surrogate (`lessons`) where it
has
                                     promised too much; `decision` hands out the best layout
`baseline`     `baselines.json`         searches without learning
`robustness`   `robustness.json`     other wake models
`report`       `report.html`         all of these, and FLORIS asked `what_if`
=============  ====================  ===========================================================

A stage is a function of a `run.Run`: the problem, the run folder, the open ledger and the workers.
It reads artefacts of the folder and leaves its own there. `begin` opens a run, `summary` sums it
up.
"""
