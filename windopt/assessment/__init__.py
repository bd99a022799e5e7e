"""Which layout to use, whether the AI was worth it, what it took; CO2, everyday equivalences.

The rule of the second answer stands in `windopt.assessment.duel`. Anybody can recompute it from
`differences.csv` of a run folder, with delta and s_rose of its `assessment.json` (`delta_mwh`,
`std_rose_mwh`):

>>> import csv, numpy as np
>>> from scipy.stats import t
>>> delta, s_rose = 400.0, 30.0
>>> rows = list(csv.DictReader(open("differences.csv")))
>>> models, seeds = (sorted({row[key] for row in rows}) for key in ("wake_model", "seed"))
>>> D = np.zeros((len(models), len(seeds)))
>>> for row in rows:
...     where = models.index(row["wake_model"]), seeds.index(row["seed"])
...     D[where] = float(row["difference_mwh"])
>>> (M, K), mu, a, b = D.shape, D.mean(), D.mean(axis=1), D.mean(axis=0)
>>> E = ((D - a[:, None] - b + mu) ** 2).sum() / ((M - 1) * (K - 1))
>>> s_b2 = max(0.0, (M * b.var(ddof=1) - E) / M)
>>> s = np.sqrt(a.var(ddof=1) * (1 + 1 / M) + s_b2 / K + s_rose**2)
>>> P = {x: t.cdf((mu - x) / s, M - 1) for x in (delta, -delta)}
>>> p = {"worth it": P[delta], "equivalent": P[-delta] - P[delta], "worse": 1 - P[-delta]}
>>> likely = max(p, key=p.get)
>>> print(likely if p[likely] >= 0.9 else f"undecided, leaning {likely}", round(p[likely], 3))
worth it 0.967
"""
