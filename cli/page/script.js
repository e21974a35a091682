// The page's life: everything is drawn from the JSON in #data; nothing is fetched.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const DASHES = [[], [9, 4], [2, 3], [10, 3, 2, 3]];
  const HEIGHT = 320, SMALL = 260;
  let theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  let metric = data.primary;
  const shown = data.clips.map(() => true);
  const plots = {};
  // Tests read it: what is drawn, and where it is zoomed to.
  window.report = { data, plots };

  // ---- small things ----

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "style") for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  }
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (i) => css("--c" + (i % 8));
  const colourName = (i) => `var(--c${i % 8})`;
  const dash = (i) => DASHES[Math.floor(i / 8) % 4].length ? DASHES[Math.floor(i / 8) % 4] : DASHES[i % 4];
  const digits = (value) => (Math.abs(value) >= 1000 ? 1 : Math.abs(value) >= 10 ? 2 : 4);
  const text = (value) => (value === null || value === undefined ? "–" : value.toFixed(digits(value)));
  const kilobits = (bits) => (bits === null ? "–" : (bits / 1000).toFixed(bits < 1e6 ? 1 : 0));
  const counted = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;
  const about = (name) => data.metrics.find((m) => m.name === name);
  const better = (direction) => (direction > 0 ? "higher is better" : direction < 0 ? "lower is better" : "");

  // What stands for a clip: a score of its own where the metric has one, else the mean of its frames.
  const ofClip = (name) => (data.still ? name : about(name).clip ? `${name} of the clip` : `mean ${name}`);
  const labels = data.clips.map((clip) => clip.label);

  // ---- plots ----

  function axes(xLabel, yLabel, more = {}) {
    const common = { stroke: () => css("--soft"), grid: { stroke: () => css("--line"), width: 1 }, ticks: { stroke: () => css("--line"), width: 1 } };
    return [{ ...common, label: xLabel, labelSize: 24, ...more.x }, { ...common, label: yLabel, size: 64, labelSize: 22, ...more.y }];
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
    plots[id] = new uPlot({ ...options, width: Math.max(260, target.clientWidth), height }, values, target);
  }

  function tooltip() {
    let box;
    return { hooks: {
      init: (u) => {
        box = make("div", { style: { position: "absolute", display: "none", "pointer-events": "none", padding: ".3rem .55rem", "border-radius": "6px",
          background: "var(--card)", border: "1px solid var(--line)", "font-size": ".8rem", "z-index": "5", "white-space": "nowrap" } });
        u.over.append(box);
        u.over.addEventListener("mouseleave", () => { box.style.display = "none"; });
      },
      setCursor: (u) => {
        const { idx, left, top } = u.cursor;
        if (idx === null || idx === undefined || left < 0) { box.style.display = "none"; return; }
        const rows = u.series.slice(1).map((s, i) => [s, u.data[i + 1][idx]]).filter(([s, v]) => s.show && v !== null && v !== undefined);
        if (!rows.length) { box.style.display = "none"; return; }
        const title = u.series[0].value ? u.series[0].value(u, u.data[0][idx]) : u.data[0][idx];
        box.replaceChildren(make("strong", {}, `${u.series[0].label} ${title}`),
          ...rows.map(([s, v]) => make("div", {}, make("span", { class: "swatch", style: { "--colour": s.stroke(u), "vertical-align": "middle", "margin-right": ".4rem" } }), `${s.label}: ${text(v)}`)));
        box.style.display = "block";
        const width = box.offsetWidth, room = u.over.clientWidth;
        box.style.left = `${left + 14 + width > room ? Math.max(0, left - 14 - width) : left + 14}px`;
        box.style.top = `${Math.max(0, Math.min(top + 10, u.over.clientHeight - box.offsetHeight))}px`;
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
      u.series.slice(1).forEach((s, i) => { s.dash = dense ? [] : dash(i); s.width = dense ? 1 : 1.6; });
    } } };
  }

  function keyboardZoom(event) {
    const u = plots.curve;
    if (!u || event.ctrlKey || event.metaKey || event.altKey) return;
    const { min, max, first, last } = range(u), step = (max - min) / 5;
    const actions = {
      "+": () => zoomBy(u, 0.6), "=": () => zoomBy(u, 0.6), "-": () => zoomBy(u, 1 / 0.6), "0": () => zoomTo(u, first, last),
      ArrowLeft: () => zoomTo(u, min - step, max - step), ArrowRight: () => zoomTo(u, min + step, max + step),
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
      height: HEIGHT, plugins: [shotBands(), tooltip(), wheelZoom(), solidWhereDense()], cursor: { drag: { x: true, y: false, uni: 10 }, points: { size: 7 } },
      scales: { x: { time: false } }, legend: { show: false },
      axes: axes("frame", unit ? `${metric} (${unit})` : metric),
      series: [{ label: "frame", value: (u, v) => (v === null ? "–" : String(v)) },
        ...labels.map((label, i) => series(label, i, { show: shown[i], points: { show: few, size: 5 } }))],
    }, [axis, ...data.clips.map((clip) => onAxis(axis, clip.scores[metric] || []))]);
    plots.curve.over.addEventListener("dblclick", () => { const { first, last } = range(plots.curve); zoomTo(plots.curve, first, last); });
  }

  // Every other shot has another ground.
  function shotBands() {
    return { hooks: { drawClear: (u) => {
      const { left, top, width, height } = u.bbox;
      u.ctx.fillStyle = css("--line") + "80";
      data.clips[0].shots.forEach((shot, i) => {
        if (i % 2 === 0) return;
        const from = Math.max(left, u.valToPos(shot.first - 0.5, "x", true)), to = Math.min(left + width, u.valToPos(shot.last + 0.5, "x", true));
        if (to > from) u.ctx.fillRect(from, top, to - from, height);
      });
    } } };
  }

  const finite = (clip) => (clip.scores[metric] || []).filter((v) => v !== null);

  function extent() {
    let low = Infinity, high = -Infinity;
    data.clips.forEach((clip) => { for (const v of finite(clip)) { low = Math.min(low, v); high = Math.max(high, v); } });
    if (low > high) return null;
    if (low === high) return [low - 0.5, high + 0.5];
    return [low, high];
  }

  function drawHistogram() {
    const bounds = extent();
    if (!bounds) return empty("histogram");
    const most = Math.max(...data.clips.map((clip) => finite(clip).length));
    const [low, high] = bounds, bins = Math.min(40, Math.max(8, Math.ceil(2 * Math.sqrt(most)))), width = (high - low) / bins;
    const x = Array.from({ length: bins + 1 }, (_, i) => low + i * width);
    const counts = data.clips.map((clip) => {
      const values = finite(clip), list = new Array(bins + 1).fill(0);
      for (const v of values) list[Math.min(bins - 1, Math.floor((v - low) / width))] += 100 / values.length;
      list[bins] = list[bins - 1];
      return list;
    });
    place("histogram", {
      plugins: [tooltip()], cursor: { drag: { x: false, y: false } }, scales: { x: { time: false }, y: { range: (u, min, max) => [0, Math.max(max, 1) * 1.05] } }, legend: { show: false },
      axes: axes(metric, "% of frames"),
      series: [{ label: "from", value: (u, v) => text(v) }, ...labels.map((label, i) => series(label, i, { show: shown[i], paths: uPlot.paths.stepped({ align: 1 }), fill: () => colour(i) + "22" }))],
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
      plugins: [tooltip()], cursor: { drag: { x: false, y: false } }, scales: { x: { time: false }, y: { range: [0, 100] } }, legend: { show: false },
      axes: axes(metric, "% of frames at or below"),
      series: [{ label: "up to", value: (u, v) => text(v) }, ...labels.map((label, i) => series(label, i, { show: shown[i] }))],
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
      for (const digit of [1, 2, 5]) if (unit * digit >= low && unit * digit <= high) ticks.push(Number((unit * digit).toPrecision(1)));
    const powers = ticks.filter((tick) => String(tick)[0] === "1");
    return ticks.length * 70 > room && powers.length > 1 ? powers : ticks;
  }

  function drawRate() {
    const rates = (data.rate_quality || {})[metric];
    const known = data.clips.filter((clip) => clip.bit_rate !== null && clip.pooled[metric] && clip.pooled[metric].clip !== null);
    const why = !rates ? `${metric} does not say what is better.` : known.length ? "" : "N/A: no container says a bit rate.";
    $("rate-note").textContent = why;
    $("rate-metric").textContent = ofClip(metric);
    $("bd").replaceChildren();
    if (why) { if (plots.rate) plots.rate.destroy(); delete plots.rate; $("rate").replaceChildren(); $("rate").style.minHeight = "0"; return; }
    const order = data.clips.map((_, i) => i).filter((i) => known.includes(data.clips[i])).sort((a, b) => data.clips[a].bit_rate - data.clips[b].bit_rate);
    const x = order.map((i) => data.clips[i].bit_rate / 1000);
    const column = (members) => order.map((i) => (members.includes(i) ? data.clips[i].pooled[metric].clip : null));
    const xs = [x[0] / 1.25, x[x.length - 1] * 1.25];
    place("rate", {
      height: HEIGHT, plugins: [tooltip()], cursor: { drag: { x: false, y: false }, points: { size: 9 } },
      scales: { x: { time: false, distr: 3, range: xs } },
      axes: axes("kbit/s", ofClip(metric), { x: { splits: (u) => rateTicks(xs, u.width), filter: (u, splits) => splits, values: (u, splits) => splits.map(String) } }),
      series: [{ label: "kbit/s", value: (u, v) => (v === null ? "–" : v.toFixed(1)) },
        ...rates.curves.map((curve, i) => series(curve.name || "all clips", i, { spanGaps: true, points: { show: true, size: 8 } })),
        { label: "convex hull", stroke: () => css("--soft"), width: 1, dash: [3, 4], spanGaps: true, points: { show: false }, value: (u, v) => text(v) }],
    }, [x, ...rates.curves.map((curve) => column(curve.clips)), column(rates.hull)]);
    drawBd(rates);
  }

  function drawBd(rates) {
    const head = make("tr", {}, ...["BD-rate", "against", "bit rate at equal quality"].map((h) => make("th", { class: "text" }, h)));
    const rows = rates.bd_rate.map((bd) => make("tr", {}, make("td", {}, bd.test || "all clips"), make("td", { class: "text" }, bd.anchor),
      make("td", { class: "text" }, bd.percent === null ? `N/A: ${bd.why_not}` : `${bd.percent > 0 ? "+" : "−"}${Math.abs(bd.percent).toFixed(2)} %`)));
    if (rows.length) $("bd").append(head, ...rows);
    else $("rate-note").textContent = "BD-rate: N/A: there is one curve only; --curve NAME, once for each -d, makes several.";
  }

  // ---- worst frames ----

  function picture(source, caption, alt) {
    return make("figure", {}, make("img", { src: source, alt }), make("figcaption", {}, caption));
  }

  function compare(frame) {
    const box = make("div", { class: "compare", style: { "--at": "50%" } }, make("img", { src: frame.reference, alt: `reference, frame ${frame.frame}` }),
      make("img", { class: "over", src: frame.distorted, alt: `distorted, frame ${frame.frame}` }), make("div", { class: "edge" }));
    const slider = make("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "Reference to the left, distorted to the right of this place",
      oninput: (event) => box.style.setProperty("--at", `${event.target.value}%`) });
    return make("figure", {}, box, slider, make("figcaption", {}, "left reference, right distorted"));
  }

  function view(clip, position) {
    const frame = clip.worst[position];
    [...$("strip").children].forEach((button, i) => button.setAttribute("aria-pressed", String(i === position)));
    $("viewer").hidden = !frame.reference;
    if (!frame.reference) return;
    const images = $("worst-view").value === "slider" ? [compare(frame)]
      : [picture(frame.reference, "reference", `reference, frame ${frame.frame}`), picture(frame.distorted, "distorted", `distorted, frame ${frame.frame}`)];
    images.push(picture(frame.difference, "difference × 4; gray where both are equal", `difference, frame ${frame.frame}`));
    if (frame.map) images.push(picture(frame.map, frame.map_caption, `map, frame ${frame.frame}`));
    $("pictures").replaceChildren(...images);
    $("viewer-caption").textContent = data.still ? `${data.primary} ${text(frame.score)}` : `Frame ${frame.frame}, ${data.primary} ${text(frame.score)}`;
    $("viewer").dataset.position = position;
  }

  function drawWorst() {
    const clip = data.clips[$("worst-clip").value];
    $("worst-note").textContent = clip.worst_note || (data.still ? "Pictures wider than 1920 samples are made smaller." : `By ${data.primary}. Pictures are made smaller.`);
    $("strip").replaceChildren(...clip.worst.map((frame, i) => make("button", { type: "button", "aria-pressed": "false", onclick: () => view(clip, i) },
      ...(frame.distorted ? [make("img", { src: frame.distorted, alt: "" })] : []), `frame ${frame.frame}`, make("br"), text(frame.score))));
    if (clip.worst.length) view(clip, 0);
    else $("viewer").hidden = true;
  }

  // ---- shots ----

  function shotTable(shots, pictures) {
    const asked = data.metrics.filter((m) => m.asked);
    const head = make("tr", {}, ...(pictures ? [make("th", {}, "worst frame")] : []), make("th", {}, "frames"),
      ...asked.flatMap((m) => [`mean ${m.name}`, ...(m.direction ? [`mean of worst\u00a01\u00a0% ${m.name}`] : [])]).map((name) => make("th", { scope: "col" }, name)));
    const cells = (shot) => asked.flatMap((m) => {
      const pooled = shot.pooled[m.name];
      return [pooled ? pooled.clip : null, ...(m.direction ? [pooled && pooled.worst ? pooled.worst.mean_1 : null] : [])];
    });
    const rows = shots.map((shot) => make("tr", {}, ...(pictures ? [make("td", {}, ...(shot.picture ? [make("img", { src: shot.picture, alt: "" })] : []))] : []),
      make("td", {}, `${shot.first} – ${shot.last}`), ...cells(shot).map((value) => make("td", {}, text(value)))));
    return [make("thead", {}, head), make("tbody", {}, ...rows)];
  }

  // Of the clip whose worst frames are shown.
  function drawShots() {
    const { shots } = data.clips[$("worst-clip").value], direction = about(data.primary).direction;
    $("shots-section").hidden = data.still || !shots.length;
    if ($("shots-section").hidden) return;
    const mean = (shot) => shot.pooled[data.primary] && shot.pooled[data.primary].clip;
    const order = shots.filter((shot) => typeof mean(shot) === "number").sort((a, b) => direction * (mean(a) - mean(b)));
    $("shots-note").textContent = `${counted(shots.length, "shot")} of ${labels[$("worst-clip").value]}, by mean ${data.primary}; the curves' ground changes from shot to shot.`;
    $("shots").replaceChildren(...shotTable(direction ? order.slice(0, 10) : [], true));
    $("shots-all").replaceChildren(...shotTable(shots, false));
  }

  // ---- tables ----

  function card(clip, i) {
    const pooled = clip.pooled[data.primary] || {}, worst = pooled.worst, facts = [];
    if (data.still) for (const m of data.metrics.filter((x) => x.asked && x.name !== data.primary && clip.pooled[x.name])) facts.push([m.name, text(clip.pooled[m.name].clip)]);
    else if (worst) facts.push(["worst\u00a05\u00a0%", text(worst.percentile_5)], ["worst\u00a01\u00a0%", text(worst.percentile_1)], ["worst frame", `${text(worst.value)} (frame ${worst.frame})`]);
    if (pooled.worst_window) facts.push([`worst ${counted(pooled.worst_window.frames, "frame")}`, `${text(pooled.worst_window.mean)} (from ${pooled.worst_window.first_frame})`]);
    for (const m of data.metrics.filter((x) => x.direction !== 0 && clip.pooled[x.name]))
      for (const { threshold, share } of clip.pooled[m.name].worst.shares)
        facts.push([`${m.name} ${m.direction < 0 ? "above" : "below"} ${threshold}`, share === null ? "–" : `${(100 * share).toFixed(2)} % of frames`]);
    if (!data.still) facts.push(["bit rate", clip.bit_rate === null ? "unknown" : `${kilobits(clip.bit_rate)} kbit/s`], ["frames", clip.partial ? `${clip.complete} (partial)` : String(clip.complete)]);
    return make("article", { class: "card", style: { "--colour": colourName(i) } }, make("h3", { title: clip.path }, labels[i]),
      make("div", { class: "value" }, text(pooled.clip)), make("div", { class: "what" }, [ofClip(data.primary), better(about(data.primary).direction)].filter((t) => t).join(", ")),
      make("dl", {}, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])));
  }

  function drawPooled() {
    const worst = (key) => (pooled) => (pooled.worst ? text(pooled.worst[key]) : "–");
    const columns = data.still ? [["score", (pooled) => text(pooled.clip)]] : [["mean", (pooled) => text(pooled.clip)], ["worst\u00a010\u00a0%", worst("percentile_10")], ["worst\u00a05\u00a0%", worst("percentile_5")], ["worst\u00a01\u00a0%", worst("percentile_1")],
      ["mean of worst\u00a01\u00a0%", worst("mean_1")], ["worst", worst("value")], ["frame", (pooled) => (pooled.worst ? String(pooled.worst.frame) : "–")],
      ["median", (pooled) => text(pooled.median)], ["min", (pooled) => text(pooled.min)], ["max", (pooled) => text(pooled.max)], ["harmonic mean", (pooled) => text(pooled.harmonic_mean)]];
    const head = make("thead", {}, make("tr", {}, make("th", {}, "metric and clip"), ...columns.map(([name]) => make("th", { scope: "col" }, name))));
    const first = make("tbody"), rest = make("tbody");
    for (const m of data.metrics) {
      const body = m.asked ? first : rest;
      const facts = [m.unit, better(m.direction), m.clip ? `mean: ${m.clip}, by the errors of the whole clip` : ""].filter((t) => t).join(", ");
      body.append(make("tr", { class: "group" }, make("th", { colspan: columns.length + 1, scope: "rowgroup" }, m.name, facts ? make("span", { class: "hint" }, `  ${facts}`) : "")));
      data.clips.forEach((clip, i) => {
        const pooled = clip.pooled[m.name];
        if (!pooled) return;
        body.append(make("tr", {}, make("td", { class: "clip" }, labels[i]), ...columns.map(([, value]) => make("td", {}, value(pooled)))));
      });
    }
    $("pooled").replaceChildren(head, first);
    $("pooled-rest").replaceChildren(head.cloneNode(true), rest);
    $("pooled-more").hidden = !rest.children.length;
  }

  function drawProvenance() {
    $("command").textContent = data.command;
    const rows = [["library", data.version, ""], ["learned models run on", data.environment.runtime || "nothing: no network took part", ""],
      ["processor", `${data.environment.cpu}, instructions ${data.environment.cpu_target}`, ""], ["reference", `${data.reference.path} (${data.reference.format})`, data.reference.sha256 || ""]];
    data.clips.forEach((clip) => rows.push(["distorted", `${clip.path} (${clip.format})`, clip.sha256 || ""]));
    data.models.forEach((model) => rows.push([`model ${model.name}`, model.version ? `${model.version}, built into ${data.version}` : model.device ? `${model.path} on ${model.device}` : model.path, model.sha256 || ""]));
    $("provenance").replaceChildren(make("thead", {}, make("tr", {}, make("th", {}, "what"), make("th", { class: "text" }, "which"), make("th", { class: "text" }, "SHA-256"))),
      make("tbody", {}, ...rows.map(([what, which, hash]) => make("tr", {}, make("td", {}, what), make("td", { class: "text" }, which), make("td", { class: "text hash" }, hash)))));
  }

  // ---- the whole ----

  // The page of still pictures: no curves, the pictures large.
  function drawStill() {
    for (const section of document.querySelectorAll(".moving")) section.hidden = true;
    document.body.dataset.still = "true";
    if (data.clips.length === 1) $("worst-clip").parentElement.hidden = true;
    $("worst-title").textContent = "Pictures";
    $("pooled-title").textContent = "Scores";
  }

  function drawPlots() {
    if (data.still) return drawStill();
    drawCurve();
    drawHistogram();
    drawDistribution();
    drawRate();
  }

  function toggles() {
    $("clips").replaceChildren(...labels.map((label, i) => make("label", {}, make("input", { type: "checkbox", checked: true, onchange: (event) => {
      shown[i] = event.target.checked;
      for (const id of ["curve", "histogram", "cdf"]) if (plots[id]) plots[id].setSeries(i + 1, { show: shown[i] });
    } }), make("span", { class: "swatch", style: { "--colour": colourName(i) } }), label)));
  }

  function applyTheme() {
    document.documentElement.dataset.theme = theme;
    $("theme").textContent = theme === "dark" ? "Light" : "Dark";
    for (const plot of Object.values(plots)) plot.redraw(false, true);
  }

  function start() {
    $("subtitle").textContent = `${data.reference.path} (${data.reference.format}) and ${counted(data.clips.length, "distorted clip")}`;
    $("notices").textContent = data.clips.map((clip, i) => (clip.error ? `${labels[i]}: ${clip.error}` : clip.partial ? `${labels[i]} was scored in part.` : "")).filter((t) => t).join(" ");
    const options = (asked) => data.metrics.filter((m) => m.asked === asked).map((m) => make("option", { value: m.name, selected: m.name === metric }, m.name));
    $("metric").append(...options(true), make("optgroup", { label: "read by models", hidden: data.metrics.every((m) => m.asked) }, ...options(false)));
    $("worst-clip").append(...labels.map((label, i) => make("option", { value: i }, label)));
    $("cards").append(...data.clips.map(card));
    toggles();
    applyTheme();
    drawPlots();
    drawWorst();
    drawShots();
    drawPooled();
    drawProvenance();
    $("metric").addEventListener("change", (event) => { metric = event.target.value; drawPlots(); });
    $("worst-clip").addEventListener("change", () => { drawWorst(); drawShots(); });
    $("worst-view").addEventListener("change", () => view(data.clips[$("worst-clip").value], Number($("viewer").dataset.position || 0)));
    $("theme").addEventListener("click", () => { theme = theme === "dark" ? "light" : "dark"; applyTheme(); });
    $("reset").addEventListener("click", () => { const { first, last } = range(plots.curve); zoomTo(plots.curve, first, last); });
    $("curve").addEventListener("keydown", keyboardZoom);
    new ResizeObserver(() => {
      for (const [id, plot] of Object.entries(plots)) plot.setSize({ width: Math.max(260, $(id).clientWidth), height: plot.height });
    }).observe(document.querySelector("main"));
    document.body.dataset.ready = "true";
  }
  start();
})();
