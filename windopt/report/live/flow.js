"use strict";
// A farm's flow in all directions of the rose, kept from move to move. Turbines are visited from
// upstream to downstream; after a move those whose wind cannot have changed are left as they are.

const NO_CHANGE = 1e-6; // of wind speed [m/s] and turbulence: so small a change is passed to nobody
const FAINT_DEFICIT = -12.5; // e^-12.5 of the wind, 4e-6: a deeper deficit counts

/** A farm of at most `size` turbines, in few wind speeds from each direction. */
class Flow {
  /**
   * @param {Kernel} kernel
   * @param {Wind} wind
   * @param {number} size room for so many turbines
   */
  constructor(kernel, wind, size) {
    const n = size, c = kernel;
    Object.assign(this, { c, wind, n });
    const D = wind.directions, S = wind.few.length;
    this.D = D;
    this.S = S;
    this.places = new Float64Array(2 * n);
    this.kind = new Int32Array(n);
    this.stands = new Uint8Array(n);
    this.x = new Float64Array(D * n);
    this.y = new Float64Array(D * n);
    this.order = new Int32Array(D * n);
    for (let d = 0; d < D; d++) for (let j = 0; j < n; j++) this.order[d * n + j] = j;
    const own = D * S * n, all = own + D * S * c.types;
    this.own = own;
    this.state = new Int32Array(own);
    for (const name of ["u", "ti", "power", "logScale", "lift", "half", "growth"]) {
      this[name] = new Float64Array(all);
    }
    this.shed = new Uint8Array(all);
    this.coefficient = new Float32Array(all * c.width);
    this.loss = new Float64Array(D * n);
    this.columns = c.columns.length;
    this.rows = c.rowWeight.length;
    this.outer = Math.max(...c.columns.map(Math.abs)); // of a rotor's points [D]
    this.widest = Math.max(...c.halfWidth);
    this.free = wind.speedUp ? new Float64Array(D * n * this.columns).fill(1) : null;
    this.gain = wind.speedUp ? new Float64Array(D * n) : null;
    this._scratch(n);
    this._freeStates();
  }

  _scratch(n) {
    const c = this.c, points = this.columns * this.rows;
    this.dirty = new Uint8Array(n);
    this.moves = new Uint8Array(n);
    this.source = new Int32Array(n);
    this.dx = new Float64Array(n);
    this.dy = new Float64Array(n);
    this.risen = new Float64Array(n);
    this.trunk = new Float64Array(n * c.width);
    this.total = new Float64Array(points);
    this.deficit = new Float64Array(points);
    this.least = new Float64Array(points);
    this.lateral = new Float64Array(this.columns);
    this.one = new Float64Array(this.columns).fill(1);
  }

  /** Set the state in free wind of each type, in every condition. */
  _freeStates() {
    const { c, wind, D, S } = this, knots = c.ctKnots * c.loudTerms;
    this.ambientRow = new Float64Array(D * S * knots);
    this.shearGain = new Float64Array(c.types);
    for (let k = 0; k < c.types; k++) this.shearGain[k] = this._gain(k, this.one, 0);
    for (let q = 0; q < D * S; q++) {
      const free = c.leastTurbulence(wind.ti[q]);
      c.collapse(free, this.ambientRow, q * knots);
      for (let k = 0; k < c.types; k++) {
        const slot = this.own + q * c.types + k;
        this.u[slot] = wind.few[q % S] * this.shearGain[k];
        this.ti[slot] = free;
        this.power[slot] = c.powerAt(k, this.u[slot]);
      }
    }
  }

  /** Return a rotor's free wind over that of the rose: its cubic mean over shear and place. */
  _gain(kind, free, at) {
    const c = this.c;
    let cube = 0;
    for (let r = 0; r < this.rows; r++) {
      for (let a = 0; a < this.columns; a++) {
        cube += c.rowWeight[r] * (c.shear[kind * this.rows + r] * free[at + a]) ** 3;
      }
    }
    return Math.cbrt(Math.max(cube, c.tiny));
  }

  /**
   * Set where turbines stand, and let the flow follow.
   * @param {ArrayLike<number>} places x, y of each turbine [m]
   * @param {ArrayLike<number>} kinds
   * @param {ArrayLike<number>} stands 0 of those that are not there
   */
  set(places, kinds, stands) {
    const moved = [];
    for (let j = 0; j < this.n; j++) {
      const same = this.stands[j] === stands[j] && (!stands[j] || (
        this.places[2 * j] === places[2 * j] && this.places[2 * j + 1] === places[2 * j + 1]
        && this.kind[j] === kinds[j]));
      if (!same) moved.push(j);
    }
    if (!moved.length) return;
    const was = this.stands.slice();
    this.moves.fill(0);
    for (const j of moved) this.moves[j] = 1;
    const every = 3 * moved.length > this.n;
    for (const j of moved) {
      this.places[2 * j] = places[2 * j];
      this.places[2 * j + 1] = places[2 * j + 1];
      this.kind[j] = kinds[j];
      this.stands[j] = stands[j];
    }
    for (let d = 0; d < this.D; d++) this._turn(d, moved, was, every);
  }

  /** Follow the moved turbines in one direction. */
  _turn(d, moved, was, every) {
    const { n, dirty, wind, places, x, y } = this, at = d * n;
    const cos = wind.cos[d], sin = wind.sin[d];
    dirty.fill(every ? 1 : 0);
    if (!every) for (const j of moved) if (was[j]) this._touch(at, j); // its old wake
    for (const j of moved) {
      const east = places[2 * j] - wind.middle[0], north = places[2 * j + 1] - wind.middle[1];
      x[at + j] = east * cos + north * sin;
      y[at + j] = north * cos - east * sin;
      if (this.free) this._freeWind(d, j, cos, sin);
      dirty[j] = 1;
    }
    this._sort(at);
    const order = this.order;
    for (let k = 0; k < n; k++) {
      const j = order[at + k];
      if (!dirty[j]) continue;
      if (!this.stands[j]) {
        this.loss[at + j] = 0;
        continue;
      }
      const changed = this._receive(d, j, k);
      if (every) continue;
      if (changed || this.moves[j]) this._touch(at, j);
    }
  }

  /** Mark those that may stand in a turbine's wake. */
  _touch(at, i) {
    const { n, x, y, c, dirty } = this;
    const xi = x[at + i], yi = y[at + i], half = this.widest, growth = c.growth;
    for (let j = 0; j < n; j++) {
      const dx = x[at + j] - xi;
      if (dx > c.minDownstream && Math.abs(y[at + j] - yi) < half + growth * dx) dirty[j] = 1;
    }
  }

  /** Sort turbines from upstream to downstream; they are nearly so. */
  _sort(at) {
    const { n, x, order } = this;
    for (let k = 1; k < n; k++) {
      const j = order[at + k], here = x[at + j];
      let to = k - 1;
      while (to >= 0 && x[at + order[at + to]] > here) {
        order[at + to + 1] = order[at + to];
        to--;
      }
      order[at + to + 1] = j;
    }
  }

  _freeWind(d, j, cos, sin) {
    const { c, n, columns, places } = this, at = (d * n + j) * columns, kind = this.kind[j];
    for (let a = 0; a < columns; a++) {
      const aside = c.columns[a] * c.diameter[kind];
      this.free[at + a] = this.wind.speedUp.at(
        places[2 * j] - aside * sin, places[2 * j + 1] + aside * cos, d);
    }
    this.gain[d * n + j] = this._gain(kind, this.free, at);
  }

  /** Give a turbine, k-th in the line, its wind at all speeds; return whether that has changed. */
  _receive(d, j, k) {
    const { c, n, S, x, y, dx, dy, source, trunk, order, kind, wind } = this;
    const at = d * n, ofJ = kind[j], width = c.width, types = c.types;
    let count = 0;
    for (let e = 0; e < k; e++) {
      const i = order[at + e];
      if (!this.stands[i]) continue;
      const along = x[at + j] - x[at + i], across = y[at + j] - y[at + i];
      if (!(along > c.minDownstream)) continue;
      if (Math.abs(across) >= c.halfWidth[kind[i]] + c.growth * along) continue;
      source[count] = i;
      dx[count] = along;
      dy[count] = across;
      c.trunkAt(along, c.diameter[kind[i]], trunk, count * width);
      if (c.lifts) {
        const far = along / c.diameter[kind[i]];
        this.risen[count] = Math.log((far - c.liftRate) / (far + c.liftRate) + 2);
      }
      count++;
    }
    const free = this.free || this.one, freeAt = this.free ? (at + j) * this.columns : 0;
    let changed = false, loss = 0;
    for (let s = 0; s < S; s++) {
      const q = d * S + s, mine = q * n + j, inFree = this.own + q * types + ofJ;
      const felt = this._gather(q, s, j, count, free, freeAt);
      const old = this.state[mine], oldU = this.u[old], oldTi = this.ti[old];
      let now = inFree;
      if (felt || this.free) {
        now = mine;
        this._settle(mine, ofJ, wind.few[s], this.ti[inFree], free, freeAt);
        this.shed[mine] = 0;
      }
      this.state[mine] = now;
      if (Math.abs(this.u[now] - oldU) > NO_CHANGE || Math.abs(this.ti[now] - oldTi) > NO_CHANGE) {
        changed = true;
      }
      const alone = this.free
        ? c.powerAt(ofJ, wind.few[s] * this.gain[at + j]) : this.power[inFree];
      loss += wind.weight[q] * (alone - this.power[now]);
    }
    this.loss[at + j] = loss;
    return changed;
  }

  /** Let the wakes of `count` sources reach a rotor in one condition; return whether any does. */
  _gather(q, s, j, count, free, freeAt) {
    const { c, n, kind, source, dx, dy, trunk, total, deficit, columns, rows } = this;
    const { first, end, offset, width, profile, sosfs } = c;
    const ofJ = kind[j], ws = this.wind.few[s], coefficient = this.coefficient;
    const half = sosfs ? 1 : 0.5, points = columns * rows;
    let felt = false;
    total.fill(0);
    this.square = 0;
    if (c.turbulent && count) this._thresholds(ofJ, ws, free, freeAt);
    for (let p = 0; p < count; p++) {
      const i = source[p], slot = this.state[q * n + i], along = dx[p];
      if (!this.shed[slot]) this._shed(slot, kind[i], q, ws);
      if (Math.abs(dy[p]) >= this.half[slot] + this.growth[slot] * along) continue;
      felt = true;
      const ofI = kind[i], diameter = c.diameter[ofI], from = slot * width, to = p * width;
      let logA = this.logScale[slot] + offset[0], logSigma = offset[1];
      for (let k = first[0]; k < end[0]; k++) logA += coefficient[from + k] * trunk[to + k];
      for (let k = first[1]; k < end[1]; k++) logSigma += coefficient[from + k] * trunk[to + k];
      const narrow = exp(-2 * logSigma), ratio = c.diameter[ofJ] / diameter;
      const across = dy[p] / diameter;
      let rise = 0;
      if (c.lifts) {
        rise = this.lift[slot] * this.risen[p];
      }
      const heights = (ofI * c.types + ofJ) * rows;
      const near = Math.max(Math.abs(across) - this.outer * ratio, 0);
      let seen = true;
      if (profile === 0) {
        seen = logA - 0.5 * near * near * narrow > FAINT_DEFICIT;
        if (seen) this._gaussian(logA, narrow, across, ratio, rise, heights, half);
      } else {
        let exponent = 0;
        if (profile === 1) {
          let log = offset[3];
          for (let k = first[3]; k < end[3]; k++) log += coefficient[from + k] * trunk[to + k];
          exponent = exp(log);
        }
        const log = 0.5 * exponent * Math.log(near * near * narrow + c.tiny);
        seen = profile === 2 ? near * near * narrow < 1
          : logA - 0.5 * exp(Math.min(log, c.far)) > FAINT_DEFICIT;
        if (seen) this._other(profile === 1, logA, narrow, exponent, across, ratio, heights, half);
      }
      if (seen) {
        if (c.largest) {
          for (let k = 0; k < points; k++) if (deficit[k] > total[k]) total[k] = deficit[k];
        } else {
          for (let k = 0; k < points; k++) total[k] += deficit[k];
        }
      }
      if (c.turbulent && (seen || c.cumulative)) {
        this._agitate(p, ofI, ofJ, from, to);
      }
    }
    return felt;
  }

  /** Set the deficits of a Gaussian wake (6). */
  _gaussian(logA, narrow, across, ratio, rise, heights, half) {
    const { c, deficit, lateral, columns, rows } = this;
    for (let a = 0; a < columns; a++) {
      const side = across + c.columns[a] * ratio, log = logA - 0.5 * side * side * narrow;
      lateral[a] = log > FAINT_DEFICIT ? exp(2 * half * log) : 0;
    }
    for (let r = 0; r < rows; r++) {
      const height = c.above[heights + r] - rise;
      let both = height ? exp(-height * height * narrow) : 1;
      if (c.mirror) {
        const image = c.image[heights + r] - rise;
        both += exp(-image * image * narrow);
      }
      if (half === 0.5) both = Math.sqrt(both);
      for (let a = 0; a < columns; a++) {
        let value = lateral[a] * both;
        if (c.cut > 0 && value) {
          const side = across + c.columns[a] * ratio, radius = 0.5 * ratio;
          const within = c.cut * Math.sqrt(Math.max(1 / narrow - 0.25 * radius * radius, 0)) + radius;
          if (side * side + height * height >= within * within) value = 0;
        }
        deficit[a * rows + r] = value;
      }
    }
  }

  /** Set the deficits of a super-Gaussian wake (7), or of one with a hard edge (2). */
  _other(fades, logA, narrow, exponent, across, ratio, heights, half) {
    const { c, deficit, columns, rows } = this, deepest = exp(2 * half * logA);
    for (let a = 0; a < columns; a++) {
      const side = across + c.columns[a] * ratio;
      for (let r = 0; r < rows; r++) {
        const height = c.above[heights + r];
        if (r === 2 && Math.abs(height + c.above[heights]) < 1e-12) {
          deficit[a * rows + r] = deficit[a * rows]; // as high above the axis as below it
          continue;
        }
        const distance2 = side * side + height * height;
        if (fades) {
          const log = 0.5 * exponent * Math.log(distance2 * narrow + c.tiny);
          deficit[a * rows + r] = exp(half * (2 * logA - exp(Math.min(log, c.far))));
        } else {
          deficit[a * rows + r] = distance2 * narrow < 1 ? deepest : 0;
        }
      }
    }
  }

  /** Set the deficits at which the points of a rotor are waked, as they are gathered (11). */
  _thresholds(ofJ, ws, free, freeAt) {
    const { c, columns, rows } = this;
    for (let r = 0; r < rows; r++) {
      for (let a = 0; a < columns; a++) {
        const wind = c.cumulative ? ws : ws * c.shear[ofJ * rows + r] * free[freeAt + a];
        const least = c.overlapDeficit / wind;
        this.least[a * rows + r] = c.sosfs ? least * least : least;
      }
    }
  }

  /** Add the turbulence of a wake (11, 12). */
  _agitate(p, ofI, ofJ, from, to) {
    const { c, dx, dy, least, trunk, coefficient, columns, rows } = this;
    const diameter = c.diameter[ofI], deep = c.cumulative ? this.total : this.deficit;
    if (!c.mixing && !(dx[p] <= c.turbulenceReach * diameter
      && Math.abs(dy[p]) < c.turbulenceHalfWidth * diameter)) return;
    let overlap = 0;
    for (let a = 0; a < columns; a++) {
      for (let r = 0; r < rows; r++) {
        if (deep[a * rows + r] > least[a * rows + r]) overlap += c.rowWeight[r];
      }
    }
    if (!overlap) return;
    let loudness = c.offset[2];
    for (let k = c.first[2]; k < c.end[2]; k++) loudness += coefficient[from + k] * trunk[to + k];
    let added = overlap * exp(loudness);
    if (c.mixing) {
      added *= (c.diameter[ofJ] / diameter) ** 2;
      this.square += added * added;
    } else if (added * added > this.square) {
      this.square = added * added;
    }
  }

  /** Give a turbine its wind and its power (10, 12, 13). */
  _settle(slot, kind, ws, freeTi, free, freeAt) {
    const { c, total, columns, rows } = this, faint = Math.sqrt(c.faint);
    let cube = 0;
    for (let r = 0; r < rows; r++) {
      const shear = c.shear[kind * rows + r], weight = c.rowWeight[r];
      for (let a = 0; a < columns; a++) {
        const sum = total[a * rows + r], here = free[freeAt + a];
        let loss = c.sosfs ? Math.sqrt(sum + c.faint) - faint : sum;
        if (c.cumulative) loss /= shear * here;
        const speed = shear * (1 - loss) * here;
        cube += weight * speed * speed * speed;
      }
    }
    const u = ws * Math.cbrt(Math.max(cube, c.tiny));
    this.u[slot] = u;
    this.ti[slot] = Math.sqrt(freeTi * freeTi + this.square);
    this.power[slot] = c.powerAt(kind, u);
  }

  /** Give a turbine its own wake (13 to 15). */
  _shed(slot, kind, q, ws) {
    const { c } = this, u = this.u[slot], ti = this.ti[slot], ct = c.thrustAt(kind, u);
    let log = Math.log(1 - Math.sqrt(1 - ct));
    if (c.lifts) {
      const tilt = c.tiltAt(kind, u);
      this.lift[slot] = c.liftGain * ct * tilt;
      log += c.tiltExponent * Math.log(Math.cos(tilt));
    }
    if (c.cumulative) log += Math.log(u / ws);
    this.logScale[slot] = log;
    c.branchAt(ct, ti, this.ambientRow, q * c.ctKnots * c.loudTerms,
      this.coefficient, slot * c.width);
    this.half[slot] = c.stripAt(ti) * c.diameter[kind] + c.margin[kind];
    this.growth[slot] = c.stripGrowth;
    this.shed[slot] = 1;
  }
}
