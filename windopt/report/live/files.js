"use strict";
// Layouts as files that windopt and FLORIS read: the coordinates of the site, to the micrometre.

function micrometres(value) {
  const text = value.toFixed(6);
  return Number(text) === 0 ? "0.000000" : text;
}

function cell(value) {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Return a layout as CSV: x, y [m], id, type. */
function csvOf(data, turbines) {
  const rows = turbines.map((one, i) =>
    [micrometres(one.x), micrometres(one.y), i + 1, cell(data.typeInFiles[one.kind])].join(","));
  return ["x,y,id,type", ...rows].join("\n") + "\n";
}

/** Return a layout as GeoJSON in the metres of the site, whose CRS the member `crs` names. */
function geojsonOf(data, turbines) {
  const features = turbines.map((one, i) => {
    const [x, y] = [one.x, one.y].map((value) => Number(micrometres(value)));
    return {
      type: "Feature",
      properties: { x, y, id: i + 1, type: data.typeInFiles[one.kind] },
      geometry: { type: "Point", coordinates: [x, y] },
    };
  });
  const crs = data.files.crs === null ? null : { type: "name", properties: { name: data.files.crs } };
  return JSON.stringify({ type: "FeatureCollection", name: data.name, crs, features }) + "\n";
}

/** Return a layout as FLORIS's input file, fixed turbines behind the others. */
function florisOf(data, turbines) {
  const { floris, florisTypes, placed } = data.files;
  const fixed = data.fixed.map(([x, y], i) => ({ x, y, kind: data.fixedTypes[i] }));
  const everyone = [...turbines, ...fixed], known = new Set();
  const types = (florisTypes.length > 1 ? everyone.map((one) => one.kind) : [0]).map((kind) => {
    if (known.has(kind)) return `  - *type${kind}`;
    known.add(kind);
    return `  - &type${kind} ${florisTypes[kind]}`;
  });
  const list = (name) => everyone.map((one) => micrometres(one[name])).join(", ");
  const head = floris.replace(`[1.0] * ${placed} +`, `[1.0] * ${turbines.length} +`);
  return `${head.trimEnd()}\nfarm:\n  layout_x: [${list("x")}]\n  layout_y: [${list("y")}]\n`
    + `  turbine_type:\n${types.join("\n")}\n`;
}

/** Return the whole rose as the table that the head of FLORIS's file reads. */
function windOf(data, wind) {
  const rows = [data.files.windColumns.join(",")], K = wind.speed.length;
  wind.direction.forEach((wd, d) => wind.speed.forEach((ws, k) => {
    const at = d * K + k;
    rows.push([wd, ws, wind.turbulence[at], wind.probability[at]].join(","));
  }));
  return rows.join("\n") + "\n";
}

/** Return the speed-up at every node, by direction. */
function speedUpOf(data) {
  const [x, y, factor, known] = ["x", "y", "factor", "direction"].map((k) => unpack(data.speedUp[k]));
  const rows = [["x", "y", ...known].join(",")], size = x.length * y.length;
  x.forEach((east, i) => y.forEach((north, j) => {
    const node = Array.from(known, (_, s) => factor[s * size + i * y.length + j]);
    rows.push([east, north, ...node].join(","));
  }));
  return rows.join("\n") + "\n";
}

/** Give a text to the reader as a file. */
function download(name, type, text) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(new Blob([text], { type }));
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
