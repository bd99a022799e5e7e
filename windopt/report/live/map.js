"use strict";
// The map: turbines that pointers and keys move.

const SVG = "http://www.w3.org/2000/svg";
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const MOST_NUMBERED = 120, STEP_M = 10, LONG_STEP_M = 100;

function svg(name, attributes, parent) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  if (parent) parent.append(one);
  return one;
}

/** Turbines on the map. `on` has what is to be done: begin, move, end, cancel, key, select, place. */
class TurbineMap {
  constructor(root, data, on) {
    Object.assign(this, { root, data, on, view: data.map, groups: new Map() });
    this.wakes = svg("g", { class: "wakes", "aria-hidden": "true" }, root);
    this.ghosts = svg("g", { class: "ghosts", "aria-hidden": "true" }, root);
    this.lines = svg("g", { class: "lines", "aria-hidden": "true" }, root);
    this.layer = svg("g", { class: "turbines-live" }, root);
    root.addEventListener("click", (event) => {
      if (!event.target.closest("[data-turbine]")) on.place(...this.metres(event));
    });
  }

  /** Return the place on the map of a place [m]. */
  units(x, y) {
    const { west, north, scale, margin, top } = this.view;
    return [(x - west) * scale + margin, (north - y) * scale + top];
  }

  /** Return the place [m] of a pointer. */
  metres(event) {
    const { west, north, scale, margin, top } = this.view;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.root.getScreenCTM().inverse());
    return [(at.x - margin) / scale + west, north - (at.y - top) / scale];
  }

  /** Show a layout; `labels` tells what screen readers say of each turbine. */
  show(turbines, labels, fills, bad) {
    const shown = new Set(turbines.map((one) => one.slot));
    for (const [slot, group] of this.groups) {
      if (shown.has(slot)) continue;
      group.remove();
      this.groups.delete(slot);
    }
    turbines.forEach((one, i) => {
      let group = this.groups.get(one.slot);
      if (!group || group.kind !== one.kind) {
        if (group) group.remove();
        group = this._draw(one);
        this.groups.set(one.slot, group);
      }
      const [x, y] = this.units(one.x, one.y);
      group.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
      group.dataset.turbine = i + 1;
      group.setAttribute("aria-label", labels[i]);
      group.title.textContent = labels[i];
      group.words.textContent = turbines.length <= MOST_NUMBERED ? i + 1 : "";
      group.classList.toggle("bad", bad.has(i));
      group.body.style.fill = fills ? fills[i] : "";
      if (group !== this.layer.children[i]) this.layer.insertBefore(group, this.layer.children[i] || null);
    });
  }

  _draw(one) {
    const group = svg("g", { class: "turbine", tabindex: "0", role: "button", "aria-roledescription": "turbine" });
    const [rx, ry, turn] = this.view.rooms[one.kind];
    svg("ellipse", { class: "room", rx: rx.toFixed(2), ry: ry.toFixed(2), transform: `rotate(${turn.toFixed(1)})` }, group);
    svg("circle", { class: "hand", r: 11 }, group);
    group.insertAdjacentHTML("beforeend", this.view.marks[one.kind]);
    group.body = group.lastElementChild;
    group.title = svg("title", {}, group);
    group.words = svg("text", { x: 4.5, y: -3.5, "aria-hidden": "true" }, group);
    group.kind = one.kind;
    this._listen(group, one.slot);
    return group;
  }

  _listen(group, slot) {
    const { on } = this;
    let held = null;
    group.addEventListener("pointerdown", (event) => {
      if (event.button || held !== null) return;
      event.preventDefault();
      group.focus({ preventScroll: true });
      held = event.pointerId;
      group.setPointerCapture(held);
      on.begin(slot, ...this.metres(event));
    });
    group.addEventListener("pointermove", (event) => {
      if (event.pointerId === held) on.move(slot, ...this.metres(event));
    });
    const end = (what) => (event) => {
      if (event.pointerId !== held) return;
      held = null;
      what(slot);
    };
    group.addEventListener("pointerup", end(on.end));
    group.addEventListener("pointercancel", end(on.cancel));
    group.addEventListener("focus", () => on.select(slot));
    group.addEventListener("keydown", (event) => {
      const way = STEPS[event.key], far = event.shiftKey ? LONG_STEP_M : STEP_M;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (way) on.key(slot, way[0] * far, way[1] * far);
      else if (event.key === "Delete" || event.key === "Backspace") on.remove(slot);
      else if (event.key === "Escape") on.snapBack(slot);
      else return;
      event.preventDefault();
    });
  }

  mark(slot) {
    for (const [of, group] of this.groups) group.classList.toggle("chosen", of === slot);
  }

  focus(slot) {
    this.groups.get(slot)?.focus({ preventScroll: true });
  }

  /** Show another layout behind, as open circles. */
  compare(places) {
    this.ghosts.replaceChildren(...places.map(([x, y]) => {
      const [cx, cy] = this.units(x, y);
      return svg("circle", { class: "ghost", cx: cx.toFixed(1), cy: cy.toFixed(1), r: 3.4 });
    }));
  }

  /** Join turbines that stand too close. */
  join(pairs) {
    this.lines.replaceChildren(...pairs.map(([one, other]) => {
      const [x1, y1] = this.units(one.x, one.y), [x2, y2] = this.units(other.x, other.y);
      return svg("line", { class: "too-close", x1, y1, x2, y2 });
    }));
  }

  /** Draw wakes. */
  wake(shapes) {
    this.wakes.replaceChildren(...shapes.map(({ ring, depth }) => {
      const points = ring.map(([x, y]) => this.units(x, y).map((one) => one.toFixed(1)).join(",")).join(" ");
      return svg("polygon", { points, "fill-opacity": Math.min(0.6, depth).toFixed(3) });
    }));
  }
}
