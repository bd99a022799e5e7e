"use strict";
// The wind of a page, and the yields of a farm in it.

const WH_PER_GWH = 1e9;

/** By what the free wind differs from place to place: linear on the triangles of a grid. */
class SpeedUp {
  constructor(data, direction) {
    this.x = unpack(data.x);
    this.y = unpack(data.y);
    this.falling = unpack(data.falling);
    this.factor = unpack(data.factor);
    const known = unpack(data.direction), s = known.length;
    this.first = new Int32Array(direction.length);
    this.second = new Int32Array(direction.length);
    this.weight = new Float64Array(direction.length);
    direction.forEach((wd, d) => {
      let second = 0;
      while (second < s && known[second] <= wd % 360) second++;
      second %= s;
      const first = (second + s - 1) % s;
      const gap = (known[second] - known[first] + 360) % 360;
      this.first[d] = first;
      this.second[d] = second;
      this.weight[d] = ((wd - known[first] + 360) % 360) / (gap > 0 ? gap : 360);
    });
  }

  static _cell(axis, at) {
    let low = 0, high = axis.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (axis[middle] < at) low = middle + 1; else high = middle;
    }
    return Math.min(Math.max(low - 1, 0), axis.length - 2);
  }

  /** Return the factor at a place [m], in a direction by its number. */
  at(east, north, d) {
    const { x, y, factor } = this, ny = y.length, sectors = factor.length / (x.length * ny);
    const i = SpeedUp._cell(x, east), k = SpeedUp._cell(y, north), w = this.weight[d];
    let p = Math.min(Math.max((east - x[i]) / (x[i + 1] - x[i]), 0), 1);
    let q = Math.min(Math.max((north - y[k]) / (y[k + 1] - y[k]), 0), 1);
    let right, upper;
    if (this.falling[i * (ny - 1) + k]) right = upper = p + q > 1 ? 1 : 0;
    else {
      right = p > q ? 1 : 0;
      upper = 1 - right;
    }
    const one = this.first[d] * x.length * ny, two = this.second[d] * x.length * ny;
    const value = (a, b) => (1 - w) * factor[one + a * ny + b] + w * factor[two + a * ny + b];
    const base = value(i + right, k + upper);
    let alongX = value(i + 1 - right, k + upper) - base;
    let alongY = value(i + right, k + 1 - upper) - base;
    if (right) {
      p -= 1;
      alongX = -alongX;
    }
    if (upper) {
      q -= 1;
      alongY = -alongY;
    }
    return base + p * alongX + q * alongY;
  }
}

/** The rose: all speeds for free wind, few of them for wakes. */
class Wind {
  constructor(rose, few, speedUp, middle) {
    this.direction = unpack(rose.direction);
    this.directions = this.direction.length;
    this.speed = unpack(rose.speed);
    this.probability = unpack(rose.probability);
    this.turbulence = unpack(rose.turbulence);
    this.middle = middle;
    const chosen = few.chosen, K = this.speed.length;
    this.few = Float64Array.from(chosen, (k) => this.speed[k]);
    this.weight = unpack(few.weight);
    this.ti = new Float64Array(this.directions * chosen.length);
    for (let d = 0; d < this.directions; d++) {
      chosen.forEach((k, s) => {
        this.ti[d * chosen.length + s] = this.turbulence[d * K + k];
      });
    }
    const angle = Array.from(this.direction, (wd) => (270 - wd) * Math.PI / 180);
    this.cos = Float64Array.from(angle, Math.cos);
    this.sin = Float64Array.from(angle, Math.sin);
    this.speedUp = speedUp ? new SpeedUp(speedUp, Array.from(this.direction)) : null;
  }
}

/** A farm's yields by one kernel. */
class FarmModel {
  /**
   * @param {object} data the page's
   * @param {object} one of its kernels
   * @param {number} size room for so many turbines, neighbours among them
   */
  constructor(data, one, size) {
    this.data = data;
    this.kernel = new Kernel(one.kernel);
    this.wind = new Wind(data.rose, one.few, data.speedUp, data.middle);
    this.flow = new Flow(this.kernel, this.wind, size);
    this.size = size;
    this.hours = data.hours;
    this.freeByType = Array.from({ length: this.kernel.types }, (_, kind) => {
      const gain = new Float64Array(this.wind.directions).fill(this.flow.shearGain[kind]);
      return this._freeYield(kind, gain, 0, 1);
    });
    this.freeYield = new Float64Array(size); // GWh
    this.known = new Float64Array(4 * size).fill(NaN);
  }

  /** Return a turbine's yield out of all wakes [GWh]. */
  _freeYield(kind, gain, first, step) {
    const { speed, probability, directions } = this.wind, K = speed.length;
    let sum = 0;
    for (let d = 0; d < directions; d++) {
      const here = gain[first + d * step];
      for (let k = 0; k < K; k++) {
        const share = probability[d * K + k];
        if (share) sum += share * this.kernel.powerAt(kind, speed[k] * here);
      }
    }
    return sum * this.hours / WH_PER_GWH;
  }

  /** Set where turbines stand: x, y of each [m], types, and 0 for those that are not there. */
  set(places, kinds, stands) {
    this.flow.set(places, kinds, stands);
    for (let j = 0; j < this.size; j++) {
      if (!stands[j]) {
        this.freeYield[j] = 0;
      } else if (!this.wind.speedUp) {
        this.freeYield[j] = this.freeByType[kinds[j]];
      } else {
        const k = 4 * j, here = [places[2 * j], places[2 * j + 1], kinds[j], stands[j]];
        if (here.every((value, e) => this.known[k + e] === value)) continue;
        this.known.set(here, k);
        this.freeYield[j] = this._freeYield(kinds[j], this.flow.gain, j, this.size);
      }
    }
  }

  /** Return the yield that a turbine loses to wakes [GWh]. */
  lost(j) {
    const { loss, D, n } = this.flow;
    let sum = 0;
    for (let d = 0; d < D; d++) sum += loss[d * n + j];
    return sum * this.hours / WH_PER_GWH;
  }

  /** Return each turbine's yield and free yield [GWh]. */
  yields() {
    const own = new Float64Array(this.size);
    for (let j = 0; j < this.size; j++) own[j] = this.freeYield[j] - this.lost(j);
    return { own, free: this.freeYield };
  }
}
