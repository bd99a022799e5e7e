"use strict";
// Numbers and words beside the map.

const VIRIDIS = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"];

function number(value, digits) {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Return a number with five digits, and no more letters than a number has. */
function fiveDigits(value) {
  return Math.abs(value) >= 1e5 ? String(Number(value.toPrecision(5))) : value.toPrecision(5);
}

function signed(value, digits, unit) {
  const text = number(Math.abs(value), digits);
  return `${Number(value.toFixed(digits)) < 0 ? "−" : "+"}${text} ${unit}`;
}

/** Return the colour of a share between 0 and 1. */
function shade(share) {
  const place = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1), k = Math.min(place | 0, VIRIDIS.length - 2);
  const [one, two] = [VIRIDIS[k], VIRIDIS[k + 1]].map((hex) =>
    [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return `rgb(${one.map((value, e) => Math.round(value + (place - k) * (two[e] - value))).join(",")})`;
}

/** The panel: elements by the name in their attribute data-live. */
class Panel {
  constructor(root) {
    this.root = root;
    this.at = {};
    for (const one of root.querySelectorAll("[data-live]")) this.at[one.dataset.live] = one;
  }

  text(name, words) {
    const one = this.at[name];
    if (one && one.textContent !== words) one.textContent = words;
  }

  list(name, words) {
    this.at[name].replaceChildren(...words.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
  }

  rows(name, rows) {
    this.at[name].replaceChildren(...rows.map(({ cells, strong }) => {
      const row = document.createElement("tr");
      if (strong) row.className = "final";
      cells.forEach((text, k) => {
        const one = document.createElement(k ? "td" : "th");
        if (!k) one.scope = "row";
        one.textContent = text;
        row.append(one);
      });
      return row;
    }));
  }
}
