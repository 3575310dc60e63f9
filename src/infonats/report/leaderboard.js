"use strict";
// Aggregates the records that the page carries and draws them. Names reach the page as text nodes only.
const data = JSON.parse(document.getElementById("data").textContent);
const all = data.rows.map(row => Object.fromEntries(data.columns.map((name, i) => [name, row[i]])));
const COLOURS = ["#1f6fb4", "#d9822b", "#117a5a", "#8e44ad", "#c0392b", "#6b7280", "#0e7490", "#a16207"];
const SHOWN_AT_FIRST = 5;
const shown = new Map(); // method -> colour, of the pictures
let order = { key: "mae", up: true };

// --- numbers -------------------------------------------------------------------------------------

const mean = a => (a.length ? a.reduce((s, v) => s + v, 0) / a.length : null);
const known = a => a.filter(v => v !== null && v !== undefined);
function median(a) {
  const s = [...a].sort((p, q) => p - q), h = s.length >> 1;
  return s.length ? (s.length % 2 ? s[h] : (s[h - 1] + s[h]) / 2) : null;
}
function variance(a) {
  const m = mean(a);
  return a.length > 1 ? a.reduce((s, v) => s + (v - m) ** 2, 0) / (a.length - 1) : null;
}
function groups(rows, key) {
  const found = new Map();
  for (const row of rows) {
    const k = key(row);
    if (!found.has(k)) found.set(k, []);
    found.get(k).push(row);
  }
  return found;
}
const error = row => row.value - row.truth;

// Places by mean absolute error on each task and n; equal errors share the mean of their places.
function ranks(rows) {
  const places = new Map();
  for (const cells of groups(rows, r => JSON.stringify([r.task, r.n])).values()) {
    const of = [...groups(cells, r => r.method)].map(([m, rs]) => [m, mean(rs.map(r => Math.abs(error(r))))]);
    for (const [method, e] of of) {
      const rank = of.filter(o => o[1] < e).length + (of.filter(o => o[1] === e).length + 1) / 2;
      places.set(JSON.stringify([method, cells[0].task, cells[0].n]), rank);
    }
  }
  return places;
}

function summarise(rows) {
  const good = rows.filter(r => r.value !== null), places = ranks(good);
  return [...groups(rows, r => r.method)].map(([method, cells]) => {
    const ok = cells.filter(r => r.value !== null), ranked = [];
    const tasks = [...groups(ok, r => r.task).values()].map(rs => {
      const absolute = rs.map(r => Math.abs(error(r)));
      const strata = [...groups(rs, r => r.n).values()].map(s => [s.length, variance(s.map(r => Math.abs(error(r))))]);
      ranked.push(mean(rs.map(r => places.get(JSON.stringify([method, r.task, r.n])))));
      return { mae: mean(absolute), bias: mean(rs.map(error)), square: mean(rs.map(r => error(r) ** 2)),
               variance: strata.every(([, v]) => v !== null)
                 ? strata.reduce((s, [k, v]) => s + k * v, 0) / rs.length ** 2 : null };
    });
    const spread = tasks.length && tasks.every(t => t.variance !== null);
    const bounded = ok.filter(r => r.low !== null);
    const slack = r => 2 * (r.truth_stderr || 0);
    return {
      method, cells: cells.length, failed: cells.filter(r => r.status !== "ok").length,
      mae: mean(tasks.map(t => t.mae)),
      se: spread ? Math.sqrt(tasks.reduce((s, t) => s + t.variance, 0)) / tasks.length : null,
      median: median(ok.map(r => Math.abs(error(r)))), bias: mean(tasks.map(t => t.bias)),
      rmse: tasks.length ? Math.sqrt(mean(tasks.map(t => t.square))) : null,
      coverage: mean(bounded.map(r => +(r.truth >= r.low - slack(r) && r.truth <= r.high + slack(r)))),
      width: median(bounded.map(r => r.high - r.low)), rank: mean(ranked),
      seconds: median(known(ok.map(r => r.seconds))),
      peak: Math.max(-1, ...known(ok.map(r => r.peak_bytes))),
    };
  });
}

// --- the page ------------------------------------------------------------------------------------

function element(name, attributes, ...children) {
  const svg = ["svg", "g", "line", "circle", "text", "title"].includes(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [k, v] of Object.entries(attributes || {})) made.setAttribute(k, v);
  made.append(...children);
  return made;
}
const fixed = (v, digits) =>
  v === null || v === undefined ? "" : Math.abs(v) < 1000 ? v.toFixed(digits) : v.toPrecision(2);
const duration = v => (v === null ? "" : v < 0.0995 ? v.toFixed(3) : v < 9.95 ? v.toFixed(2) : v.toFixed(0));

const HEADS = [
  ["method", "method", r => [r.method]],
  ["mae", "MAE", r => [fixed(r.mae, 3), r.se === null ? "" : element("span", { class: "se" }, " ± " + fixed(r.se, 3))]],
  ["median", "median", r => [fixed(r.median, 3)]],
  ["bias", "bias", r => [fixed(r.bias, 3)]],
  ["rmse", "RMSE", r => [fixed(r.rmse, 3)]],
  ["coverage", "coverage", r => [r.coverage === null ? "" : (100 * r.coverage).toFixed(0) + " %"]],
  ["width", "width", r => [fixed(r.width, 3)]],
  ["rank", "rank", r => [fixed(r.rank, 1)]],
  ["seconds", "seconds", r => [duration(r.seconds)]],
  ["peak", "MiB", r => [r.peak < 0 ? "" : (r.peak / 2 ** 20).toFixed(0)]],
  ["cells", "cells", r => [r.cells]],
  ["failed", "failed", r => [r.failed || ""]],
];

function sorted(rows) {
  const last = order.up ? Infinity : -Infinity, value = r => r[order.key] ?? last;
  const sign = order.up ? 1 : -1;
  return [...rows].sort((a, b) =>
    order.key === "method" ? sign * a.method.localeCompare(b.method) : sign * (value(a) - value(b)) || 0);
}

function board(rows) {
  const head = element("tr", null, ...HEADS.map(([key, label]) => {
    const button = element("button", { type: "button" }, label);
    button.onclick = () => { order = { key, up: order.key === key ? !order.up : true }; draw(); };
    const sort = order.key === key ? (order.up ? "ascending" : "descending") : "none";
    return element("th", { scope: "col", "aria-sort": sort }, button);
  }));
  const body = sorted(rows).map(r => element("tr", { "data-method": r.method }, ...HEADS.map(([key, , cell]) => {
    if (key !== "method") return element("td", { "data-key": key, "data-value": r[key] ?? "" }, ...cell(r));
    const name = element("th", { scope: "row", tabindex: 0, style: `--dot: ${shown.get(r.method) || "transparent"}` }, ...cell(r));
    name.onclick = () => { toggle(r.method); draw(); };
    name.onkeydown = e => { if (e.key === "Enter") name.onclick(); };
    return name;
  })));
  document.getElementById("board").replaceChildren(element("thead", null, head), element("tbody", null, ...body));
}

function toggle(method) {
  if (shown.delete(method)) return;
  const free = COLOURS.find(c => ![...shown.values()].includes(c));
  shown.set(method, free || COLOURS[shown.size % COLOURS.length]);
}

function shade(v) {
  const size = Math.max(0, Math.min(1, (Math.abs(v) - 0.02) / 0.5)) ** 0.6;
  const [r, g, b] = v > 0 ? [192, 57, 43] : [31, 111, 180], mix = c => Math.round(255 + (c - 255) * size);
  return `background: rgb(${mix(r)} ${mix(g)} ${mix(b)}); color: ${size > 0.6 ? "#fff" : "#1c2127"}`;
}

function heat(rows, methods) {
  const by = groups(rows.filter(r => r.value !== null), r => JSON.stringify([r.task, r.method]));
  const head = element("tr", null, element("th", { scope: "col" }, "task"), ...methods.map(m => element("th", { scope: "col", title: m }, brief(m))));
  const body = [...new Set(rows.map(r => r.task))].map(task => element("tr", null, element("th", { scope: "row" }, task),
    ...methods.map(m => {
      const cells = by.get(JSON.stringify([task, m]));
      if (!cells) return element("td", null, "");
      const e = mean(cells.map(error));
      return element("td", { style: shade(e) }, fixed(e, 2));
    })));
  document.getElementById("heat").replaceChildren(element("thead", null, head), element("tbody", null, ...body));
}

const W = 720, H = 430, L = 58, R = 190, T = 14, B = 46;
function axes(x, y, xLabel, yLabel, xTicks, yTicks) {
  const parts = [element("line", { class: "axis", x1: L, y1: H - B, x2: W - R, y2: H - B }), element("line", { class: "axis", x1: L, y1: T, x2: L, y2: H - B })];
  for (const t of xTicks) parts.push(element("text", { x: x(t), y: H - B + 18, "text-anchor": "middle" }, String(t)));
  for (const t of yTicks) parts.push(element("text", { x: L - 8, y: y(t) + 4, "text-anchor": "end" }, String(t)));
  parts.push(element("text", { x: (L + W - R) / 2, y: H - 8, "text-anchor": "middle" }, xLabel));
  parts.push(element("text", { x: 14, y: (T + H - B) / 2, "text-anchor": "middle", transform: `rotate(-90 14 ${(T + H - B) / 2})` }, yLabel));
  return parts;
}
function ticks(low, high) {
  const raw = (high - low) / 5 || 1, unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * unit).find(s => s >= raw), found = [];
  for (let t = Math.ceil(low / step) * step; t <= high + 1e-9; t += step) found.push(+t.toPrecision(6));
  return found;
}
const picture = (id, label, parts) =>
  document.getElementById(id).replaceChildren(element("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": label }, ...parts));
const brief = name => (name.length > 24 ? name.slice(0, 23) + "…" : name);
const dot = (x, y, colour, words) =>
  element("circle", { cx: x, cy: y, r: 4, fill: colour, "fill-opacity": 0.7 }, element("title", null, words));

function scatter(rows) {
  const cells = rows.filter(r => r.value !== null && shown.has(r.method));
  if (!cells.length) { document.getElementById("scatter").replaceChildren("Choose a method in the table."); return; }
  const values = cells.flatMap(r => [r.truth, r.value]), low = Math.min(0, ...values), high = Math.max(0.1, ...values);
  const x = v => L + (W - R - L) * (v - low) / (high - low), y = v => H - B - (H - B - T) * (v - low) / (high - low);
  const parts = axes(x, y, "truth, nats", "estimate, nats", ticks(low, high), ticks(low, high));
  parts.push(element("line", { class: "truth", x1: x(low), y1: y(low), x2: x(high), y2: y(high) }));
  for (const r of cells) parts.push(dot(x(r.truth), y(r.value), shown.get(r.method), `${r.method}, ${r.task}, n ${r.n}: ${fixed(r.value, 3)} of ${fixed(r.truth, 3)}`));
  [...shown].forEach(([m, c], i) => parts.push(dot(W - R + 20, T + 10 + 20 * i, c, m), element("text", { x: W - R + 30, y: T + 14 + 20 * i }, brief(m))));
  picture("scatter", "Estimates against the truth", parts);
}

function cost(summary) {
  const rows = summary.filter(r => r.mae !== null && r.seconds > 0);
  if (!rows.length) { document.getElementById("cost").replaceChildren("Nothing was timed."); return; }
  const powers = rows.map(r => Math.log10(r.seconds)), low = Math.floor(Math.min(...powers)), high = Math.max(low + 1, Math.ceil(Math.max(...powers)));
  const most = Math.max(...rows.map(r => r.mae)) * 1.05 || 1;
  const x = s => L + (W - R - L) * (Math.log10(s) - low) / (high - low), y = v => H - B - (H - B - T) * v / most;
  const decades = Array.from({ length: high - low + 1 }, (_, i) => +(10 ** (low + i)).toPrecision(1));
  const parts = axes(x, y, "seconds for one estimate, median", "mean absolute error, nats", decades, ticks(0, most));
  for (const r of rows) {
    parts.push(dot(x(r.seconds), y(r.mae), shown.get(r.method) || "#9aa3ad", `${r.method}: ${fixed(r.mae, 3)} nats in ${duration(r.seconds)} s`));
    parts.push(element("text", { x: x(r.seconds) + 7, y: y(r.mae) + 4 }, brief(r.method)));
  }
  picture("cost", "Cost against accuracy", parts);
}

function failures() {
  const place = document.getElementById("failures");
  if (!data.failures.length) { place.replaceChildren("None."); return; }
  const head = ["method", "task", "rows", "seed", "status", "reason"].map(h => element("th", { scope: "col" }, h));
  const rows = data.failures.map(f => element("tr", null, ...f.map(v => element("td", null, String(v)))));
  place.replaceChildren(element("table", { class: "prose" }, element("tr", null, ...head), ...rows));
}

// --- filters -------------------------------------------------------------------------------------

const LEVELS = [["all", () => true], ["0", t => t === 0], ["up to 0.5", t => t > 0 && t <= 0.5], ["0.5 to 1", t => t > 0.5 && t <= 1], ["1 to 2", t => t > 1 && t <= 2], ["2 to 5", t => t > 2 && t <= 5], ["above 5", t => t > 5]];
const DIMS = [["all", () => true], ["2", d => d === 2], ["3 to 6", d => d > 2 && d <= 6], ["7 to 20", d => d > 6 && d <= 20], ["above 20", d => d > 20]];
const chosen = id => document.getElementById(id).value;
function filtered() {
  const tasks = data.suites[chosen("suite")], level = LEVELS.find(l => l[0] === chosen("level"))[1], dims = DIMS.find(d => d[0] === chosen("dims"))[1];
  return all.filter(r => (!tasks || tasks.includes(r.task)) && (chosen("n") === "all" || String(r.n) === chosen("n"))
    && (chosen("level") === "all" || (r.truth !== null && level(r.truth))) && (chosen("dims") === "all" || (r.dim_x !== null && dims(r.dim_x + r.dim_y))));
}
function options(id, names) {
  const select = document.getElementById(id);
  select.replaceChildren(...names.map(n => element("option", { value: n }, n)));
  select.onchange = draw;
}
function draw() {
  const rows = filtered(), summary = summarise(rows);
  board(summary);
  heat(rows, sorted(summary).map(r => r.method));
  scatter(rows);
  cost(summary);
}
const present = new Set(all.map(r => r.task));
options("suite", ["all", ...Object.keys(data.suites).filter(s => data.suites[s].some(t => present.has(t)))]);
options("n", ["all", ...[...new Set(all.map(r => r.n))].sort((a, b) => a - b).map(String)]);
options("dims", DIMS.map(d => d[0]));
options("level", LEVELS.map(l => l[0]));
sorted(summarise(all)).slice(0, SHOWN_AT_FIRST).forEach(r => toggle(r.method));
draw();
failures();
