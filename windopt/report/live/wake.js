"use strict";
// The wake of a turbine, as windopt/surrogate/compiled has it: primitives of equations 2 to 15 of
// docs/method/surrogate.md, forward only. Lengths are in D of the source where not said otherwise.

/** Return the numbers of an array that the page holds as base64. */
function unpack(packed) {
  const text = atob(packed.base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const kinds = { f4: Float32Array, f8: Float64Array, u4: Uint32Array };
  return new kinds[packed.kind](bytes.buffer);
}

const EXP_STEPS = 64, EXP_LEAST = -60, EXP_MOST = 20;
const EXP_TABLE = Float64Array.from(
  { length: (EXP_MOST - EXP_LEAST) * EXP_STEPS + 2 },
  (_, k) => Math.exp(EXP_LEAST + k / EXP_STEPS),
);

/** Return e^x to 3e-9 of it; 0 below e^-60. Twice as fast as Math.exp. */
function exp(x) {
  if (!(x > EXP_LEAST)) return 0;
  if (x > EXP_MOST) return Math.exp(x);
  const place = (x - EXP_LEAST) * EXP_STEPS, knot = place | 0;
  const f = (place - knot) * (1 / EXP_STEPS);
  return EXP_TABLE[knot] * (1 + f * (1 + f * (0.5 + f * (1 / 6))));
}

/** A surrogate: its tables, and one wake after the other. */
class Kernel {
  constructor(data) {
    Object.assign(this, data.fixed);
    for (const name of ["mirror", "mixing", "turbulent", "cumulative", "lifts"]) {
      this[name] = data[name];
    }
    for (const name of ["mixingGain", "cut", "liftGain", "liftRate", "growth"]) {
      this[name] = data[name];
    }
    this.types = data.diameter.length;
    this.diameter = Float64Array.from(data.diameter);
    this.density = Float64Array.from(data.densityFactor);
    this.halfWidth = Float64Array.from(data.halfWidth);
    this.margin = Float64Array.from(data.margin);
    this.columns = Float64Array.from(data.columns);
    this.rowWeight = Float64Array.from(data.rowWeight);
    this.shear = unpack(data.shear);
    this.above = unpack(data.above);
    this.image = unpack(data.image);
    this.sosfs = data.superposition === "sosfs";
    this.largest = data.superposition === "max";
    this.profile = ["gaussian", "super", "edge"].indexOf(data.profile);
    this._tables(data);
    this._curves(data.curves);
  }

  _tables(data) {
    const [, columns, terms] = data.branch.shape;
    this.table = Float64Array.from(unpack(data.table));
    this.branch = Float64Array.from(unpack(data.branch));
    this.ambientBranch = Float64Array.from(unpack(data.ambientBranch));
    this.strip = unpack(data.strip);
    this.ctKnots = data.branch.shape[0];
    this.tiKnots = columns;
    this.terms = terms;
    this.loudTerms = data.ambientBranch.shape[2];
    this.ambientKnots = data.ambientBranch.shape[1];
    this.width = terms + this.loudTerms;
    this.offset = Float64Array.from(data.offset);
    this.first = Int32Array.from(data.first);
    this.end = Int32Array.from(data.end);
    [this.tiFloor, this.tiFirst, this.tiStep] = data.ti;
    [this.ambientFirst, this.ambientStep] = data.ambient;
    this.weights = new Float64Array(8);
  }

  _curves(curves) {
    this.points = curves.speed.shape[1];
    this.last = Float64Array.from(curves.last);
    this.speed = unpack(curves.speed);
    this.power = unpack(curves.power);
    this.thrust = unpack(curves.thrust);
    this.tilt = curves.tilt ? unpack(curves.tilt) : null;
    const buckets = 1024;
    this.buckets = buckets;
    this.before = new Int32Array(this.types * (buckets + 1));
    this.perSpeed = new Float64Array(this.types);
    for (let of = 0; of < this.types; of++) {
      const first = this.speed[of * this.points];
      this.perSpeed[of] = buckets / (this.last[of] - first);
      let at = 0;
      for (let b = 0; b <= buckets; b++) {
        const speed = first + b / this.perSpeed[of];
        while (this.speed[of * this.points + at + 1] < speed) at++;
        this.before[of * (buckets + 1) + b] = Math.max(at - 1, 0);
      }
    }
  }

  /** Return the point of a type's curves before a speed; -1 beyond their ends (13). */
  pointBefore(of, u) {
    const start = of * this.points, first = this.speed[start];
    if (!(u >= first && u <= this.last[of])) return -1;
    const bucket = Math.min(((u - first) * this.perSpeed[of]) | 0, this.buckets);
    let at = this.before[of * (this.buckets + 1) + bucket];
    while (this.speed[start + at + 1] < u) at++;
    return at;
  }

  _on(curve, of, at, u) {
    const k = 2 * (of * (this.points - 1) + at);
    return curve[k] + curve[k + 1] * (u - this.speed[of * this.points + at]);
  }

  /** Return a turbine's power [W] at its rotor's wind speed [m/s] (13). */
  powerAt(of, u) {
    const dense = u * this.density[of], at = this.pointBefore(of, dense);
    return at < 0 ? 0 : this._on(this.power, of, at, dense);
  }

  /** Return its thrust coefficient (13). */
  thrustAt(of, u) {
    const at = this.pointBefore(of, u);
    if (at < 0) return this.ctMin;
    return Math.min(Math.max(this._on(this.thrust, of, at, u), this.ctMin), this.ctMax);
  }

  /** Return its rotor's tilt [rad] (13). */
  tiltAt(of, u) {
    const at = this.pointBefore(of, u);
    return at < 0 ? 0 : this._on(this.tilt, of, at, u);
  }

  /** Return the turbulence of a rotor out of all wakes (12). */
  leastTurbulence(ambient) {
    if (!this.mixing) return ambient;
    return Math.sqrt(this.noMixing ** 2 + (this.mixingGain * ambient) ** 2);
  }

  /** Set the weights of Catmull and Rom's cubic (15) in four places. */
  _cubic(f, at) {
    const w = this.weights;
    w[at] = 0.5 * f * ((2 - f) * f - 1);
    w[at + 1] = 0.5 * (f * f * (3 * f - 5) + 2);
    w[at + 2] = 0.5 * f * ((4 - 3 * f) * f + 1);
    w[at + 3] = 0.5 * f * f * (f - 1);
  }

  /** Set T's branch over Ct in ambient turbulence, from place `at` of `row` on (15). */
  collapse(ambient, row, at) {
    const columns = this.ambientKnots, terms = this.loudTerms;
    let place = (Math.log(ambient) - this.ambientFirst) / this.ambientStep;
    place = Math.min(Math.max(place, 0), columns - 1);
    const left = Math.min(place | 0, columns - 2);
    this._cubic(place - left, 0);
    for (let x = 0; x < this.ctKnots; x++) {
      for (let k = 0; k < terms; k++) {
        let sum = 0;
        for (let b = 0; b < 4; b++) {
          const y = Math.max(Math.min(left - 1 + b, columns - 1), 0);
          sum += this.weights[b] * this.ambientBranch[(x * columns + y) * terms + k];
        }
        row[at + x * terms + k] = sum;
      }
    }
  }

  /** Set the branch's terms of a source in its state (15), from place `to` of `out` on. */
  branchAt(ct, ti, row, rowAt, out, to) {
    const { ctKnots, tiKnots, terms, loudTerms, weights, branch } = this;
    let x = (this.ctFirst - Math.log(Math.sqrt(1 - ct) + this.ctShift)) / this.ctStep;
    let y = (Math.log(ti + this.tiFloor) - this.tiFirst) / this.tiStep;
    x = Math.min(Math.max(x, 0), ctKnots - 1);
    y = Math.min(Math.max(y, 0), tiKnots - 1);
    const left = Math.min(x | 0, ctKnots - 2), lower = Math.min(y | 0, tiKnots - 2);
    this._cubic(x - left, 0);
    this._cubic(y - lower, 4);
    const y0 = Math.max(lower - 1, 0) * terms, y1 = lower * terms;
    const y2 = y1 + terms, y3 = Math.min(lower + 2, tiKnots - 1) * terms;
    const w4 = weights[4], w5 = weights[5], w6 = weights[6], w7 = weights[7];
    const sums = this.sums || (this.sums = new Float64Array(this.width));
    sums.fill(0);
    for (let a = 0; a < 4; a++) {
      const near = Math.max(Math.min(left - 1 + a, ctKnots - 1), 0), w = weights[a];
      const at = near * tiKnots * terms;
      for (let k = 0; k < terms; k++) {
        sums[k] += w * (w4 * branch[at + y0 + k] + w5 * branch[at + y1 + k]
          + w6 * branch[at + y2 + k] + w7 * branch[at + y3 + k]);
      }
      if (this.turbulent) {
        for (let k = 0; k < loudTerms; k++) sums[terms + k] += w * row[rowAt + near * loudTerms + k];
      }
    }
    for (let k = 0; k < this.width; k++) out[to + k] = sums[k];
  }

  /** Set the trunk's terms at a distance [m] (3), from place `to` of `out` on. */
  trunkAt(dx, diameter, out, to) {
    const { table, width } = this;
    let place = (Math.log(dx / (diameter * this.scale)) - this.firstKnot) / this.knotStep;
    place = Math.min(Math.max(place, 0), this.lastPlace);
    const knot = place | 0, between = place - knot, at = knot * width;
    for (let k = 0; k < width; k++) {
      const before = table[at + k];
      out[to + k] = before + between * (table[at + width + k] - before);
    }
  }

  /** Return half-width [D] of the strip in which a wake is felt; its growth is in `stripGrowth`. */
  stripAt(ti) {
    let place = (Math.log(ti + this.tiFloor) - this.tiFirst) / this.tiStep;
    const knots = this.strip.length / 2;
    place = Math.min(Math.max(place, 0), knots - 1);
    const knot = Math.min(place | 0, knots - 2), share = place - knot, s = this.strip, k = 2 * knot;
    this.stripGrowth = s[k + 1] + share * (s[k + 3] - s[k + 1]);
    return s[k] + share * (s[k + 2] - s[k]);
  }
}
