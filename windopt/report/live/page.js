"use strict";
// The working map: what happens when turbines are moved.

const NEAREST = 5, MWH = 1000, EARLY_MS = 30;

/** A layout's AEP by one kernel, whatever its number of turbines: window.windopt.aep. */
class Answers {
  constructor(data) {
    Object.assign(this, { data, models: new Map() });
  }

  /**
   * Return the AEP [GWh] of a layout [[x, y], ...] in metres.
   * @param {number[]} [types] of its turbines; by default those of the run
   */
  aep(kernel, layout, types) {
    const { data } = this, n = layout.length, fixed = data.fixed.length;
    if (!n || !layout.every((place) => place.length === 2 && place.every(Number.isFinite))) {
      throw new TypeError("windopt.aep takes [[x, y], ...] in metres");
    }
    const kinds = types || (n === data.types.length ? data.types : Array(n).fill(0));
    if (!types && n !== data.types.length && data.typeNames.length > 1) {
      throw new TypeError(`the types of ${data.types.length} turbines are known, the layout has ${n}: `
        + "give their types as well, windopt.aep(layout, types)");
    }
    let model = this.models.get(n);
    if (!model || model.of !== kernel) {
      model = { of: kernel, farm: new FarmModel(data, kernel, n + fixed) };
      this.models = new Map([[n, model]]);
    }
    model.farm.set(Float64Array.from([...layout, ...data.fixed].flat()),
      [...kinds, ...data.fixedTypes], new Uint8Array(n + fixed).fill(1));
    const own = model.farm.yields().own;
    let sum = 0;
    for (let j = 0; j < (data.fixedCounted ? n + fixed : n); j++) sum += own[j];
    return sum;
  }
}

/** The page. */
class Page {
  constructor(root, data) {
    Object.assign(this, { root, data, rules: new Rules(data), panel: new Panel(root) });
    this.layout = new Layout(data, "final");
    this.answers = new Answers(data);
    this.kernel = data.kernels[0];
    this.fixed = data.fixed.map(([x, y], i) => ({ x, y, kind: data.fixedTypes[i] }));
    this.chosen = null;
    this.adding = false;
    this.costs = null;
    const on = {};
    for (const name of ["begin", "move", "end", "cancel", "key", "remove", "snapBack", "place"]) {
      on[name] = (...rest) => this[name](...rest);
    }
    on.select = (slot) => this.select(slot);
    this.map = new TurbineMap(root.querySelector("svg"), data, on);
    this._controls();
    this.draw();
    setTimeout(() => this.take(this.kernel), EARLY_MS); // the page first
  }

  /** Compute with another kernel. */
  take(kernel) {
    this.kernel = kernel;
    this.model = new FarmModel(this.data, kernel, this.layout.size + this.fixed.length);
    this.base = this._yields(this.layout.of("final"));
    this.aeps = {};
    this.follow();
    this.root.dataset.ready = kernel.model;
  }

  /** Return AEP, and yields with and without wakes by slot [GWh]. */
  _yields(turbines) {
    const { size } = this.layout, n = size + this.fixed.length;
    const places = new Float64Array(2 * n), kinds = new Int32Array(n), stands = new Uint8Array(n);
    const put = (one, slot) => {
      places[2 * slot] = one.x;
      places[2 * slot + 1] = one.y;
      kinds[slot] = one.kind;
      stands[slot] = 1;
    };
    turbines.forEach((one) => put(one, one.slot));
    this.fixed.forEach((one, i) => put(one, size + i));
    this.model.set(places, kinds, stands);
    const { own, free } = this.model.yields(), all = { own, free: free.slice(), aep: 0, free_: 0 };
    for (let j = 0; j < (this.data.fixedCounted ? n : size); j++) {
      all.aep += own[j];
      all.free_ += free[j];
    }
    return all;
  }

  // What pointers and keys do.

  begin(slot, x, y) {
    const one = this.layout.by(slot);
    this.layout.keep();
    this.drag = { slot, dx: one.x - x, dy: one.y - y, moved: false };
  }

  move(slot, x, y) {
    if (!this.drag || this.drag.slot !== slot) return;
    const one = this.layout.by(slot);
    one.x = x + this.drag.dx;
    one.y = y + this.drag.dy;
    this.drag.moved = true;
    this.draw();
    this._soon();
  }

  end(slot) {
    if (!this.drag) return;
    if (!this.drag.moved) this.layout.forget();
    const moved = this.drag.moved;
    this.drag = null;
    if (moved) this.done(`turbine ${this.layout.number(slot)} moved`);
  }

  cancel() {
    if (!this.drag) return;
    this.drag = null;
    this.layout.undo();
    this.layout.future.pop();
    this.follow();
  }

  key(slot, east, north) {
    const one = this.layout.by(slot);
    if (this.keyed !== slot) this.layout.keep(); // one step back for a run of keys
    this.keyed = slot;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => { this.keyed = null; }, 1000);
    one.x += east;
    one.y += north;
    this.done(`turbine ${this.layout.number(slot)} moved`);
  }

  select(slot) {
    if (this.chosen !== slot) this.keyed = null;
    this.chosen = slot;
    this.map.mark(slot);
    this.write();
  }

  place(x, y) {
    if (!this.adding) return;
    this._add(false);
    this.layout.keep();
    const one = this.layout.add(x, y, Number(this.control("type")?.value ?? 0));
    if (!one) {
      this.layout.forget();
      this.say(`the page has room for ${this.data.more} more turbines only`);
      return;
    }
    this.done(`turbine ${this.layout.number(one.slot)} added`);
    this.map.focus(one.slot);
  }

  remove(slot) {
    if (slot === null || this.layout.turbines.length < 2 || !this.layout.by(slot)) return;
    const number = this.layout.number(slot);
    this.layout.keep();
    this.layout.remove(slot);
    this.chosen = null;
    this.done(`turbine ${number} removed`);
  }

  snapBack(slot) {
    if (this.drag) return;
    this.layout.keep();
    if (!this.layout.snapBack(slot)) this.layout.forget();
    else this.done(`turbine ${this.layout.number(slot)} is back where FLORIS has verified it`);
  }

  /** Show a change that is complete. */
  done(words) {
    this.costs = null;
    this.draw();
    this.follow();
    this.say(`${words}. AEP ${number(this.now.aep, 2)} GWh. ${this.broken.words.length
      ? `Rules broken: ${this.broken.words.join("; ")}` : "All rules are kept."}`);
  }

  say(words) {
    this.panel.text("said", words);
  }

  // What the page shows.

  _soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => setTimeout(() => {
      this.waiting = false;
      this.follow();
    }));
  }

  /** Let the numbers follow the layout. */
  follow() {
    if (!this.model) return;
    const began = performance.now();
    this.now = this._yields(this.layout.turbines);
    this.panel.at.aep.dataset.ms = (performance.now() - began).toFixed(1);
    if (!this.drag) this._cost();
    this.write();
    this.draw();
  }

  /** Return each turbine's share of yield lost to wakes, in the wind that is shown. */
  losses() {
    const { flow, wind, kernel } = this.model, d = this.direction;
    return this.layout.turbines.map(({ slot, kind }) => {
      if (d === null) return 1 - this.now.own[slot] / this.now.free[slot];
      const gain = flow.gain ? flow.gain[d * flow.n + slot] : flow.shearGain[kind];
      const K = wind.speed.length;
      let free = 0;
      for (let k = 0; k < K; k++) {
        free += wind.probability[d * K + k] * kernel.powerAt(kind, wind.speed[k] * gain);
      }
      return free > 0 ? flow.loss[d * flow.n + slot] / free : 0;
    });
  }

  draw() {
    const { turbines } = this.layout;
    this.broken = this.rules.broken(turbines, this.fixed);
    const loss = this.now ? this.losses() : turbines.map(() => NaN);
    const labels = turbines.map((one, i) => {
      const type = this.data.typeNames.length > 1 ? `, ${this.data.typeNames[one.kind]}` : "";
      const own = this.now ? this.now.own[one.slot] : NaN;
      const yields = Number.isFinite(own)
        ? `: ${number(own, 2)} GWh a year, wake loss ${number(100 * loss[i], 1)} %` : "";
      const wrong = this.broken.turbines.has(i) ? ", breaks a rule" : "";
      return `turbine ${i + 1}${type}${yields}${wrong}`;
    });
    this.map.show(turbines, labels, this._fills(loss), this.broken.turbines);
    this.map.mark(this.chosen);
    this.map.join(this.broken.pairs);
    this.map.wake(this.direction === null || !this.now ? [] : wakeShapes(this.model, this.direction, turbines));
  }

  _fills(loss) {
    const by = this.control("colour").value, key = this.panel.at.key;
    const values = by === "loss" ? loss.map((one) => 100 * one) : by === "cost" ? this._costsNow() : null;
    const known = values && values.every(Number.isFinite);
    key.hidden = !known;
    if (!known) return null;
    const low = Math.min(...values), high = Math.max(...values), unit = by === "loss" ? "%" : "MWh a year";
    this.panel.text("least", `${number(low, by === "loss" ? 1 : 0)}`);
    this.panel.text("most", `${number(high, by === "loss" ? 1 : 0)} ${unit}`);
    return values.map((one) => shade(high > low ? (one - low) / (high - low) : 0));
  }

  write() {
    if (!this.now) return;
    const { panel, data, kernel } = this, aep = this.now.aep, verified = kernel.floris.final;
    panel.at.aep.value = aep;
    panel.text("aep", fiveDigits(aep));
    panel.text("loss", `${number(100 * (1 - aep / this.now.free_), 2)} %`);
    panel.text("change", signed(MWH * (aep - this.base.aep), 0, "MWh"));
    if (data.netShare < 1) {
      panel.text("net", `Net of losses of ${number(100 * (1 - data.netShare), 1)} %: ${number(data.netShare * aep, 2)} GWh.`);
    }
    const sampled = data.sampled ? "a sampled " : "";
    const offset = verified === null || verified === undefined
      ? `FLORIS has not computed the verified layout with ${kernel.model} wakes: the offset is not known.`
      : `At the verified layout FLORIS gives ${sampled}${number(verified, 2)} GWh and the surrogate `
        + `${number(this.base.aep, 2)} GWh, an offset of ${signed(100 * (this.base.aep / verified - 1), 3, "%")}.`;
    panel.text("offset", `Surrogate's figures (${kernel.model} wakes), not FLORIS's. ${offset}`);
    panel.list("broken", this.broken.words.map((one) => one[0].toUpperCase() + one.slice(1)));
    panel.text("kept", this.broken.words.length ? "Rules broken:" : "All rules are kept.");
    panel.at.kept.classList.toggle("wrong", this.broken.words.length > 0);
    panel.rows("turbines", this._rows());
    this._compared();
    for (const [name, off] of [
      ["undo", !this.layout.past.length], ["redo", !this.layout.future.length],
      ["remove", this.chosen === null || this.layout.turbines.length < 2],
      ["back", this.chosen === null || !this.layout.home[this.chosen]],
    ]) {
      this.control(name).disabled = off;
    }
  }

  /** Return rows of the chosen turbine and of those nearest to it. */
  _rows() {
    const { turbines } = this.layout, one = this.chosen === null ? null : this.layout.by(this.chosen);
    if (!one) return [];
    if (!this.drag || !this.shown || this.shown.of !== one.slot) {
      const near = turbines.filter((other) => other !== one)
        .map((other) => [Math.hypot(other.x - one.x, other.y - one.y), other.slot])
        .sort((a, b) => a[0] - b[0]).slice(0, NEAREST).map((pair) => pair[1]);
      this.shown = { of: one.slot, near }; // the same rows throughout a drag
    }
    return [one.slot, ...this.shown.near].filter((slot) => this.layout.by(slot)).map((slot, k) => {
      const own = this.now.own[slot], free = this.now.free[slot], was = this.base.own[slot];
      const change = slot < this.layout.home.length ? signed(MWH * (own - was), 0, "") : "new";
      return {
        strong: k === 0,
        cells: [`${this.layout.number(slot)}`, number(own, 2), number(100 * (1 - own / free), 1), change.trim()],
      };
    });
  }

  _compared() {
    const key = this.control("compare").value, { panel, kernel } = this;
    this.control("use").disabled = !key;
    if (!key) {
      panel.text("compared", "");
      return;
    }
    const { label, places } = this.data.layouts[key];
    if (!(key in this.aeps)) this.aeps[key] = this.answers.aep(kernel, places);
    const more = this.now.aep - this.aeps[key];
    panel.text("compared", `${signed(MWH * more, 0, "MWh")} a year (${signed(100 * more / this.aeps[key], 3, "%")}) `
      + `against the ${label}, both by the surrogate.`);
  }

  // What a turbine costs others: what they would yield more without it.

  _costsNow() {
    return this.layout.turbines.map(({ slot }) => (this.costs ? this.costs[slot] ?? NaN : NaN));
  }

  _cost() {
    clearTimeout(this.costing);
    if (this.control("colour").value !== "cost" || this.costs) return;
    const { size } = this.layout, n = size + this.fixed.length, flow = this.model.flow;
    const places = flow.places.slice(), kinds = flow.kind.slice(), stands = flow.stands.slice();
    const farm = this.costFarm && this.costFarm.of === this.kernel ? this.costFarm
      : { of: this.kernel, model: new FarmModel(this.data, this.kernel, n) };
    this.costFarm = farm;
    const costs = {}, left = this.layout.turbines.map((one) => one.slot);
    const next = () => {
      if (!left.length) {
        this.costs = costs;
        panelText(this, "");
        this.draw();
        return;
      }
      const slot = left.shift(), without = stands.slice();
      without[slot] = 0;
      farm.model.set(places, kinds, without);
      const { own } = farm.model.yields();
      let sum = 0;
      for (let j = 0; j < (this.data.fixedCounted ? n : size); j++) if (j !== slot) sum += own[j] - this.now.own[j];
      costs[slot] = MWH * sum;
      panelText(this, `computing what turbines cost others: ${left.length} to go`);
      this.costing = setTimeout(next);
    };
    const panelText = (page, words) => page.panel.text("busy", words);
    this.costing = setTimeout(next);
  }

  // Controls.

  control(name) {
    return this.root.querySelector(`[data-do="${name}"]`);
  }

  get direction() {
    return this.control("wind").value === "one" ? Number(this.control("direction").value) : null;
  }

  _add(on) {
    this.adding = on;
    this.control("add").setAttribute("aria-pressed", String(on));
    this.map.root.classList.toggle("adding", on);
    if (on) this.say("tap the map where the turbine is to stand");
  }

  _controls() {
    const click = (name, what) => this.control(name)?.addEventListener("click", what);
    const change = (name, what) => this.control(name)?.addEventListener("change", what);
    click("undo", () => this.layout.undo() && this.done("undone"));
    click("redo", () => this.layout.redo() && this.done("done again"));
    click("add", () => this._add(!this.adding));
    click("remove", () => this.remove(this.chosen));
    click("back", () => this.snapBack(this.chosen));
    change("compare", () => {
      const key = this.control("compare").value;
      this.map.compare(key ? this.data.layouts[key].places : []);
      this.write();
    });
    click("use", () => {
      const key = this.control("compare").value;
      this.layout.keep();
      this.layout.turbines = this.layout.of(key);
      this.done(`the ${this.data.layouts[key].label} is taken`);
    });
    change("colour", () => {
      this.follow();
      this.draw();
    });
    const turn = () => {
      const d = this.direction;
      this.panel.at.directed.hidden = d === null;
      if (d !== null && this.model) {
        this.panel.text("from", `wind from ${Math.round(this.model.wind.direction[d])}°`);
      }
      this.draw();
    };
    change("wind", turn);
    this.control("direction").addEventListener("input", turn);
    change("model", () => {
      this.costs = null;
      this.take(this.data.kernels[Number(this.control("model").value)]);
    });
    click("csv", () => download("layout.csv", "text/csv", csvOf(this.data, this.layout.turbines)));
    click("geojson", () => download("layout.geojson", "application/geo+json",
      geojsonOf(this.data, this.layout.turbines)));
    click("floris", () => {
      const [yaml, wind, speedUp] = this.data.files.names;
      download(yaml, "application/yaml", florisOf(this.data, this.layout.turbines));
      download(wind, "text/csv", windOf(this.data, this.model.wind));
      if (this.data.speedUp) download(speedUp, "text/csv", speedUpOf(this.data));
    });
    document.addEventListener("keydown", (event) => { // wherever the focus is: of a button that is off it is gone
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      if (event.shiftKey ? this.layout.redo() : this.layout.undo()) this.done(event.shiftKey ? "done again" : "undone");
    });
  }
}

const root = document.getElementById("live");
if (root) {
  const data = JSON.parse(document.getElementById("live-data").textContent);
  const page = new Page(root, data);
  root.querySelector("[data-live=work]").hidden = false;
  window.windopt = {
    aep: (layout, types) => page.answers.aep(page.kernel, layout, types),
    layout: () => page.layout.turbines.map((one) => [one.x, one.y]),
    models: data.kernels.map((one) => one.model),
    use(model) {
      const at = data.kernels.findIndex((one) => one.model === model);
      if (at < 0) throw new RangeError(`${model} is none of ${this.models.join(", ")}`);
      if (page.control("model")) page.control("model").value = String(at);
      page.costs = null;
      page.take(data.kernels[at]);
    },
  };
}
