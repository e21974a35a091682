"use strict";
// The pages of a catalogue: one of all clips, one of each of the worst. Plain SVG; no library.

const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const number = (v, digits = 3) =>
  v === null || v === undefined || Number.isNaN(v) ? "–" : v.toFixed(digits);

function element(tag, attributes = {}, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function shape(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

// head: names; rows: lists of cells, a cell a text or an element; `choose` makes rows buttons.
function fill(table, head, rows, choose = null) {
  table.replaceChildren();
  const top = table.createTHead().insertRow();
  for (const name of head) top.append(element("th", { scope: "col" }, name));
  const body = table.createTBody();
  rows.forEach((cells, index) => {
    const row = body.insertRow();
    for (const cell of cells) {
      const place = row.insertCell();
      if (cell instanceof Node) place.append(cell);
      else place.textContent = cell;
    }
    if (choose === null) return;
    row.tabIndex = 0;
    row.addEventListener("click", () => choose(index));
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter") choose(index);
    });
  });
}

// Axes of a drawing of 900 x 260; gives the functions from values to places.
function axes(svg, x, y, labels) {
  const left = 60,
    right = 885,
    top = 12,
    bottom = 225;
  const to = (v, [a, b], p, q) => p + ((v - a) / (b - a || 1)) * (q - p);
  svg.append(shape("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "axis" }));
  svg.append(shape("line", { x1: left, x2: left, y1: top, y2: bottom, class: "axis" }));
  for (const [v, p] of [
    [y[0], bottom],
    [y[1], top + 8],
  ])
    svg.append(shape("text", { x: left - 6, y: p, "text-anchor": "end" }, labels.y(v)));
  for (const [v, p, anchor] of [
    [x[0], left, "start"],
    [x[1], right, "end"],
  ])
    svg.append(shape("text", { x: p, y: bottom + 18, "text-anchor": anchor }, labels.x(v)));
  svg.append(
    shape("text", { x: (left + right) / 2, y: bottom + 18, "text-anchor": "middle" }, labels.name),
  );
  return { x: (v) => to(v, x, left, right), y: (v) => to(v, y, bottom, top) };
}

function drawing(label) {
  return shape("svg", { viewBox: "0 0 900 260", role: "img", "aria-label": label });
}

const extent = (list) =>
  list.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);

function histogram(values, name) {
  const svg = drawing(`How many clips have which ${name}`);
  if (values.length === 0) return svg;
  const [low, high] = extent(values),
    bins = new Array(40).fill(0);
  for (const v of values) bins[Math.min(39, Math.floor(((v - low) / (high - low || 1)) * 40))] += 1;
  const most = Math.max(...bins);
  const place = axes(svg, [low, high], [0, most], {
    x: (v) => number(v, 2),
    y: (v) => String(v),
    name,
  });
  bins.forEach((count, i) => {
    const a = place.x(low + ((high - low) * i) / 40),
      b = place.x(low + ((high - low) * (i + 1)) / 40);
    svg.append(
      shape("rect", {
        x: a,
        width: Math.max(1, b - a - 1),
        y: place.y(count),
        height: place.y(0) - place.y(count),
        class: "bar",
      }),
    );
  });
  return svg;
}

function curves(list, x_name, y_name) {
  const svg = drawing(`${y_name} by ${x_name}`);
  const all = list.flatMap((curve) => curve.points);
  if (all.length === 0) return svg;
  const range = (k) => extent(all.map((p) => p[k]));
  const place = axes(svg, range(0), range(1), {
    x: (v) => number(v, 0),
    y: (v) => number(v, 2),
    name: x_name,
  });
  list.forEach((curve, i) => {
    const colour = `var(--c${i % 8})`;
    const points = curve.points
      .map(([a, b]) => `${place.x(a).toFixed(1)},${place.y(b).toFixed(1)}`)
      .join(" ");
    svg.append(shape("polyline", { points, fill: "none", stroke: colour, "stroke-width": 1.5 }));
    if (curve.points.length <= 30)
      for (const [a, b] of curve.points)
        svg.append(shape("circle", { cx: place.x(a), cy: place.y(b), r: 3.5, fill: colour }));
    if (curve.name)
      svg.append(
        shape(
          "text",
          { x: 75 + 160 * (i % 5), y: 24 + 15 * Math.floor(i / 5), style: `fill:${colour}` },
          curve.name,
        ),
      );
  });
  return svg;
}

function themes() {
  const root = document.documentElement,
    button = at("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const set = (name) => {
    root.dataset.theme = name;
    button.textContent = name === "dark" ? "Light" : "Dark";
  };
  set(dark ? "dark" : "light");
  button.addEventListener("click", () => set(root.dataset.theme === "dark" ? "light" : "dark"));
}

function options(select, names) {
  select.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
}

// ---- the page of all clips ----

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const grouped = (clips, key) => {
  const groups = new Map();
  for (const clip of clips) {
    const name = String(clip[key] ?? "–");
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(clip);
  }
  return groups;
};

const LIST = 20; // rows of a list at first

class Catalogue {
  constructor() {
    this.shown = LIST;
    options(at("score"), data.scores);
    at("score").value = data.score;
    options(at("by"), data.columns);
    at("score").addEventListener("change", () => this.draw());
    at("by").addEventListener("change", () => this.distribution());
    at("more").addEventListener("click", () => {
      this.shown += 200;
      this.titles();
    });
    at("subtitle").textContent = data.subtitle;
    fill(at("provenance"), ["", ""], data.provenance);
    this.draw();
  }

  get score() {
    return at("score").value;
  }
  get sign() {
    return data.directions[this.score] === -1 ? -1 : 1;
  }
  value(clip) {
    return clip.scores[this.score];
  }
  scored() {
    return data.clips.filter((clip) => typeof this.value(clip) === "number");
  }

  draw() {
    this.cards();
    this.distribution();
    this.titles();
    at("title-section").hidden = true;
    const worst = this.scored()
      .sort((a, b) => this.sign * (this.value(a) - this.value(b)))
      .slice(0, LIST);
    fill(
      at("worst"),
      ["clip", "title", this.score, "worst frame"],
      worst.map((c) => this.row(c)),
    );
    this.shots();
  }

  row(clip, of = clip.title) {
    const link = clip.page ? element("a", { href: clip.page }, clip.id) : clip.id;
    return [link, of ?? "–", number(this.value(clip)), clip.worst[this.score] ?? "–"];
  }

  cards() {
    const values = this.scored()
      .map((clip) => this.value(clip))
      .sort((a, b) => a - b);
    const part = (share) => values[Math.min(values.length - 1, Math.floor(share * values.length))];
    const bad = this.sign === 1 ? 0.05 : 0.95;
    const cards = [
      [this.score, number(values.length ? mean(values) : null), "mean of the clips"],
      [this.score, number(part(0.5)), "median"],
      [this.score, number(part(bad)), "worst 5 % of the clips"],
      ["Clips", String(data.clips.length), "with scores"],
      ["Failures", String(data.failures), "units that were given up"],
    ];
    at("cards").replaceChildren(
      ...cards.map(([name, value, what]) => {
        const card = element("div", { class: "card", style: "--colour: var(--accent)" });
        card.append(
          element("h3", {}, name),
          element("div", { class: "value" }, value),
          element("div", { class: "what" }, what),
        );
        return card;
      }),
    );
  }

  distribution() {
    const clips = this.scored();
    at("histogram").replaceChildren(
      histogram(
        clips.map((c) => this.value(c)),
        this.score,
      ),
    );
    const rows = [...grouped(clips, at("by").value)].map(([name, list]) => {
      const values = list.map((c) => this.value(c));
      return [name, mean(values), list.length, ...extent(values)];
    });
    rows.sort((a, b) => this.sign * (a[1] - b[1]));
    const left = Math.max(0, rows.length - LIST);
    at("groups-note").textContent = left ? `The worst ${LIST} of ${rows.length}.` : "";
    fill(
      at("groups"),
      [at("by").value, "mean", "clips", "smallest", "largest"],
      rows.slice(0, LIST).map(([n, m, c, a, b]) => [n, number(m), String(c), number(a), number(b)]),
    );
  }

  titles() {
    const list = [...grouped(this.scored(), "title")].map(([name, clips]) => ({
      name,
      clips,
      mean: mean(clips.map((c) => this.value(c))),
    }));
    list.sort((a, b) => this.sign * (a.mean - b.mean));
    const some = list.slice(0, this.shown);
    at("titles-note").textContent = `${list.length} titles; choose one for its clips and curves.`;
    at("more").hidden = list.length <= this.shown;
    fill(
      at("titles"),
      ["title", `mean ${this.score}`, "clips"],
      some.map((t) => [t.name, number(t.mean), String(t.clips.length)]),
      (i) => this.title(some[i]),
    );
  }

  title(title) {
    at("title-section").hidden = false;
    at("title-title").textContent = title.name;
    const lines = [...grouped(title.clips, "curve")].map(([name, clips]) => ({
      name,
      points: clips
        .filter((c) => c.bit_rate > 0)
        .map((c) => [c.bit_rate / 1000, this.value(c)])
        .sort((a, b) => a[0] - b[0]),
    }));
    at("rate").replaceChildren(curves(lines, "kbit/s", this.score));
    const rates = data.bd_rates.filter((r) => r.title === title.name && r.score === this.score);
    fill(
      at("bd"),
      rates.length ? ["curve", "BD-rate against", "%"] : [],
      rates.map((r) => [r.test, r.anchor, r.percent === null ? r.why_not : number(r.percent, 2)]),
    );
    const clips = [...title.clips].sort((a, b) => this.sign * (this.value(a) - this.value(b)));
    fill(
      at("title-clips"),
      ["clip", "curve", this.score, "worst frame"],
      clips.map((c) => this.row(c, c.curve)),
    );
    at("title-section").scrollIntoView({ block: "nearest" });
  }

  shots() {
    const shots = data.shots.filter((s) => s.score === this.score);
    at("shots-section").hidden = shots.length === 0;
    fill(
      at("shots"),
      ["clip", "frames", this.score],
      shots.slice(0, LIST).map((s) => [s.id, `${s.first}–${s.last}`, number(s.mean)]),
    );
  }
}

// ---- the page of one clip ----

function clip_page() {
  at("name").textContent = data.id;
  at("subtitle").textContent = data.subtitle;
  options(at("score"), Object.keys(data.series));
  at("score").value = data.score;
  const draw = () => {
    const points = data.series[at("score").value].flatMap((v, i) =>
      v === null ? [] : [[data.frames[i], v]],
    );
    at("curve").replaceChildren(curves([{ name: "", points }], "frame", at("score").value));
  };
  at("score").addEventListener("change", draw);
  draw();
  fill(
    at("pooled"),
    data.pooled_head,
    data.pooled.map(([name, ...values]) => [name, ...values.map((v) => number(v))]),
  );
}

themes();
if (at("titles")) window.catalogue = new Catalogue();
else clip_page();
document.body.dataset.ready = "true";
