"""The stages of a run, one module each; `windopt.pipeline.STAGES` lists them in their order.

A stage is a function of a `windopt.runs.session.Run`: the problem, the run folder, the open ledger
and the workers. It reads artefacts of the folder, computes, and writes artefacts. Only such
functions get the run; what they call gets the values it works with. `begin` opens a run, `summary`
sums it up. `docs/method/run.md` has the table of stages and artefacts.
"""
