"""What plain networks make of the same task: naive peers sit the surrogate's validation.

    python results/surrogates/naive_peers.py [--seed 0]

FLORIS's gauss on configs/quickstart.yaml. A network on raw coordinates and a plain message-passing
network get four times the surrogate's data and more than its training time, are tuned on farms held
out, search a layout by the surrogate's own search and are examined as it is. Writes
naive_peers.json and naive_peers.md beside this file. One process, one thread.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

import windopt
from windopt.floris.adapter import free_speed_ratio, simulate_farm
from windopt.floris.dataset import simulate_dataset
from windopt.floris.sampling import jittered_grid, random_farm, training_cases
from windopt.floris.simulator import FarmCase, Simulator
from windopt.problem import farm as farms
from windopt.problem.conditions import Conditions
from windopt.problem.layout import FloatArray, IntArray
from windopt.problem.problem import LayoutProblem
from windopt.problem.random_layout import random_layout
from windopt.problem.repair import repair
from windopt.problem.wind_resource import WindResource
from windopt.search.grids import random_grid
from windopt.stages.validate import SHORT_SEARCH, validate_with_search
from windopt.surrogate.surrogate import Surrogate
from windopt.verification.unseen_farms import ValidationPlan

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "configs" / "quickstart.yaml"
DATA_FACTOR, HELD_OUT = 4, 0.1
"""Times the surrogate's data; share of the farms that recipes are compared on."""
TUNING_SHARE = 0.1
"""Of the final training's steps, for each recipe that is tried."""
STRIP_D, STRIP_GROWTH = 1.5, 0.15
"""Half-width of the strip that a turbine's messages reach [D], and its growth downstream."""
BLOCK = 600
"""Conditions predicted at once."""
PER_PIECE = 5
"""Conditions of a farm that are learned together."""
CLAIMED, VERIFIED = "gain claimed [%]", "gain verified by FLORIS [%]"
FACTS = ("parameters", "turbine_conditions", "data_cpu_s", "training_cpu_s", "tuning_cpu_s")
ONLY_25 = ValidationPlan(sizes=(25,))

Farm = tuple[FarmCase, FloatArray]
"""A farm in its conditions, and FLORIS's turbine powers (c, n) [W]."""


@dataclass(frozen=True)
class Recipe:
    """What is tuned; `variant` is the number of rounds, or how turbines are put in order."""

    width: int
    learning_rate: float
    variant: str


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs of a network and the turbines' true powers relative to those without wakes."""

    inputs: tuple[Tensor, ...]
    truth: Tensor


class Peer(nn.Module, farms.DifferentiableFarmModel):
    """A network of relative turbine powers, with what search and validation ask of a surrogate."""

    name: str
    recipes: tuple[Recipe, ...]
    steps: int
    joined: int
    """Pieces of farms that make a batch."""
    turns = 1
    """How often a farm is learned from, turned with its wind."""
    plan: ValidationPlan | None = None

    def __init__(self, problem: LayoutProblem, recipe: Recipe) -> None:
        super().__init__()
        self.diameter, self.hours = problem.rotor_diameter, problem.hours_per_year
        turbine = problem.turbine
        density = (problem.air_density / turbine.ref_air_density) ** (1.0 / 3.0)
        self.speed = turbine.wind_speed / (density * free_speed_ratio(problem, turbine))
        self.curve, self.rated = turbine.power, turbine.rated_power

    def inputs(self, layout: Tensor, wd: Tensor, weather: Tensor) -> tuple[Tensor, ...]:
        """Give the network's inputs for a layout (n, 2) [D] in conditions (c,)."""
        raise NotImplementedError

    @staticmethod
    def join(pieces: Sequence[Batch]) -> Batch:
        """Make one batch of several."""
        columns = zip(*(piece.inputs for piece in pieces), strict=True)
        return Batch(tuple(map(torch.cat, columns)), torch.cat([p.truth for p in pieces]))

    def free_power(self, ws: FloatArray) -> FloatArray:
        """Give the power [W] of a turbine in no wake."""
        return np.interp(ws, self.speed, self.curve, left=0.0, right=0.0)

    def weather(self, ws: Tensor, ti: Tensor) -> Tensor:
        """Give the inputs that all turbines share (c, 3)."""
        free = torch.as_tensor(self.free_power(ws.numpy()), dtype=torch.float32)
        return torch.stack([ws / 10.0 - 1.0, free / self.rated, torch.log(ti / 0.08)], 1)

    def pieces(self, farms: Sequence[Farm]) -> Iterator[Batch]:
        """Cut farms into small batches, without conditions in which no turbine turns."""
        for case, power in farms:
            free = self.free_power(case.ws)
            turns = np.flatnonzero(free > 0.0)
            for some in np.array_split(turns, max(1, len(turns) // PER_PIECE)):
                wd, ws, ti = (_single(column[some]) for column in (case.wd, case.ws, case.ti))
                inputs = self.inputs(self.centred(_single(case.layout)), wd, self.weather(ws, ti))
                yield Batch(inputs, _single(power[some] / free[some, None]))

    def error_pct(self, farms: Sequence[Farm]) -> float:
        """Give the mean absolute error of relative power [%]."""
        batch = self.join(list(self.pieces(farms)))
        with torch.no_grad():
            return 100.0 * float((self(*batch.inputs) - batch.truth).abs().mean())

    def centred(self, layout: Tensor) -> Tensor:
        """Give a layout about its middle in rotor diameters."""
        return (layout - layout.mean(0)) / self.diameter

    def power(
        self, layouts: Any, wd: Any, ws: Any, ti: Any, types: IntArray | None = None
    ) -> Tensor:
        """Give turbine powers (b, c, n) [W], differentiable in `layouts` (b, n, 2) [m]."""
        wd, ws, ti = (_single(column) for column in (wd, ws, ti))
        free = torch.as_tensor(self.free_power(ws.numpy()))
        weather = self.weather(ws, ti)
        powers = []
        for one in torch.as_tensor(layouts):
            layout = self.centred(one).float()
            parts = [
                self(*self.inputs(layout, wd[i : i + BLOCK], weather[i : i + BLOCK]))
                for i in range(0, len(wd), BLOCK)
            ]
            powers.append(torch.cat(parts).view(len(wd), -1).double() * free[:, None])
        return torch.stack(powers)

    def turbine_power(self, farm: farms.Farm, wind: Conditions) -> FloatArray:
        """Give turbine powers (b, *wind.ws.shape, n) [W]."""
        c = wind.listed
        with torch.no_grad():
            power = self.power(farm.layouts, c.wd, c.ws, c.ti).numpy()
        return power.reshape(len(power), *wind.ws.shape, -1)

    def mean_power_gradient(
        self, farm: farms.Farm, wind: Conditions
    ) -> tuple[FloatArray, FloatArray]:
        """Give the weighted mean farm power (b,) [W] and its gradient (b, n, 2) [W/m]."""
        c, layouts = wind.listed, torch.tensor(farm.layouts, requires_grad=True)
        power = self.power(layouts, c.wd, c.ws, c.ti).sum(2) @ torch.as_tensor(c.weight)
        gradient = torch.autograd.grad(power.sum(), layouts)[0]
        return power.detach().numpy(), gradient.numpy()

    def place_values(
        self, farm: farms.Farm, newcomer: int, places: FloatArray, wind: Conditions
    ) -> FloatArray:
        """Give the mean power with a turbine at each of some places (m,) [W], all of it anew."""
        standing = np.broadcast_to(farm.layouts, (len(places), *farm.layouts.shape[1:]))
        layouts = np.concatenate([standing, places[:, None]], axis=1)
        return self.mean_power(farms.Farm.of_one_type(layouts), wind)

    def wake_free_power(self, ws: FloatArray, n: int) -> Tensor:
        """Give the power of `n` turbines out of all wakes (n_speeds,) [W]."""
        return torch.as_tensor(n * self.free_power(ws))

    def aep(self, layouts: Any, wind: WindResource, *_: object) -> Tensor:
        """Give the annual energy (b,) [Wh]."""
        c = wind.conditions
        turns = self.free_power(c.ws) > 0.0
        power = self.power(layouts, c.wd[turns], c.ws[turns], c.ti[turns]).sum(2)
        return self.hours * power @ torch.as_tensor(c.weight[turns])


class RawCoordinates(Peer):
    """A multilayer perceptron from all coordinates, direction, speed and turbulence."""

    name = "network on raw coordinates"
    recipes = (
        Recipe(256, 1e-3, "sorted by x"),
        Recipe(256, 1e-3, "sorted downwind"),
        Recipe(256, 3e-3, "sorted downwind"),
        Recipe(512, 1e-3, "sorted downwind"),
    )
    steps, joined, turns, plan = 14_000, 40, 8, ONLY_25

    def __init__(self, problem: LayoutProblem, recipe: Recipe) -> None:
        super().__init__(problem, recipe)
        n, w = problem.n_turbines, recipe.width
        self.downwind = recipe.variant == "sorted downwind"
        self.layers = _perceptron(2 * n + 5, w, w, w, n)

    def inputs(self, layout: Tensor, wd: Tensor, weather: Tensor) -> tuple[Tensor, ...]:
        """Give coordinates in a canonical order, wind, and the way back to the farm's order."""
        angle = torch.deg2rad(270.0 - wd)
        key = layout[:, 0].detach().expand(len(wd), -1)
        if self.downwind:
            key = torch.stack([angle.cos(), angle.sin()], 1) @ layout.detach().T
        order = key.argsort(dim=1)
        wind = torch.cat([torch.stack([angle.cos(), angle.sin()], 1), weather], 1)
        return layout[order].flatten(1) / 10.0, wind, order.argsort(dim=1)

    def forward(self, coordinates: Tensor, wind: Tensor, back: Tensor) -> Tensor:
        """Give relative powers (c, n)."""
        answer: Tensor = self.layers(torch.cat([coordinates, wind], 1))
        return torch.sigmoid(answer + 2.0).gather(1, back)


class MessagePassing(Peer):
    """Turbines that tell those downstream about themselves, in a few rounds."""

    name = "message-passing network"
    recipes = (
        Recipe(32, 1e-2, "3 rounds"),
        Recipe(32, 2e-2, "3 rounds"),
        Recipe(40, 1e-2, "2 rounds"),
    )
    steps, joined = 4_500, 10

    def __init__(self, problem: LayoutProblem, recipe: Recipe) -> None:
        super().__init__(problem, recipe)
        w, rounds = recipe.width, int(recipe.variant.split()[0])
        self.first = nn.Linear(3, w)
        self.messages = nn.ModuleList(_perceptron(2 * w + 4, w, w) for _ in range(rounds))
        self.updates = nn.ModuleList(_perceptron(2 * w + 3, w, w) for _ in range(rounds))
        self.last = _perceptron(w, w, 1)

    def inputs(self, layout: Tensor, wd: Tensor, weather: Tensor) -> tuple[Tensor, ...]:
        """Give the nodes' weather, and the edges: source, receiver, where they stand."""
        angle, n = torch.deg2rad(270.0 - wd)[:, None], len(layout)
        x = layout[:, 0] * angle.cos() + layout[:, 1] * angle.sin()
        y = layout[:, 1] * angle.cos() - layout[:, 0] * angle.sin()
        dx, dy = (v[:, :, None] - v[:, None, :] for v in (x, y))
        near = (dx > 1e-3) & (dy.abs() < STRIP_D + STRIP_GROWTH * dx)
        condition, receiver, source = near.nonzero(as_tuple=True)
        dx, dy = dx[near], dy[near].abs()
        edge = [dx / 20.0, torch.log1p(dx) / 2.0 - 1.0, dy / (STRIP_D + STRIP_GROWTH * dx), dy / 2]
        nodes = weather.repeat_interleave(n, dim=0)
        return nodes, condition * n + source, condition * n + receiver, torch.stack(edge, 1)

    @staticmethod
    def join(pieces: Sequence[Batch]) -> Batch:
        """Join farms of any sizes into one graph."""
        nodes, sources, receivers, edges = zip(*(p.inputs for p in pieces), strict=True)
        first = np.cumsum([0, *(len(one) for one in nodes[:-1])]).tolist()
        source, receiver = (
            torch.cat([k + one for k, one in zip(first, some, strict=True)])
            for some in (sources, receivers)
        )
        truth = torch.cat([piece.truth.flatten() for piece in pieces])
        return Batch((torch.cat(nodes), source, receiver, torch.cat(edges)), truth)

    def forward(self, nodes: Tensor, source: Tensor, receiver: Tensor, edge: Tensor) -> Tensor:
        """Give relative powers (c * n,)."""
        state = self.first(nodes)
        for message, update in zip(self.messages, self.updates, strict=True):
            told = message(torch.cat([state[source], state[receiver], edge], 1))
            heard = torch.zeros_like(state).index_add(0, receiver, told)
            state = state + update(torch.cat([state, heard, nodes], 1))
        return torch.sigmoid(self.last(state)[:, 0] + 2.0)


class Here(Executor):
    """Runs at once, in this process; what FLORIS has been asked before is not asked again."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a call, or remember what came of it, and give its result."""
        done: Future[Any] = Future()
        if fn is simulate_farm:
            text = json.dumps(args, sort_keys=True, default=lambda value: value.tolist())
            key = hashlib.sha256(text.encode()).hexdigest()
            if key not in self.known:
                self.known[key] = fn(*args)
            done.set_result(self.known[key])
        else:
            done.set_result(fn(*args, **kwargs))
        return done


def fitted(
    kind: type[Peer],
    recipe: Recipe,
    problem: LayoutProblem,
    farms: Sequence[Farm],
    steps: int,
    seed: int,
) -> Peer:
    """Train a peer with AdamW and a one-cycle learning rate."""
    torch.manual_seed(seed)
    peer, rng = kind(problem, recipe), np.random.default_rng(seed)
    pieces = list(peer.pieces(farms))
    for _ in range(peer.turns - 1):
        pieces += peer.pieces([(turned(case, rng), power) for case, power in farms])
    rate = recipe.learning_rate
    optimiser = torch.optim.AdamW(peer.parameters(), lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    for _ in range(steps):
        some = rng.integers(len(pieces), size=peer.joined)
        batch = peer.join([pieces[i] for i in some])
        loss: Any = nn.functional.huber_loss(peer(*batch.inputs), batch.truth, delta=0.05)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(peer.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    return peer


def turned(case: FarmCase, rng: np.random.Generator) -> FarmCase:
    """Turn a farm and its wind by one random angle."""
    angle = rng.uniform(0.0, 360.0)
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    layout = case.layout @ np.array([[cos, -sin], [sin, cos]])
    return replace(case, layout=layout, wd=(case.wd + angle) % 360.0)


def trained(
    kind: type[Peer], problem: LayoutProblem, farms: Sequence[Farm], seed: int
) -> tuple[Peer, dict[str, Any]]:
    """Try the recipes, train the best of them in full and tell how."""
    n = round((1 - HELD_OUT) * len(farms))
    cpu, errors = time.process_time(), []
    for recipe in kind.recipes:
        peer = fitted(kind, recipe, problem, farms[:n], round(TUNING_SHARE * kind.steps), seed)
        errors.append(round(peer.error_pct(farms[n:]), 3))
    tuned = time.process_time()
    best = kind.recipes[int(np.argmin(errors))]
    peer = fitted(kind, best, problem, farms[:n], kind.steps, seed)
    return peer, {
        "recipe": asdict(best),
        "tried": [
            {**asdict(recipe), "held_out_error_pct": error}
            for recipe, error in zip(kind.recipes, errors, strict=True)
        ],
        "training_cpu_s": round(time.process_time() - tuned, 1),
        "tuning_cpu_s": round(tuned - cpu, 1),
        "held_out_error_pct": round(peer.error_pct(farms[n:]), 3),
    }


def farms_of_all_sizes(problem: LayoutProblem, seed: int) -> list[FarmCase]:
    """Draw more of the farms that the surrogate learns from, all thrusts as they are."""
    settings = problem.config.simulate
    n = DATA_FACTOR * settings.farms
    each = settings.conditions // settings.farms
    learned = round((1 - HELD_OUT) * n)
    cases = training_cases(problem, n, learned, each, settings.max_turbines, seed)
    return [replace(case, types=None) for case in cases]


def farms_of_one_size(problem: LayoutProblem, seed: int, turbine_conditions: int) -> list[FarmCase]:
    """Draw farms of the problem's size: half on the site, half as in the validation."""
    rng, n, each = np.random.default_rng(seed), problem.n_turbines, 10
    farms = turbine_conditions // (n * each) + 1
    weather = training_cases(problem, farms, 0, each, 2, seed)
    return [
        replace(case, layout=_layout(problem, i % 8, rng), types=None)
        for i, case in enumerate(weather)
    ]


def _layout(problem: LayoutProblem, kind: int, rng: np.random.Generator) -> FloatArray:
    n, diameter = problem.n_turbines, problem.rotor_diameter
    if kind >= 4:
        draw = random_farm if kind % 2 else jittered_grid
        return diameter * draw(n, float(np.exp(rng.uniform(*np.log((3.0, 9.0))))), rng)
    layout = problem.initial_layout if kind == 0 else None
    while kind == 1 and layout is None:
        layout = random_grid(rng).layout(problem)
    if layout is None:
        layout = random_layout(problem, rng)
    return repair(problem, layout + rng.normal(0.0, rng.uniform(0.0, 1.0) * diameter, (n, 2)))


def _perceptron(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for i, o in pairwise(widths):
        layers += [nn.Linear(i, o), nn.SiLU()]
    return nn.Sequential(*layers[:-1])


def _single(values: Any) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32)


def main() -> None:
    """Train and examine the surrogate and its peers, then write figures and table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    seed, here = parser.parse_args().seed, Here()
    torch.set_num_threads(1)
    problem = windopt.load_problem(CONFIG, {"wake.velocity_model": "gauss", **SHORT_SEARCH})
    results = [surrogate_result(problem, here, seed)]
    write(HERE, results, seed)
    for kind in (MessagePassing, RawCoordinates):
        results.append(peer_result(kind, problem, here, seed))
        write(HERE, results, seed)


def surrogate_result(problem: LayoutProblem, here: Here, seed: int) -> dict[str, Any]:
    """Train windopt's surrogate with the defaults and examine it."""
    simulator = Simulator(problem, here)
    dataset = simulate_dataset(problem, simulator, seed)
    cpu = time.process_time()
    surrogate = windopt.train_surrogate(problem, seed, dataset)
    facts = {"training_cpu_s": round(time.process_time() - cpu, 1), "tuning_cpu_s": 0.0}
    facts = _data(simulator) | facts
    return facts | examined("windopt's surrogate", surrogate, problem, here, seed)


def peer_result(kind: type[Peer], problem: LayoutProblem, here: Here, seed: int) -> dict[str, Any]:
    """Train a peer and examine it."""
    simulator, cases = Simulator(problem, here), farms_of_all_sizes(problem, seed)
    if kind.plan is ONLY_25:
        total = sum(len(case.layout) * len(case.wd) for case in cases)
        cases = farms_of_one_size(problem, seed, total)
    powers = [state.power for state in simulator.simulate(cases)]
    peer, facts = trained(kind, problem, list(zip(cases, powers, strict=True)), seed)
    stand_in = cast(Surrogate, peer)
    facts = _data(simulator) | facts
    return facts | examined(kind.name, stand_in, problem, here, seed, kind.plan)


def examined(
    name: str,
    predictor: Surrogate,
    problem: LayoutProblem,
    here: Here,
    seed: int,
    plan: ValidationPlan | None = None,
) -> dict[str, Any]:
    """Examine a predictor, and once more on farms of 25 turbines alone."""
    own = validate_with_search(predictor, problem, seed, here, plan=plan)
    alike = windopt.validate_surrogate(predictor, problem, plan=ONLY_25, seed=seed, executor=here)
    figures = {bar.figure: bar.value for bar in own.bars}
    if plan is ONLY_25:
        figures |= dict.fromkeys(list(figures)[:3])
    return {
        "name": name,
        "parameters": sum(weights.numel() for weights in predictor.parameters()),
        "figures": figures
        | {CLAIMED: own.claimed_gain_pct, VERIFIED: own.verified_gain_pct}
        | {f"farms of 25: {bar.figure}": bar.value for bar in alike.bars[:3]},
        "farms": [asdict(farm) for farm in own.farms],
        "farms_of_25": [asdict(farm) for farm in alike.farms],
    }


def _data(simulator: Simulator) -> dict[str, Any]:
    counts = simulator.counts
    return {
        "farms_learned": counts.evaluations,
        "turbine_conditions": counts.turbine_conditions,
        "data_cpu_s": round(counts.worker_cpu_s, 1),
    }


HEAD = """\
# Two plain networks beside the surrogate

`python results/surrogates/naive_peers.py --seed {seed}` trains windopt's surrogate with the
defaults, a plain message-passing network and a network on raw coordinates on FLORIS's gauss and
validates all three in the same way (see [README.md](README.md)). The plain networks get four times
the surrogate's turbine-conditions and are tuned on farms held out. The surrogate's search finds a
layout with each; FLORIS verifies the gain that it predicts. The network on raw coordinates takes
farms of 25 turbines only: all three are validated on those, too.
CPU-seconds are of one thread on a shared machine. Everything else is in
[naive_peers.json](naive_peers.json).

"""


def write(folder: Path, results: Sequence[Mapping[str, Any]], seed: int) -> None:
    """Write figures and table of those that have been examined."""
    command = f"python results/surrogates/naive_peers.py --seed {seed}"
    lines = [f"{json.dumps(one['name'])}: {json.dumps(one)}" for one in results]
    text = ",\n".join([f'"command": {json.dumps(command)}', *lines])
    (folder / "naive_peers.json").write_text("{\n" + text + "\n}\n", encoding="utf-8")
    rows = [["", *(one["name"] for one in results)], ["---"] * (1 + len(results))]
    rows += [
        [fact.replace("_cpu_s", " [CPU-s]").replace("_", " "), *(f"{r[fact]:,}" for r in results)]
        for fact in FACTS
    ]
    rows += [
        [name, *(_cell(name, r["figures"][name]) for r in results)]
        for name in results[0]["figures"]
    ]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    text = HEAD.format(seed=seed) + table + "\n" + _where_peers_win(results)
    (folder / "naive_peers.md").write_text(text, encoding="utf-8")


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "cannot say"
    return f"{value:.{4 if name.startswith('rank') else 3}f}".replace("-", "−")


def _where_peers_win(results: Sequence[Mapping[str, Any]]) -> str:
    """Say in which figures a plain network is better than the surrogate."""
    own, *peers = results
    won = [
        f"the {peer['name']} in {name}"
        for peer in peers
        for name, value in peer["figures"].items()
        if value is not None
        and name != CLAIMED
        and _badness(name, value) < _badness(name, own["figures"][name])
    ]
    won += [
        f"the {peer['name']} in {fact}"
        for peer in peers
        for fact in FACTS
        if peer[fact] < own[fact]
    ]
    if not won:
        return "In none of these figures is a plain network better than the surrogate.\n"
    return f"A plain network is better than the surrogate here: {'; '.join(won)}.\n"


def _badness(name: str, value: float) -> float:
    more_is_better = name == VERIFIED or name.startswith("rank")
    return -value if more_is_better else abs(value)


if __name__ == "__main__":
    main()
