"use strict";
// What a layout has to keep, as windopt/problem/violations.py tells it.

/** Write a length [m] as windopt does. */
function metres(length) {
  if (length >= 100) return `${Math.round(length).toLocaleString("en")} m`;
  return `${Number(length.toPrecision(3))} m`;
}

/** Boundary, exclusions, set-back and spacing. */
class Rules {
  constructor(data) {
    this.rules = data.rules;
    this.area = data.rules.area.map((polygon) => polygon.map(unpack));
    this.drawn = data.rules.drawn.map((polygon) => polygon.map(unpack));
    this.outline = this.area.map((polygon) => [polygon[0]]);
    this.metric = data.rules.metric;
  }

  static _inRing(ring, x, y) {
    let inside = false;
    for (let k = 0; k + 3 < ring.length; k += 2) {
      const above = ring[k + 1] > y, next = ring[k + 3] > y;
      if (above !== next) {
        const at = ring[k] + ((y - ring[k + 1]) / (ring[k + 3] - ring[k + 1])) * (ring[k + 2] - ring[k]);
        if (x < at) inside = !inside;
      }
    }
    return inside;
  }

  static _inside(polygons, x, y) {
    return polygons.some(([outer, ...holes]) =>
      Rules._inRing(outer, x, y) && !holes.some((hole) => Rules._inRing(hole, x, y)));
  }

  /** Return how far a place is from the nearest edge [m]. */
  static _edge(polygons, x, y) {
    let least = Infinity;
    for (const ring of polygons.flat()) {
      for (let k = 0; k + 3 < ring.length; k += 2) {
        const ax = ring[k + 2] - ring[k], ay = ring[k + 3] - ring[k + 1];
        const bx = x - ring[k], by = y - ring[k + 1];
        const along = Math.min(Math.max((bx * ax + by * ay) / Math.max(ax * ax + ay * ay, 1e-12), 0), 1);
        least = Math.min(least, Math.hypot(bx - along * ax, by - along * ay));
      }
    }
    return least;
  }

  /** Return what is wrong with a place in words; empty where a turbine may stand. */
  place(number, x, y) {
    if (Rules._inside(this.area, x, y)) return "";
    const away = Rules._edge(this.area, x, y);
    if (away <= this.rules.tolerance) return "";
    const far = metres(away), setback = this.rules.setback;
    if (setback && Rules._inside(this.drawn, x, y) && Rules._edge(this.drawn, x, y) < setback) {
      return `turbine ${number} stands within the set-back of ${metres(setback)} from the boundary, by ${far}`;
    }
    if (Rules._inside(this.outline, x, y)) {
      return `turbine ${number} stands where it may not, ${far} inside an exclusion`;
    }
    return `turbine ${number} stands ${far} outside the site`;
  }

  /**
   * Return all that is wrong with a layout.
   * @param {Array<{x, y, kind}>} turbines those to be placed
   * @param {Array<{x, y, kind}>} fixed
   * @returns {{words: string[], turbines: Set<number>, pairs: Array<[object, object]>}}
   */
  broken(turbines, fixed) {
    const words = [], bad = new Set(), pairs = [], [a, b, c, d] = this.metric;
    turbines.forEach((one, i) => {
      const said = this.place(i + 1, one.x, one.y);
      if (said) {
        words.push(said);
        bad.add(i);
      }
    });
    const everyone = [...turbines, ...fixed], n = turbines.length;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < everyone.length; j++) {
        const one = everyone[i], other = everyone[j];
        const x = one.x - other.x, y = one.y - other.y;
        const bound = this.rules.bound[one.kind][other.kind];
        const kept = Math.hypot(a * x + b * y, c * x + d * y) / bound;
        if (kept >= 1 - this.rules.shareTolerated) continue;
        const apart = Math.hypot(x, y), least = kept > 0 ? apart / kept : bound;
        const who = j < n ? `turbines ${i + 1} and ${j + 1}` : `turbine ${i + 1} and fixed turbine ${j - n + 1}`;
        words.push(`${who} stand ${metres(apart)} apart, ${metres(least - apart)} too close`);
        bad.add(i);
        if (j < n) bad.add(j);
        pairs.push([one, other]);
      }
    }
    return { words, turbines: bad, pairs };
  }
}
