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
      if (name === "style")
        for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null)
        element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  }
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (i) => css("--c" + (i % 8));
  const colourName = (i) => `var(--c${i % 8})`;
  const dash = (i) =>
    DASHES[Math.floor(i / 8) % 4].length ? DASHES[Math.floor(i / 8) % 4] : DASHES[i % 4];
  const digits = (value) => (Math.abs(value) >= 1000 ? 1 : Math.abs(value) >= 10 ? 2 : 4);
  const text = (value) =>
    (value === null || value === undefined ? "–" : value.toFixed(digits(value)));
  const kilobits = (bits) => (bits === null ? "–" : (bits / 1000).toFixed(bits < 1e6 ? 1 : 0));
  const counted = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;
  const about = (name) => data.metrics.find((m) => m.name === name);
  const better = (direction) =>
    (direction > 0 ? "higher is better" : direction < 0 ? "lower is better" : "");

  // What stands for a clip: a score of its own where the metric has one, else the mean of its
  // frames.
  const ofClip = (name) =>
    (data.still ? name : about(name).clip ? `${name} of the clip` : `mean ${name}`);
  const labels = data.clips.map((clip) => clip.label);

  /*PLOTS*/

  // ---- worst frames ----

  function picture(source, caption, alt) {
    return make("figure", {}, make("img", { src: source, alt }), make("figcaption", {}, caption));
  }

  function compare(frame) {
    const box = make("div", { class: "compare", style: { "--at": "50%" } },
      make("img", { src: frame.reference, alt: `reference, frame ${frame.frame}` }),
      make("img", { class: "over", src: frame.distorted, alt: `distorted, frame ${frame.frame}` }),
      make("div", { class: "edge" }));
    const slider = make("input", { type: "range", min: 0, max: 100, value: 50,
      "aria-label": "Reference to the left, distorted to the right of this place",
      oninput: (event) => box.style.setProperty("--at", `${event.target.value}%`) });
    return make("figure", {}, box, slider,
      make("figcaption", {}, "left reference, right distorted"));
  }

  function view(clip, position) {
    const frame = clip.worst[position];
    [...$("strip").children].forEach((button, i) =>
      button.setAttribute("aria-pressed", String(i === position)));
    $("viewer").hidden = !frame.reference;
    if (!frame.reference) return;
    const images = $("worst-view").value === "slider" ? [compare(frame)]
      : [picture(frame.reference, "reference", `reference, frame ${frame.frame}`),
        picture(frame.distorted, "distorted", `distorted, frame ${frame.frame}`)];
    images.push(picture(frame.difference, "difference × 4; gray where both are equal",
      `difference, frame ${frame.frame}`));
    if (frame.map) images.push(picture(frame.map, frame.map_caption, `map, frame ${frame.frame}`));
    $("pictures").replaceChildren(...images);
    const score = `${data.primary} ${text(frame.score)}`;
    $("viewer-caption").textContent = data.still ? score : `Frame ${frame.frame}, ${score}`;
    $("viewer").dataset.position = position;
  }

  function drawWorst() {
    const clip = data.clips[$("worst-clip").value];
    $("worst-note").textContent = clip.worst_note || (data.still
      ? "Pictures wider than 1920 samples are made smaller."
      : `By ${data.primary}. Pictures are made smaller.`);
    $("strip").replaceChildren(...clip.worst.map((frame, i) => make("button",
      { type: "button", "aria-pressed": "false", onclick: () => view(clip, i) },
      ...(frame.distorted ? [make("img", { src: frame.distorted, alt: "" })] : []),
      `frame ${frame.frame}`, make("br"), text(frame.score))));
    if (clip.worst.length) view(clip, 0);
    else $("viewer").hidden = true;
  }

  // ---- shots ----

  function shotTable(shots, pictures) {
    const asked = data.metrics.filter((m) => m.asked);
    const names = asked.flatMap((m) =>
      [`mean ${m.name}`, ...(m.direction ? [`mean of worst\u00a01\u00a0% ${m.name}`] : [])]);
    const head = make("tr", {}, ...(pictures ? [make("th", {}, "worst frame")] : []),
      make("th", {}, "frames"), ...names.map((name) => make("th", { scope: "col" }, name)));
    const cells = (shot) => asked.flatMap((m) => {
      const pooled = shot.pooled[m.name];
      return [pooled ? pooled.clip : null,
        ...(m.direction ? [pooled && pooled.worst ? pooled.worst.mean_1 : null] : [])];
    });
    const small = (shot) => (shot.picture ? [make("img", { src: shot.picture, alt: "" })] : []);
    const rows = shots.map((shot) => make("tr", {},
      ...(pictures ? [make("td", {}, ...small(shot))] : []),
      make("td", {}, `${shot.first} – ${shot.last}`),
      ...cells(shot).map((value) => make("td", {}, text(value)))));
    return [make("thead", {}, head), make("tbody", {}, ...rows)];
  }

  // Of the clip whose worst frames are shown.
  function drawShots() {
    const { shots } = data.clips[$("worst-clip").value], direction = about(data.primary).direction;
    $("shots-section").hidden = data.still || !shots.length;
    if ($("shots-section").hidden) return;
    const mean = (shot) => shot.pooled[data.primary] && shot.pooled[data.primary].clip;
    const order = shots.filter((shot) => typeof mean(shot) === "number")
      .sort((a, b) => direction * (mean(a) - mean(b)));
    $("shots-note").textContent = `${counted(shots.length, "shot")} ` +
      `of ${labels[$("worst-clip").value]}, ` +
      `by mean ${data.primary}; the curves' ground changes from shot to shot.`;
    $("shots").replaceChildren(...shotTable(direction ? order.slice(0, 10) : [], true));
    $("shots-all").replaceChildren(...shotTable(shots, false));
  }

  // ---- tables ----

  function card(clip, i) {
    const pooled = clip.pooled[data.primary] || {}, worst = pooled.worst, facts = [];
    const others = data.metrics
      .filter((x) => x.asked && x.name !== data.primary && clip.pooled[x.name]);
    if (data.still) for (const m of others) facts.push([m.name, text(clip.pooled[m.name].clip)]);
    else if (worst)
      facts.push(["worst\u00a05\u00a0%", text(worst.percentile_5)],
        ["worst\u00a01\u00a0%", text(worst.percentile_1)],
        ["worst frame", `${text(worst.value)} (frame ${worst.frame})`]);
    if (pooled.worst_window)
      facts.push([`worst ${counted(pooled.worst_window.frames, "frame")}`,
        `${text(pooled.worst_window.mean)} (from ${pooled.worst_window.first_frame})`]);
    for (const m of data.metrics.filter((x) => x.direction !== 0 && clip.pooled[x.name]))
      for (const { threshold, share } of clip.pooled[m.name].worst.shares)
        facts.push([`${m.name} ${m.direction < 0 ? "above" : "below"} ${threshold}`,
          share === null ? "–" : `${(100 * share).toFixed(2)} % of frames`]);
    if (!data.still)
      facts.push(
        ["bit rate", clip.bit_rate === null ? "unknown" : `${kilobits(clip.bit_rate)} kbit/s`],
        ["frames", clip.partial ? `${clip.complete} (partial)` : String(clip.complete)]);
    if (clip.damaged.length)
      facts.push(["damaged", data.still ? "yes"
        : `${counted(clip.damaged.length, "frame")}, the first is ${clip.damaged[0]}`]);
    const what = [ofClip(data.primary), better(about(data.primary).direction)].filter((t) => t);
    return make("article", { class: "card", style: { "--colour": colourName(i) } },
      make("h3", { title: clip.path }, labels[i]),
      make("div", { class: "value" }, text(pooled.clip)),
      make("div", { class: "what" }, what.join(", ")),
      make("dl", {}, ...facts.flatMap(([name, value]) =>
        [make("dt", {}, name), make("dd", {}, value)])));
  }

  function drawPooled() {
    const worst = (key) => (pooled) => (pooled.worst ? text(pooled.worst[key]) : "–");
    const columns = data.still ? [["score", (pooled) => text(pooled.clip)]] : [
      ["mean", (pooled) => text(pooled.clip)],
      ["worst\u00a010\u00a0%", worst("percentile_10")],
      ["worst\u00a05\u00a0%", worst("percentile_5")],
      ["worst\u00a01\u00a0%", worst("percentile_1")],
      ["mean of worst\u00a01\u00a0%", worst("mean_1")],
      ["worst", worst("value")],
      ["frame", (pooled) => (pooled.worst ? String(pooled.worst.frame) : "–")],
      ["median", (pooled) => text(pooled.median)],
      ["min", (pooled) => text(pooled.min)],
      ["max", (pooled) => text(pooled.max)],
      ["harmonic mean", (pooled) => text(pooled.harmonic_mean)]];
    const head = make("thead", {}, make("tr", {}, make("th", {}, "metric and clip"),
      ...columns.map(([name]) => make("th", { scope: "col" }, name))));
    const first = make("tbody"), rest = make("tbody");
    for (const m of data.metrics) {
      const body = m.asked ? first : rest;
      const facts = [m.unit, better(m.direction),
        m.clip ? `mean: ${m.clip}, by the errors of the whole clip` : ""]
        .filter((t) => t).join(", ");
      body.append(make("tr", { class: "group" },
        make("th", { colspan: columns.length + 1, scope: "rowgroup" },
          m.name, facts ? make("span", { class: "hint" }, `  ${facts}`) : "")));
      data.clips.forEach((clip, i) => {
        const pooled = clip.pooled[m.name];
        if (!pooled) return;
        body.append(make("tr", {}, make("td", { class: "clip" }, labels[i]),
          ...columns.map(([, value]) => make("td", {}, value(pooled)))));
      });
    }
    $("pooled").replaceChildren(head, first);
    $("pooled-rest").replaceChildren(head.cloneNode(true), rest);
    $("pooled-more").hidden = !rest.children.length;
  }

  function drawProvenance() {
    $("command").textContent = data.command;
    const rows = [["library", data.version, ""],
      ["learned models run on",
        data.environment.runtime || "nothing: no network took part", ""],
      ["processor",
        `${data.environment.cpu}, instructions ${data.environment.cpu_target}`, ""],
      ["reference", `${data.reference.path} (${data.reference.format})`,
        data.reference.sha256 || ""]];
    data.clips.forEach((clip) =>
      rows.push(["distorted", `${clip.path} (${clip.format})`, clip.sha256 || ""]));
    const source = (model) => (model.version ? `${model.version}, built into ${data.version}`
      : model.device ? `${model.path} on ${model.device}` : model.path);
    data.models.forEach((model) =>
      rows.push([`model ${model.name}`, source(model), model.sha256 || ""]));
    $("provenance").replaceChildren(
      make("thead", {}, make("tr", {}, make("th", {}, "what"),
        make("th", { class: "text" }, "which"), make("th", { class: "text" }, "SHA-256"))),
      make("tbody", {}, ...rows.map(([what, which, hash]) => make("tr", {},
        make("td", {}, what), make("td", { class: "text" }, which),
        make("td", { class: "text hash" }, hash)))));
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
    const toggle = (i) => (event) => {
      shown[i] = event.target.checked;
      for (const id of ["curve", "histogram", "cdf"])
        if (plots[id]) plots[id].setSeries(i + 1, { show: shown[i] });
    };
    $("clips").replaceChildren(...labels.map((label, i) => make("label", {},
      make("input", { type: "checkbox", checked: true, onchange: toggle(i) }),
      make("span", { class: "swatch", style: { "--colour": colourName(i) } }), label)));
  }

  function applyTheme() {
    document.documentElement.dataset.theme = theme;
    $("theme").textContent = theme === "dark" ? "Light" : "Dark";
    for (const plot of Object.values(plots)) plot.redraw(false, true);
  }

  function start() {
    $("subtitle").textContent = `${data.reference.path} (${data.reference.format}) and ` +
      `${counted(data.clips.length, "distorted clip")}`;
    const notice = (clip, i) => (clip.error ? `${labels[i]}: ${clip.error}`
      : clip.partial ? `${labels[i]} was scored in part.` : "");
    $("notices").textContent = data.clips.map(notice).filter((t) => t).join(" ");
    const options = (asked) => data.metrics.filter((m) => m.asked === asked)
      .map((m) => make("option", { value: m.name, selected: m.name === metric }, m.name));
    const none = data.metrics.every((m) => m.asked);
    $("metric").append(...options(true),
      make("optgroup", { label: "read by models", hidden: none }, ...options(false)));
    $("worst-clip").append(...labels.map((label, i) => make("option", { value: i }, label)));
    $("cards").append(...data.clips.map(card));
    toggles();
    applyTheme();
    drawPlots();
    drawWorst();
    drawShots();
    drawPooled();
    drawProvenance();
    $("metric").addEventListener("change", (event) => {
      metric = event.target.value;
      drawPlots();
    });
    $("worst-clip").addEventListener("change", () => { drawWorst(); drawShots(); });
    $("worst-view").addEventListener("change", () =>
      view(data.clips[$("worst-clip").value], Number($("viewer").dataset.position || 0)));
    $("theme").addEventListener("click", () => {
      theme = theme === "dark" ? "light" : "dark";
      applyTheme();
    });
    $("reset").addEventListener("click", () => {
      const { first, last } = range(plots.curve);
      zoomTo(plots.curve, first, last);
    });
    $("curve").addEventListener("keydown", keyboardZoom);
    new ResizeObserver(() => {
      for (const [id, plot] of Object.entries(plots))
        plot.setSize({ width: Math.max(260, $(id).clientWidth), height: plot.height });
    }).observe(document.querySelector("main"));
    document.body.dataset.ready = "true";
  }
  start();
})();
