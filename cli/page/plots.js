// The curves of the page. This text takes the place of a mark in script.js, whose names it uses.

function axes(xLabel, yLabel, more = {}) {
  const common = {
    stroke: () => css("--soft"),
    grid: { stroke: () => css("--line"), width: 1 },
    ticks: { stroke: () => css("--line"), width: 1 },
  };
  return [
    { ...common, label: xLabel, labelSize: 24, ...more.x },
    { ...common, label: yLabel, size: 64, labelSize: 22, ...more.y },
  ];
}
const series = (label, i, more = {}) => ({
  label, stroke: () => colour(i), width: 1.6, dash: dash(i), value: (u, v) => text(v), ...more,
  points: { show: false, fill: () => css("--card"), ...more.points },
});

function place(id, options, values) {
  if (plots[id]) plots[id].destroy();
  const target = $(id);
  target.replaceChildren();
  const height = options.height || SMALL;
  const width = Math.max(260, target.clientWidth);
  plots[id] = new uPlot({ ...options, width, height }, values, target);
}

function tooltip() {
  let box;
  return { hooks: {
    init: (u) => {
      box = make("div", { style: {
        position: "absolute", display: "none", "pointer-events": "none", padding: ".3rem .55rem",
        "border-radius": "6px", background: "var(--card)", border: "1px solid var(--line)",
        "font-size": ".8rem", "z-index": "5", "white-space": "nowrap",
      } });
      u.over.append(box);
      u.over.addEventListener("mouseleave", () => { box.style.display = "none"; });
    },
    setCursor: (u) => {
      const { idx, left, top } = u.cursor;
      if (idx === null || idx === undefined || left < 0) { box.style.display = "none"; return; }
      const rows = u.series.slice(1).map((s, i) => [s, u.data[i + 1][idx]])
        .filter(([s, v]) => s.show && v !== null && v !== undefined);
      if (!rows.length) { box.style.display = "none"; return; }
      const title = u.series[0].value ? u.series[0].value(u, u.data[0][idx]) : u.data[0][idx];
      box.replaceChildren(make("strong", {}, `${u.series[0].label} ${title}`),
        ...rows.map(([s, v]) => make("div", {}, make("span", { class: "swatch", style: {
          "--colour": s.stroke(u), "vertical-align": "middle", "margin-right": ".4rem",
        } }), `${s.label}: ${text(v)}`)));
      box.style.display = "block";
      const width = box.offsetWidth, room = u.over.clientWidth;
      box.style.left = `${left + 14 + width > room ? Math.max(0, left - 14 - width) : left + 14}px`;
      const lowest = u.over.clientHeight - box.offsetHeight;
      box.style.top = `${Math.max(0, Math.min(top + 10, lowest))}px`;
    },
  } };
}

function range(u) {
  const { min, max } = u.scales.x, last = u.data[0].length - 1;
  return { min, max, first: u.data[0][0], last: u.data[0][last] };
}

function zoomTo(u, min, max) {
  const { first, last } = range(u);
  const width = Math.min(Math.max(max - min, Math.min(4, last - first)), last - first);
  const from = Math.min(Math.max(min, first), last - width);
  u.setScale("x", { min: from, max: from + width });
}

function zoomBy(u, factor, centre) {
  const { min, max } = range(u);
  const at = centre === undefined ? (min + max) / 2 : centre;
  zoomTo(u, at - (at - min) * factor, at + (max - at) * factor);
}

function wheelZoom() {
  return { hooks: { ready: (u) => {
    u.over.addEventListener("wheel", (event) => {
      event.preventDefault();
      const at = u.posToVal(event.clientX - u.over.getBoundingClientRect().left, "x");
      zoomBy(u, event.deltaY < 0 ? 0.75 : 1 / 0.75, at);
    }, { passive: false });
  } } };
}

// More frames than pixels: dashes cannot be seen then, and cost most of the time.
function solidWhereDense() {
  return { hooks: { drawClear: (u) => {
    const dense = (u.scales.x.max - u.scales.x.min) / data.subsample > u.over.clientWidth / 2;
    u.series.slice(1).forEach((s, i) => {
      s.dash = dense ? [] : dash(i);
      s.width = dense ? 1 : 1.6;
    });
  } } };
}

function keyboardZoom(event) {
  const u = plots.curve;
  if (!u || event.ctrlKey || event.metaKey || event.altKey) return;
  const { min, max, first, last } = range(u), step = (max - min) / 5;
  const actions = {
    "+": () => zoomBy(u, 0.6), "=": () => zoomBy(u, 0.6), "-": () => zoomBy(u, 1 / 0.6),
    "0": () => zoomTo(u, first, last),
    ArrowLeft: () => zoomTo(u, min - step, max - step),
    ArrowRight: () => zoomTo(u, min + step, max + step),
    Home: () => zoomTo(u, first, first + max - min), End: () => zoomTo(u, last - (max - min), last),
  };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
}

// Frames that subsampling leaves out are not on the axis: lines would have gaps there.
function frameAxis() {
  const frames = Math.max(...data.clips.map((clip) => clip.frames));
  const axis = [];
  for (let i = 0; i < frames; i += data.subsample) axis.push(i);
  return axis;
}
const onAxis = (axis, scores) => axis.map((i) => (i < scores.length ? scores[i] : null));

function drawCurve() {
  const axis = frameAxis(), unit = about(metric).unit;
  const few = axis.length < 60;
  place("curve", {
    height: HEIGHT, plugins: [shotBands(), tooltip(), wheelZoom(), solidWhereDense()],
    cursor: { drag: { x: true, y: false, uni: 10 }, points: { size: 7 } },
    scales: { x: { time: false } }, legend: { show: false },
    axes: axes("frame", unit ? `${metric} (${unit})` : metric),
    series: [{ label: "frame", value: (u, v) => (v === null ? "–" : String(v)) },
      ...labels.map((label, i) =>
        series(label, i, { show: shown[i], points: { show: few, size: 5 } }))],
  }, [axis, ...data.clips.map((clip) => onAxis(axis, clip.scores[metric] || []))]);
  plots.curve.over.addEventListener("dblclick", () => {
    const { first, last } = range(plots.curve);
    zoomTo(plots.curve, first, last);
  });
}

// Every other shot has another ground.
function shotBands() {
  return { hooks: { drawClear: (u) => {
    const { left, top, width, height } = u.bbox;
    u.ctx.fillStyle = css("--line") + "80";
    data.clips[0].shots.forEach((shot, i) => {
      if (i % 2 === 0) return;
      const from = Math.max(left, u.valToPos(shot.first - 0.5, "x", true)),
        to = Math.min(left + width, u.valToPos(shot.last + 0.5, "x", true));
      if (to > from) u.ctx.fillRect(from, top, to - from, height);
    });
  } } };
}

const finite = (clip) => (clip.scores[metric] || []).filter((v) => v !== null);

function extent() {
  let low = Infinity, high = -Infinity;
  data.clips.forEach((clip) => {
    for (const v of finite(clip)) { low = Math.min(low, v); high = Math.max(high, v); }
  });
  if (low > high) return null;
  if (low === high) return [low - 0.5, high + 0.5];
  return [low, high];
}

function drawHistogram() {
  const bounds = extent();
  if (!bounds) return empty("histogram");
  const most = Math.max(...data.clips.map((clip) => finite(clip).length));
  const [low, high] = bounds, bins = Math.min(40, Math.max(8, Math.ceil(2 * Math.sqrt(most)))),
    width = (high - low) / bins;
  const x = Array.from({ length: bins + 1 }, (_, i) => low + i * width);
  const counts = data.clips.map((clip) => {
    const values = finite(clip), list = new Array(bins + 1).fill(0);
    for (const v of values)
      list[Math.min(bins - 1, Math.floor((v - low) / width))] += 100 / values.length;
    list[bins] = list[bins - 1];
    return list;
  });
  place("histogram", {
    plugins: [tooltip()], cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false }, y: { range: (u, min, max) => [0, Math.max(max, 1) * 1.05] } },
    legend: { show: false },
    axes: axes(metric, "% of frames"),
    series: [{ label: "from", value: (u, v) => text(v) },
      ...labels.map((label, i) => series(label, i, {
        show: shown[i], paths: uPlot.paths.stepped({ align: 1 }), fill: () => colour(i) + "22",
      }))],
  }, [x, ...counts]);
}

function drawDistribution() {
  const bounds = extent();
  if (!bounds) return empty("cdf");
  const [low, high] = bounds, steps = 400;
  const x = Array.from({ length: steps + 1 }, (_, i) => low + (i * (high - low)) / steps);
  const shares = data.clips.map((clip) => {
    const sorted = Float64Array.from(finite(clip)).sort();
    let below = 0;
    return x.map((limit) => {
      while (below < sorted.length && sorted[below] <= limit + 1e-12) ++below;
      return sorted.length ? (100 * below) / sorted.length : null;
    });
  });
  place("cdf", {
    plugins: [tooltip()], cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false }, y: { range: [0, 100] } }, legend: { show: false },
    axes: axes(metric, "% of frames at or below"),
    series: [{ label: "up to", value: (u, v) => text(v) },
      ...labels.map((label, i) => series(label, i, { show: shown[i] }))],
  }, [x, ...shares]);
}

function empty(id) {
  if (plots[id]) plots[id].destroy();
  delete plots[id];
  $(id).replaceChildren(make("p", { class: "hint" }, "No finite scores."));
}

// ---- rate and quality ----

// 1, 2, 5 and their multiples by ten; where labels would run into each other 1 and its multiples.
function rateTicks([low, high], room) {
  const ticks = [];
  for (let unit = 10 ** Math.floor(Math.log10(low)); unit <= high; unit *= 10)
    for (const digit of [1, 2, 5])
      if (unit * digit >= low && unit * digit <= high)
        ticks.push(Number((unit * digit).toPrecision(1)));
  const powers = ticks.filter((tick) => String(tick)[0] === "1");
  return ticks.length * 70 > room && powers.length > 1 ? powers : ticks;
}

function drawRate() {
  const rates = (data.rate_quality || {})[metric];
  const known = data.clips.filter((clip) =>
    clip.bit_rate !== null && clip.pooled[metric] && clip.pooled[metric].clip !== null);
  const why = !rates ? `${metric} does not say what is better.`
    : known.length ? "" : "N/A: no container says a bit rate.";
  $("rate-note").textContent = why;
  $("rate-metric").textContent = ofClip(metric);
  $("bd").replaceChildren();
  if (why) {
    if (plots.rate) plots.rate.destroy();
    delete plots.rate;
    $("rate").replaceChildren();
    $("rate").style.minHeight = "0";
    return;
  }
  const order = data.clips.map((_, i) => i).filter((i) => known.includes(data.clips[i]))
    .sort((a, b) => data.clips[a].bit_rate - data.clips[b].bit_rate);
  const x = order.map((i) => data.clips[i].bit_rate / 1000);
  const column = (members) =>
    order.map((i) => (members.includes(i) ? data.clips[i].pooled[metric].clip : null));
  const xs = [x[0] / 1.25, x[x.length - 1] * 1.25];
  place("rate", {
    height: HEIGHT, plugins: [tooltip()],
    cursor: { drag: { x: false, y: false }, points: { size: 9 } },
    scales: { x: { time: false, distr: 3, range: xs } },
    axes: axes("kbit/s", ofClip(metric), { x: {
      splits: (u) => rateTicks(xs, u.width), filter: (u, splits) => splits,
      values: (u, splits) => splits.map(String),
    } }),
    series: [{ label: "kbit/s", value: (u, v) => (v === null ? "–" : v.toFixed(1)) },
      ...rates.curves.map((curve, i) => series(curve.name || "all clips", i,
        { spanGaps: true, points: { show: true, size: 8 } })),
      { label: "convex hull", stroke: () => css("--soft"), width: 1, dash: [3, 4],
        spanGaps: true, points: { show: false }, value: (u, v) => text(v) }],
  }, [x, ...rates.curves.map((curve) => column(curve.clips)), column(rates.hull)]);
  drawBd(rates);
}

function drawBd(rates) {
  const head = make("tr", {}, ...["BD-rate", "against", "bit rate at equal quality"]
    .map((h) => make("th", { class: "text" }, h)));
  const percent = (bd) => bd.percent === null ? `N/A: ${bd.why_not}`
    : `${bd.percent > 0 ? "+" : "−"}${Math.abs(bd.percent).toFixed(2)} %`;
  const rows = rates.bd_rate.map((bd) => make("tr", {},
    make("td", {}, bd.test || "all clips"), make("td", { class: "text" }, bd.anchor),
    make("td", { class: "text" }, percent(bd))));
  if (rows.length) $("bd").append(head, ...rows);
  else $("rate-note").textContent =
    "BD-rate: N/A: there is one curve only; --curve NAME, once for each -d, makes several.";
}
