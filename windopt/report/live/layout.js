"use strict";
// The layout at hand, and its history.

const MOST_STEPS = 200;

/** Turbines to be placed, each in a slot of the model; every change can be undone. */
class Layout {
  /** @param {object} data the page's; @param {string} key of the layout to begin with */
  constructor(data, key) {
    this.data = data;
    this.size = Math.max(...Object.values(data.layouts).map((one) => one.places.length)) + data.more;
    this.home = data.layouts.final.places;
    this.turbines = this.of(key);
    this.past = [];
    this.future = [];
  }

  /** Return the turbines of a layout of the page. */
  of(key) {
    const { types, layouts } = this.data;
    return layouts[key].places.map(([x, y], slot) => ({ x, y, kind: types[slot] ?? 0, slot }));
  }

  /** Keep what is there for undo; call it before a change. */
  keep() {
    this.past.push(this.turbines.map((one) => ({ ...one })));
    if (this.past.length > MOST_STEPS) this.past.shift();
    this.future = [];
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.turbines);
    this.turbines = this.past.pop();
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.turbines);
    this.turbines = this.future.pop();
    return true;
  }

  /** Forget what `keep` kept last: nothing has come of it. */
  forget() {
    this.past.pop();
  }

  by(slot) {
    return this.turbines.find((one) => one.slot === slot);
  }

  number(slot) {
    return this.turbines.findIndex((one) => one.slot === slot) + 1;
  }

  /** Add a turbine; return it, or null where the page has no room for more. */
  add(x, y, kind) {
    const taken = new Set(this.turbines.map((one) => one.slot));
    for (let slot = this.home.length; slot < this.size; slot++) {
      if (taken.has(slot)) continue;
      const one = { x, y, kind, slot };
      this.turbines.push(one);
      return one;
    }
    return null;
  }

  remove(slot) {
    this.turbines = this.turbines.filter((one) => one.slot !== slot);
  }

  /** Put a turbine back where FLORIS has verified it; return whether it has such a place. */
  snapBack(slot) {
    const one = this.by(slot), home = this.home[slot];
    if (!one || !home) return false;
    [one.x, one.y] = home;
    return true;
  }
}
