"use strict";
// The wakes of one wind direction as shapes on the map: as wide as two of their widths each side.

const WAKE_LENGTH_D = 25, WAKE_STEPS = 14, WIDTHS = 2;

/** Return the wakes in a direction: rings [[x, y], ...] in metres, with the depth of each part. */
function wakeShapes(model, d, turbines) {
  const { kernel: c, wind, flow } = model, S = wind.few.length;
  const s = [...wind.few.keys()].reduce((best, k) =>
    Math.abs(wind.few[k] - 9) < Math.abs(wind.few[best] - 9) ? k : best, 0);
  const q = d * S + s, trunk = new Float64Array(c.width), cos = wind.cos[d], sin = wind.sin[d];
  const edge = c.profile === 2 ? 1 : WIDTHS;
  return turbines.flatMap((one) => {
    const slot = flow.state[q * flow.n + one.slot], diameter = c.diameter[one.kind];
    if (!flow.shed[slot]) flow._shed(slot, one.kind, q, wind.few[s]);
    const head = (h) => {
      let sum = c.offset[h];
      for (let k = c.first[h]; k < c.end[h]; k++) sum += flow.coefficient[slot * c.width + k] * trunk[k];
      return sum;
    };
    const parts = [];
    let last = null;
    for (let k = 0; k <= WAKE_STEPS; k++) {
      const far = 1 + (WAKE_LENGTH_D - 1) * (k / WAKE_STEPS) ** 1.5, along = far * diameter;
      c.trunkAt(along, diameter, trunk, 0);
      const half = edge * Math.exp(head(1)) * diameter;
      const depth = Math.min(Math.exp(flow.logScale[slot] + head(0)), 1);
      const place = (side) => [
        one.x + along * cos - side * half * sin,
        one.y + along * sin + side * half * cos,
      ];
      const here = [place(-1), place(1)];
      if (last) parts.push({ ring: [last[0], last[1], here[1], here[0]], depth });
      last = here;
    }
    return parts;
  });
}
