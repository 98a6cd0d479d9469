// The live explorer. The page holds the whole state; the server answers questions about it. One question about the
// design is under way at any time: whatever the hand does meanwhile is asked next, as it then is.
(() => {
  const source = document.documentElement.outerHTML;
  const known = JSON.parse(document.getElementById("explored").textContent);
  const { tag, escape, short } = draw;
  const $ = (id) => document.getElementById(id);
  const controls = new Map(known.controls.map((each) => [each.field, each]));
  const METRIC_NAMES = { inferences_per_s: "inferences/s", inferences_per_energy: "inferences/J", area_mm2: "area",
    edp: "energy x delay", utilization: "MAC utilization", dram_words: "DRAM words" };
  const TYPES = ["iact", "weight", "psum"];
  const text = (value) => JSON.stringify(value, value && Object.keys(value).sort());
  const amount = (value) => value === "unlimited" ? Infinity : value;

  // ---- the state: what a link holds -------------------------------------------------------------------------------
  const first = { changes: {}, set: known.start.set };
  let sets = { [first.set]: { mappings: known.start.mappings, found: { "{}": known.how } } };
  let state = { ...first, layer: known.start.layer, metric: "inferences_per_s", compare: 0,
    pins: [{ name: known.accelerator, ...first }] };
  let wanted = {};
  let shown = known.start.answer;
  let slopes = {};
  let part = "array";
  let moved = "";
  let past = [];
  let future = [];
  let gesture = 0;
  let recorded = -1;
  const latencies = [];

  const how = () => sets[state.set].found[text(state.changes)];
  const at = () => ({ changes: state.changes, set: state.set });

  // ---- asking -----------------------------------------------------------------------------------------------------
  let socket = null;
  let numbers = 0;
  const waiting = new Map();
  const send = (message) => { if (socket && socket.readyState === 1) socket.send(JSON.stringify(message)); };
  const call = (message) => new Promise((resolve) => {
    if (!socket || socket.readyState !== 1) return;
    const number = ++numbers;
    waiting.set(number, resolve);
    send({ ...message, number });
  });

  const connect = () => {
    if (known.frozen) return;
    socket = new WebSocket(`${location.origin.replace("http", "ws")}${location.pathname}socket`);
    socket.addEventListener("open", async () => {
      $("lost").hidden = true;
      busy = false;
      waiting.clear();
      const used = new Set([...past, ...future, ...state.pins, state].map((each) => each.set));
      const given = Object.fromEntries([...used].filter((id) => sets[id]).map((id) => [id, sets[id].mappings]));
      const answer = await call({ do: "know", sets: given });
      if (answer.say === "refused") return tell(answer.why, true);
      ask();
      soon();
    });
    socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      $("lost").innerHTML = "The server is gone: start it again by the same command. What you see is kept. " +
        '<button type="button" id="again">Reconnect</button>';
      $("lost").hidden = false;
      $("again").addEventListener("click", connect);
    });
  };

  const heard = (message) => {
    if (message.number && waiting.has(message.number)) {
      waiting.get(message.number)(message);
      waiting.delete(message.number);
    } else if (message.say === "mapping") {
      $("progress").hidden = $("stop").hidden = false;
      $("progress").value = message.total ? message.done / message.total : 0;
      $("mapping").textContent = `${message.how}: ${message.done} of ${message.total} layers`;
    } else if (message.say === "mapped") {
      const found = { ...(sets[message.set] || {}).found, [text(message.changes)]: message.how };
      sets[message.set] = { mappings: message.mappings, found };
      if (message.how === "certified") mapped();
      if (text(message.changes) === text(wanted)) ask(message.set);
    } else if (message.say === "unmapped") {
      mapped();
      if (text(message.changes) === text(wanted)) refuse(moved, message.why);
    }
  };
  const mapped = () => { $("progress").hidden = $("stop").hidden = true; $("mapping").textContent = ""; };

  // A question about the design, and the picture of its answer.
  let busy = false;
  let next = null;
  const ask = async (set = null, began = performance.now(), again = false) => {
    if (known.frozen) return;
    if (busy) { next = { set: set || (next && next.set), began }; return; }
    busy = true;
    const asked = { changes: wanted, set: set || state.set, gesture };
    const { changes, set: of } = state.pins[state.compare];
    const answer = await call({ do: "score", ...asked, layer: state.layer, pin: { changes, set: of } });
    busy = false;
    if (answer.unknown && sets[answer.unknown] && !again) {  // it keeps the latest sets only
      await call({ do: "know", sets: { [answer.unknown]: sets[answer.unknown].mappings } });
      return ask(set, began, true);
    }
    if (answer.say === "scored") {
      accept(asked, answer.answer);
    } else if (text(asked.changes) === text(wanted)) {
      if (answer.unfit.length) soon();
      refuse(answer.field || moved, answer.why, answer.unfit.length > 0);
    }
    latencies.push([performance.now() - began, answer.ms || 0, null, began]);  // seen, on the server, all of it

    if (latencies.length > 1000) latencies.shift();
    if (next) { const { set: id, began: then } = next; next = null; ask(id, then); }
  };

  const accept = (asked, answer) => {
    if (text(asked.changes) !== text(state.changes)) {
      if (asked.gesture !== recorded) { past.push(at()); future = []; recorded = asked.gesture;
        past = past.slice(-200); }
      state = { ...state, changes: asked.changes, set: asked.set };
    } else state = { ...state, set: asked.set };
    shown = answer;
    if (text(asked.changes) === text(wanted)) clear();
    paint();
    later();
  };

  // ---- what follows a move a little later: slopes, link, and another mapping ---------------------------------------
  let timers = {};
  const after = (name, ms, what) => { clearTimeout(timers[name]); timers[name] = setTimeout(what, ms); };
  const later = () => {
    after("slopes", 200, async () => {
      const answer = await call({ do: "slopes", ...at() });
      if (answer.say === "slopes") { slopes = answer.slopes; arrows(); }
    });
    after("link", 250, async () => history.replaceState(null, "", `#${await packed()}`));
  };
  const soon = () => after("map", 600, () => {
    if ($("automatic").checked && !(text(wanted) === text(state.changes) && how() === "certified")) remap();
  });
  const remap = () => send({ do: "map", changes: wanted });

  // ---- what is wrong ----------------------------------------------------------------------------------------------
  const refuse = (field, said, unfit = false) => {
    const why = said.replace(/\.$/, "");
    const row = document.querySelector(`.field[data-field="${CSS.escape(field)}"]`);
    const more = unfit && $("automatic").checked ? " (looking for mappings that do)" : "";
    if (row) { row.classList.add("wrong"); row.querySelector(".why").textContent = why + more;
      row.querySelector(".why").hidden = false; }
    wrong = { field, why: why + more };
    status(`not possible: ${why}${more}. What you see is the last design that is.`, true);
  };
  let wrong = null;
  const clear = () => {
    wrong = null;
    for (const row of document.querySelectorAll(".field.wrong")) { row.classList.remove("wrong");
      row.querySelector(".why").hidden = true; }
  };
  const tell = (words, bad = false) => { $("state").textContent = words; $("state").classList.toggle("bad", bad); };
  const STATES = {
    certified: "Certified mappings: no mapping of the mapspace is better for this design.",
    shortlist: "Mappings of the shortlist, the best of a few thousand per layer for this design.",
    given: "The mappings that were given.",
  };
  let notice = "";
  const status = (words = "", bad = false) => {
    if (words || notice) return tell(words || notice, bad || Boolean(notice));
    if (wrong) return tell(`not possible: ${wrong.why}. What you see is the last design that is.`, true);
    tell(STATES[how()] || "Present mappings, which were found for another design.");
    $("state").dataset.how = how() || "present";
  };

  // ---- moving -----------------------------------------------------------------------------------------------------
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const move = (field, value) => {
    moved = field;
    notice = "";
    wanted = { ...wanted };
    if (same(value, controls.get(field).value)) delete wanted[field]; else wanted[field] = value;
    fields(); ask(); soon();
  };
  const go = (to) => { gesture++; recorded = gesture; wanted = to.changes; state = { ...state, set: to.set }; fields();
    ask(to.set); soon(); };
  const undo = () => { if (past.length) { future.push(at()); go(past.pop()); } };
  const redo = () => { if (future.length) { past.push(at()); go(future.pop()); } };
  const value = (field) => field in wanted ? wanted[field] : controls.get(field).value;

  // ---- the link ---------------------------------------------------------------------------------------------------
  const through = async (bytes, stream) => new Uint8Array(await new Response(
    new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
  const packed = async () => {
    const used = [...new Set([state, ...state.pins].map((each) => each.set))];
    const whole = { ...state, network: known.network, accelerator: known.accelerator,
      sets: Object.fromEntries(used.map((id) => [id, sets[id]])) };
    const bytes = await through(new TextEncoder().encode(JSON.stringify(whole)), new CompressionStream("deflate-raw"));
    const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const unpacked = async (hash) => {
    const bytes = Uint8Array.from(atob(hash.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))));
  };
  const fromLink = async () => {
    if (location.hash.length < 9 || known.frozen) return;
    try {
      const { network, accelerator, sets: given, ...found } = await unpacked(location.hash.slice(1));
      if (network !== known.network || accelerator !== known.accelerator) throw new Error(
        `The link is of ${network} on ${accelerator}: start the explorer with these.`);
      const layer = Math.min(known.layers.length - 1, Math.max(0, Math.trunc(Number(found.layer) || 0)));
      const compare = Math.min(found.pins.length - 1, Math.max(0, Math.trunc(Number(found.compare) || 0)));
      const metric = found.metric in known.metrics ? found.metric : state.metric;
      sets = { ...sets, ...given };
      state = { changes: found.changes, set: found.set, layer, metric, compare,
        pins: found.pins.map(({ name, changes, set }) => ({ name: String(name), changes, set })) };
      wanted = state.changes;
    } catch (error) { notice = error.message.startsWith("The link") ? error.message
      : "The link cannot be read; this is the design as it was at first."; }
  };

  // ---- pictures ---------------------------------------------------------------------------------------------------
  const paint = () => {
    status();
    $("headline").textContent = shown.headline;
    $("tiles").innerHTML = shown.tiles.map(([key, name, words, change, verdict]) =>
      tag("div", { "data-key": key }, tag("dt", {}, escape(name)) + tag("dd", {}, escape(words) +
        (change && change !== "=" ? tag("small", { class: verdict }, `${escape(change)}`) : "")))).join("");
    $("undo").disabled = !past.length;
    $("redo").disabled = !future.length;
    $("stairs").innerHTML = draw.staircase(shown.network, known.steps, shown.peak,
      `Bounds of ${shown.network.name} (MAC/cycle)`);
    chip(); cluster(); pins(); fields();
    // What lies below the fold follows in the next frame, of several moves once.
    cancelAnimationFrame(below);
    below = requestAnimationFrame(() => setTimeout(rest));
  };
  let below = 0;
  const rest = () => {
    $("steps").innerHTML = shown.steps;
    $("splits").innerHTML = split("Energy per inference", shown.energy) + split("Area", shown.area);
    timeline(); roofline(); rows(); chosen();
    if (latencies.length) latencies[latencies.length - 1][2] = performance.now() - latencies[latencies.length - 1][3];
  };

  const split = (title, parts) => tag("figure", {}, tag("figcaption", {}, title) +
    tag("div",
      { class: "stack", role: "img", "aria-label": parts.map(([, name, , words]) => `${name} ${words}`).join(", ") },
      parts.map(([key, name, share, words]) => tag("i", { class: `c-${key}`,
        style: `width:${(100 * share).toFixed(2)}%`,
        "data-tip": `${name}: ${words}\n${(100 * share).toFixed(1)} %` })).join("")) +
    tag("p", { class: "legend" }, parts.filter(([, , share]) => share > 0.0005).map(([key, name, share, words]) =>
      tag("span", {}, `<i class="key c-${key}"></i>${escape(name)} ${escape(words)}`)).join("")));

  const glows = (mark) => shown.chosen.glow.includes(mark) ? " glow" : "";

  // The grid of clusters to scale. What a mapping gives work is lit: places are filled from the first on.
  const chip = () => {
    const plan = shown.chosen.plan;
    const [R, C, r, c] = plan.shape;
    const [UR, UC, ur, uc] = plan.used;
    const [w, h, gap] = [plan.width, plan.height, 0.04 * plan.height];
    let marks = "";
    for (let row = 0; row < R; row++) for (let col = 0; col < C; col++) {
      const [x, y] = [col * (w + gap), row * (h + gap)];
      const works = row < UR && col < UC;
      for (const [name, [left, top, right, bottom]] of Object.entries(plan.blocks)) {
        const box = { x: x + left, y: y + top, width: right - left, height: bottom - top, "data-part": name };
        if (name !== "pe" || !plan.cells) marks += tag("rect", { ...box,
          class: `block ${name}${name === "pe" && works ? " lit" : ""}` });
        else for (let i = 0; i < r; i++) for (let j = 0; j < c; j++) {
          const [pw, ph] = [box.width / c, box.height / r];
          const lit = works && i < ur && j < uc;
          marks += tag("rect", { x: box.x + j * pw, y: box.y + i * ph, width: 0.94 * pw, height: 0.94 * ph,
            class: `block pe${lit ? " lit" : ""}${glows("pe")}`, "data-part": "pe" });
        }
      }
      marks += tag("rect", { x, y, width: w, height: h, class: `outline${glows("array")}`, "data-part": "array",
        "data-tip": `cluster ${row}, ${col}` });
    }
    const [W, H] = [C * (w + gap) - gap, R * (h + gap) - gap];
    const bar = [5, 2, 1, 0.5, 0.2, 0.1, 0.05].find((size) => size < 0.7 * W) || 0.02;
    const size = Math.max(W, H) / 28;
    marks += tag("line", { x1: 0, x2: bar, y1: H + size, y2: H + size, class: "ruler" });
    marks += tag("text", { x: bar + size / 2, y: H + 1.35 * size, class: "soft", style: `font-size:${size}px` },
      `${bar} mm`);
    const label = `${R} x ${C} clusters of ${r} x ${c} PEs, to scale; ${shown.chosen.active}`;
    $("chip").innerHTML = tag("figcaption", {}, "The chip, to the scale of the area model") +
      tag("svg", { viewBox: `${-0.02 * W} ${-0.02 * H} ${1.04 * W} ${1.04 * H + 1.8 * size}`, role: "img",
        "aria-label": label }, marks);
    $("active").textContent = `${shown.chosen.name}: ${shown.chosen.active}.`;
  };

  // One cluster: DRAM, banks, routers and PEs to scale, and between them the links, as wide as what they can bring.
  const cluster = () => {
    const plan = shown.chosen.plan;
    const links = Object.fromEntries(shown.chosen.links.map((link) => [link.mark, link]));
    const [gap, lead] = [78, 122];
    const scale = Math.min(300 / plan.height, 360 / plan.width);
    const shift = (name) => lead + ({ glb: 0, noc: gap, pe: 2 * gap, spad: 2 * gap })[name];
    const ends = Object.fromEntries(Object.entries(plan.blocks).map(([name, [l, , r]]) =>
      [name, [shift(name) + l * scale, shift(name) + r * scale]]));
    const height = plan.height * scale;
    let [marks, above] = ["", ""];
    marks += tag("rect", { x: 0, y: 0, width: 34, height, class: `block dram${glows("dram")}`, "data-part": "dram",
      "data-tip": "DRAM, not to scale" });
    marks += tag("text", { x: 17, y: height / 2, class: "side", transform: `rotate(-90 17 ${height / 2})`,
      "text-anchor": "middle" }, "DRAM");
    const [UR, UC, ur, uc] = plan.used;
    for (const [mark, name, x, y, w, h] of plan.boxes) {
      const [, row, col] = mark.match(/^pe-(\d+)-(\d+)$/) || [];
      const type = mark.split("-")[1];
      const kind = row === undefined ? `${mark.split("-")[0]} ${TYPES.includes(type) ? type : ""}`
        : `whole${UR && Number(row) < ur && Number(col) < uc ? " lit" : ""}${glows("pe")}`;
      const title = row === undefined ? mark.replace("-", " ").replace("glb", "GLB").replace("spad", "SPad")
        : `PE ${row}, ${col}`;
      marks += tag("rect", { x: shift(name) + x * scale, y: y * scale,
        width: Math.max(0, w * scale - (row === undefined ? 0 : 1)), height: h * scale,
        class: `block ${kind}${glows(mark)}`, "data-part": name,
        "data-tip": `${title}: ${short(1e6 * w * h)} µm²` });
    }
    TYPES.forEach((type, i) => {
      const y = height * (0.2 + 0.3 * i);
      const direct = !plan.boxes.some(([mark]) => mark === `glb-${type}` || mark === "glb-shared");
      const runs = [["dram", 34, ends.glb && !direct ? ends.glb[0] : ends.noc ? ends.noc[0] : ends.pe[0]],
        ["link", direct || !ends.glb ? null : ends.glb[1], ends.noc ? ends.noc[0] : ends.pe[0]],
        ["link", ends.noc ? ends.noc[1] : null, ends.pe[0]]];
      runs.forEach(([kind, from, to], n) => {
        if (from === null || from === undefined) return;
        const link = links[`${kind}-${type}`];
        const wide = Math.min(22, 1.5 + 2.2 * Math.log2(1 + link.bits / 8));
        above += tag("line", { x1: from + 2, x2: to - 2, y1: y, y2: y, "stroke-width": wide,
          class: `link ${type}${glows(kind === "dram" ? "dram" : `link-${type}`)}`,
          "data-part": kind === "dram" ? "dram" : "noc", "data-tip": link.tip });
        if (n !== 1) above += tag("text", { x: n ? (from + to) / 2 : 79, y: y - wide / 2 - 4, "text-anchor": "middle",
          class: "flow" }, escape(link.text.replace(" words", " w")));
      });
    });
    // Psums climb the columns, from PE to PE.
    for (let col = 0; col < Math.min(plan.shape[3], 32); col++) {
      const x = ends.pe[0] + ((col + 0.5) * (ends.pe[1] - ends.pe[0])) / plan.shape[3];
      above += tag("line", { x1: x, x2: x, y1: height - 4, y2: 4, class: `link psum climb${glows("chain")}`,
        "data-part": "pe", "data-tip": "psums climb this column, each PE adds its own" });
      above += tag("path", { d: `M${x - 4} 8 L${x} 1 L${x + 4} 8 Z`, class: "climb" });
    }
    const width = ends.pe[1] + 4;
    for (const [name, words] of [["glb", "GLB"], ["noc", "routers"], ["pe", "PEs"]])
      if (ends[name]) marks += tag("text", { x: (ends[name][0] + ends[name][1]) / 2, y: height + 18,
        "text-anchor": "middle", class: "soft" }, words);
    $("cluster").innerHTML = tag("figcaption", {}, "One cluster; links as wide as their bits per cycle") +
      tag("svg", { viewBox: `-2 -14 ${width + 4} ${height + 40}`, style: `min-width:${Math.min(30, width / 18)}rem`,
        role: "img", "aria-label": shown.chosen.links.map((link) => link.tip).join("; ") }, marks + above);
  };

  const PARTS = ["useful", "s1", "s2", "s3", "s4", "s5", "s6", "s7"];
  const timeline = () => {
    let [x, marks] = [0, ""];
    shown.layers.forEach((layer, index) => {
      let y = 200;
      for (const name of PARTS) {
        const size = 200 * (layer.parts[name] || 0);
        y -= size;
        if (size > 0.2) marks += tag("rect", { x: 1000 * x, y, width: Math.max(0.5, 1000 * layer.time - 1),
          height: size, class: `f-${name}`, "data-layer": index,
          "data-tip": `${layer.name}, ${(100 * layer.time).toFixed(1)} % of the time\n${layer.words}` });
      }
      x += layer.time;
    });
    const keys = PARTS.map((name, i) =>
      tag("span", {}, `<i class="key ${name}"></i>${i ? `${i} ${escape(known.steps[i - 1])}` : "useful work"}`));
    $("timeline").innerHTML = tag("figcaption", {}, "Array-cycles: a column per layer, as wide as it takes time") +
      tag("svg", { viewBox: "0 0 1000 200", preserveAspectRatio: "none", class: "timeline", role: "img",
        "aria-label": "Array-cycles of each layer" }, marks) + tag("p", { class: "legend" }, keys.join(""));
  };

  const roofline = () => {
    const points = shown.layers.flatMap((layer, index) => layer.points.map(([x, type]) =>
      ({ x, y: layer.rate, type, index, layer }))).filter((p) => p.x > 0 && isFinite(p.x));
    if (!points.length) return;
    const xs = points.map((p) => Math.log10(p.x));
    const [low, high] = [Math.floor(Math.min(...xs)), Math.ceil(Math.max(...xs) + 0.01)];
    const top = Math.log10(shown.peak * 1.3);
    const bottom = Math.floor(Math.log10(Math.min(...points.map((p) => p.y))));
    const X = (v) => 60 + 900 * (Math.log10(v) - low) / (high - low);
    const Y = (v) => 10 + 250 * (top - Math.log10(v)) / (top - bottom);
    let marks = "";
    for (let k = low; k <= high; k++) marks += tag("line", { x1: X(10 ** k), x2: X(10 ** k), y1: 10, y2: 260,
      class: "grid" }) + tag("text", { x: X(10 ** k), y: 278, "text-anchor": "middle", class: "soft" }, short(10 ** k));
    for (let k = bottom; k <= top; k++) marks += tag("line", { x1: 60, x2: 960, y1: Y(10 ** k), y2: Y(10 ** k),
      class: "grid" }) + tag("text", { x: 52, y: Y(10 ** k) + 4, "text-anchor": "end", class: "soft" }, short(10 ** k));
    marks += tag("line", { x1: 60, x2: 960, y1: Y(shown.peak), y2: Y(shown.peak), class: "peak" });
    for (const [type, words] of Object.entries(shown.bandwidth)) {
      const [a, b] = [Math.max(10 ** low, 10 ** bottom / words), Math.min(10 ** high, shown.peak / words)];
      if (b > a) marks += tag("line", { x1: X(a), x2: X(b), y1: Y(a * words), y2: Y(b * words), class: `slope ${type}`,
        "data-tip": `${type}: ${short(words)} words per cycle` });
    }
    for (const p of points) marks += tag("circle", { cx: X(p.x), cy: Y(p.y), r: 3 + 18 * Math.sqrt(p.layer.time) / 2,
      class: `dot ${p.type}`, "data-layer": p.index,
      "data-tip": `${p.layer.name}, ${p.type}: ${short(p.x)} MAC/word, ${short(p.y)} MAC/cycle\n` +
        `limited by ${p.layer.limiter}` });
    marks += tag("text", { x: 510, y: 300, "text-anchor": "middle", class: "soft" },
      "MAC per word that enters the array");
    $("roofline").innerHTML = tag("figcaption", {},
      "MAC/cycle of each layer; a dot per data type, as large as the layer takes time") +
      tag("svg", { viewBox: "0 0 980 310", role: "img", "aria-label": "Roofline by data type" }, marks);
  };

  const table = $("layers");
  const rows = () => {
    table.tBodies[0].innerHTML = shown.layers.map((layer, index) => {
      const bars = Object.entries(layer.parts).map(([name, share]) =>
        `<i class="${name === "useful" ? "" : name}" style="width:${(100 * share).toFixed(2)}%"></i>`).join("");
      const against = layer.changed ? `<b>${escape(layer.changed)} time</b> ${escape(layer.why)}` : "";
      const numbers = layer.numbers.map(([number, words, kind]) =>
        `<td class="number ${kind}" data-value="${number}">${escape(words)}</td>`).join("");
      const name = `<a href="#layer" data-layer="${index}">${escape(layer.name)}</a>`;
      return `<tr class="row" data-layer="${index}"><td class="name">${name}</td><td class="against">${against}</td>
        <td class="shape optional">${escape(layer.shape)}</td>${numbers}
        <td><div class="parts" data-tip="${escape(layer.words)}">${bars}</div></td>
        <td class="limiter">${escape(layer.limiter)}</td></tr>`;
    }).join("");
    tables.refilter(table);
    for (const mark of document.querySelectorAll(`[data-layer="${state.layer}"]`)) mark.classList.add("chosen");
  };

  let nest = "";
  const chosen = () => {
    $("which").value = String(state.layer);
    $("layer-stairs").innerHTML = draw.staircase(shown.chosen, known.steps, shown.peak,
      `Bounds of ${shown.chosen.name}, ${shown.chosen.shape} (MAC/cycle)`);
    $("words").textContent = shown.chosen.words;
    if (nest === shown.chosen.nest) return;
    nest = $("nest").innerHTML = shown.chosen.nest;
    reel = null;
    halt();
    stage();
  };
  const choose = (index) => {
    if (index === state.layer && !known.frozen) return;
    state = { ...state, layer: index };
    if (!known.frozen) return ask();
    rows();
  };

  // ---- the numbers: sliders ---------------------------------------------------------------------------------------
  const words = (amount) => typeof amount === "number" ? (Math.abs(amount) >= 1e6 ? `${amount / 1e6} M`
    : amount.toLocaleString("en", { maximumFractionDigits: 6 })) : String(amount);
  const slot = (control) => {
    const now = amount(value(control.field));
    let best = 0;
    control.stops.forEach((stop, i) => { if (Math.abs(amount(stop) - now) < Math.abs(amount(control.stops[best]) - now)
      || same(stop, value(control.field))) best = i; });
    return best;
  };
  const widget = (control) => {
    const id = `f-${control.field.replace(/\W/g, "-")}`;
    const now = value(control.field);
    if (control.kind === "number") {
      const told = `${escape(words(now))} ${escape(control.unit)}`;
      const box = `value="${escape(String(now))}" inputmode="decimal" aria-label="${escape(control.label)}, exactly"`;
      return `<input type="range" id="${id}" min="0" max="${control.stops.length - 1}" step="1" value="${slot(control)}"
        aria-valuetext="${told}"><input type="text" class="exact" ${box}>`;
    }
    if (control.kind === "switch") return `<input type="checkbox" id="${id}"${now ? " checked" : ""}>`;
    if (control.kind === "choice") {
      const option = (stop) => `<option${stop === now ? " selected" : ""}>${escape(stop)}</option>`;
      return `<select id="${id}">${control.stops.map(option).join("")}</select>`;
    }
    const box = (stop) => `<label><input type="checkbox" value="${stop}"${now.includes(stop) ? " checked" : ""}>
      ${stop.replace("_", " ")}</label>`;
    const boxes = control.stops.map(box).join("");
    return `<span class="several" id="${id}" role="group" aria-label="${escape(control.label)}">${boxes}</span>`;
  };
  // One field: its name and arrow, what sets it, why it cannot be, and what it is.
  const row = (control) => {
    const { field, label, unit } = control;
    const head = `<label for="f-${field.replace(/\W/g, "-")}">${escape(label)}</label>
      <span class="unit">${escape(unit)}</span><span class="arrow"></span>
      <button type="button" class="reset" aria-label="${escape(label)} as it was" hidden>as it was</button>`;
    const also = control.partner ? ` ${escape(control.partner)} goes with it.` : "";
    const costs = control.costs ? `<p>Costs: ${escape(control.costs)}.</p>` : "";
    const source = escape(control.source || "No source is given.");
    return `<div class="field" data-field="${field}"><div class="head">${head}</div>
      <div class="set">${widget(control)}</div><p class="why" role="alert" hidden></p>
      <details><summary>what it is</summary><p>${escape(control.text)}${also}</p>${costs}<p class="soft">${source}</p>
      </details></div>`;
  };
  let built = "";
  const fields = () => {
    const of = known.controls.filter((each) => each.part === part);
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const mine = known.controls.filter((each) => each.part === tab.dataset.part);
      tab.hidden = !mine.length;
      tab.setAttribute("aria-selected", tab.dataset.part === part);
      tab.tabIndex = tab.dataset.part === part ? 0 : -1;
      tab.classList.toggle("touched", mine.some((each) => each.field in wanted));
    }
    $("panel").setAttribute("aria-labelledby", `tab-${part}`);
    if (built !== part) {
      $("panel").innerHTML = of.map(row).join("");
      built = part;
      if (known.frozen) for (const each of $("panel").querySelectorAll("input, select")) each.disabled = true;
      arrows();
      if (wrong) refuse(wrong.field, wrong.why);
    }
    for (const control of of) {
      const row = document.querySelector(`.field[data-field="${CSS.escape(control.field)}"]`);
      const now = value(control.field);
      row.querySelector(".reset").hidden = !(control.field in wanted);
      row.classList.toggle("touched", control.field in wanted);
      if (row.contains(document.activeElement) && document.activeElement.matches("[type=range], [type=text]")
        && control.field === moved && holding) continue;
      if (control.kind === "number") {
        row.querySelector("[type=range]").value = slot(control);
        row.querySelector("[type=range]").setAttribute("aria-valuetext", `${words(now)} ${control.unit}`);
        if (document.activeElement !== row.querySelector(".exact")) row.querySelector(".exact").value = String(now);
      } else if (control.kind === "switch") row.querySelector("input").checked = now;
      else if (control.kind === "choice") row.querySelector("select").value = now;
      else for (const box of row.querySelectorAll("input")) box.checked = now.includes(box.value);
    }
  };
  let holding = false;

  const arrows = () => {
    const of = slopes[state.metric] || {};
    const sign = known.metrics[state.metric];
    for (const row of document.querySelectorAll(".field")) {
      const slope = of[row.dataset.field];
      const gain = slope === undefined ? 0 : 1.1 ** slope - 1;
      const arrow = row.querySelector(".arrow");
      arrow.className = "arrow";
      arrow.textContent = "";
      if (Math.abs(gain) < 5e-4) continue;
      const more = gain * sign > 0;
      arrow.textContent = `${more ? "▶" : "◀"} ${gain > 0 ? "+" : "−"}${(100 * Math.abs(gain)).toFixed(1)} %`;
      arrow.classList.add(more ? "more" : "less");
      const change = `${gain > 0 ? "+" : "−"}${(100 * Math.abs(gain)).toFixed(1)} %`;
      arrow.dataset.tip = `10 % more: ${METRIC_NAMES[state.metric]} ${change}, by the slope here under the present ` +
        `mappings\nbetter ${more ? "to the right" : "to the left"}`;
    }
  };

  $("panel").addEventListener("pointerdown", () => { holding = true; gesture++; });
  addEventListener("pointerup", () => { if (holding) { holding = false; fields(); } });
  $("panel").addEventListener("keydown", () => gesture++);
  $("panel").addEventListener("input", (event) => {
    const row = event.target.closest(".field");
    if (!row || event.target.matches(".exact")) return;
    const control = controls.get(row.dataset.field);
    if (control.kind === "number") {
      const stop = control.stops[Number(event.target.value)];
      row.querySelector(".exact").value = String(stop);
      event.target.setAttribute("aria-valuetext", `${words(stop)} ${control.unit}`);
      move(control.field, stop);
    } else if (control.kind === "switch") move(control.field, event.target.checked);
    else if (control.kind === "choice") move(control.field, event.target.value);
    else move(control.field, control.stops.filter((stop) => row.querySelector(`input[value="${stop}"]`).checked));
  });
  $("panel").addEventListener("change", (event) => {
    if (!event.target.matches(".exact")) return;
    const typed = event.target.value.trim().replace(/,/g, "");
    gesture++;
    move(event.target.closest(".field").dataset.field, /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(typed)
      ? Number(typed) : typed);
  });
  $("panel").addEventListener("click", (event) => {
    if (!event.target.matches(".reset")) return;
    const field = event.target.closest(".field").dataset.field;
    gesture++;
    move(field, controls.get(field).value);
    fields();
  });

  const show = (name) => { if (document.querySelector(`[data-part="${name}"][role=tab]`)) { part = name; fields(); } };
  for (const tab of document.querySelectorAll("[role=tab]")) tab.addEventListener("click", () =>
    show(tab.dataset.part));
  document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const all = [...document.querySelectorAll("[role=tab]")].filter((tab) => !tab.hidden);
    const tab = all[(all.findIndex((each) => each.dataset.part === part) + by + all.length) % all.length];
    show(tab.dataset.part);
    tab.focus();
  });
  $("machine").addEventListener("click", (event) => {
    const mark = event.target.closest("svg [data-part]");
    if (mark) show(mark.dataset.part);
  });
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-layer]");
    if (mark && mark.closest("#timeline, #roofline, #layers")) choose(Number(mark.dataset.layer));
  });

  // ---- pins, files, steps along the arrows --------------------------------------------------------------------------
  const pins = () => {
    const list = known.frozen ? known.frozen.map((each) => each.name) : state.pins.map((each) => each.name);
    if ($("compare").options.length !== list.length) $("compare").innerHTML = list.map((name, i) =>
      `<option value="${i}">${escape(name)}</option>`).join("");
    $("compare").value = String(state.compare);
  };
  $("pin").addEventListener("click", () => {
    const name = Object.entries(state.changes).map(([field, v]) => `${field} ${v}`).join(", ") || known.accelerator;
    state = { ...state, pins: [...state.pins, { name: `${state.pins.length}: ${name}`, ...at() }],
      compare: state.pins.length };
    ask();
  });
  $("compare").addEventListener("change", () => {
    state = { ...state, compare: Number($("compare").value) };
    if (known.frozen) { shown = known.frozen[state.compare].answer; wanted = known.frozen[state.compare].changes;
      paint(); } else ask();
  });
  $("undo").addEventListener("click", undo);
  $("redo").addEventListener("click", redo);
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("[type=text], [type=search]")) return;
    const key = event.key.toLowerCase();
    if (key === "z") (event.shiftKey ? redo : undo)();
    else if (key === "y") redo();
    else return;
    event.preventDefault();
  });
  $("copy").addEventListener("click", async () => {
    history.replaceState(null, "", `#${await packed()}`);
    try { await navigator.clipboard.writeText(location.href);
      tell("The link is copied: it holds the design, its mappings and the pins."); }
    catch { tell("The address of this page is the link: it holds the design, its mappings and the pins."); }
  });
  $("save").addEventListener("click", async () => {
    const answer = await call({ do: "save", ...at() });
    tell(answer.say === "saved" ? `Saved in ${answer.folder}. Replay: ${answer.command}` : answer.why,
      answer.say !== "saved");
  });
  $("export").addEventListener("click", async () => {
    const designs = [{ name: "the design at hand", ...at() }, ...state.pins];
    const pin = state.pins[state.compare];
    const frozen = [];
    for (const { name, changes, set } of designs) {
      const answer = await call({ do: "score", changes, set, layer: state.layer,
        pin: { changes: pin.changes, set: pin.set } });
      if (answer.say === "scored") frozen.push({ name, changes, answer: answer.answer });
    }
    const json = JSON.stringify({ ...known, frozen, start: { ...known.start, answer: frozen[0].answer,
      layer: state.layer, mappings: {} } }).replace(/</g, "\\u003c");
    const html = source.replace(/(<script type="application\/json" id="explored">)[^]*?(<\/script>)/,
      (_, open, close) => open + json + close).replace(/; connect-src [^"]*/, "");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["<!doctype html>\n", html], { type: "text/html" }));
    link.download = "explorer.html";
    link.click();
    URL.revokeObjectURL(link.href);
    tell("The page is saved as explorer.html: one file that shows this design and the pins without a server.");
  });
  $("metric").innerHTML = Object.keys(known.metrics).map((name) =>
    `<option value="${name}">${METRIC_NAMES[name] || name}</option>`).join("");
  $("metric").addEventListener("change", () => { state = { ...state, metric: $("metric").value }; arrows(); later(); });
  $("follow").addEventListener("click", async () => {
    const pin = state.pins[state.compare];
    const most = await call({ do: "score", changes: pin.changes, set: pin.set, layer: state.layer });
    const area = Math.max(most.answer ? most.answer.metrics.area_mm2 : 0, 0);
    const answer = await call({ do: "step", ...at(), metric: state.metric, most_area: area });
    if (answer.say === "step" && answer.changes) {
      gesture++;
      wanted = answer.changes;
      fields(); ask(); soon();
    } else tell(answer.why
      || `No step along the arrows improves ${METRIC_NAMES[state.metric]} within the area of ${pin.name}, ` +
        "under the present mappings.");
  });
  $("remap").addEventListener("click", remap);
  $("stop").addEventListener("click", () => { send({ do: "stop" }); mapped(); });
  $("automatic").addEventListener("change", soon);

  // ---- watch it work ------------------------------------------------------------------------------------------------
  let reel = null;
  let pass = 0;
  let playing = null;
  const PLACES = { DRAM: 60, GLB: 300, PE: 560 };
  const stage = () => {
    const [, , r, c] = shown.chosen.plan.shape;
    const [, , ur, uc] = shown.chosen.plan.used;
    const [rows, cols] = [Math.min(r, 12), Math.min(c, 14)];
    const size = Math.min(300 / cols, 190 / rows);
    let marks = tag("rect", { x: 10, y: 20, width: 100, height: 200, class: "block dram" })
      + tag("text", { x: 60, y: 240, "text-anchor": "middle", class: "soft" }, "DRAM");
    marks += tag("rect", { x: 260, y: 20, width: 80, height: 200, class: "block glb" })
      + tag("text", { x: 300, y: 240, "text-anchor": "middle", class: "soft" }, "GLB");
    TYPES.forEach((type, i) => { marks += tag("line", { x1: 112, x2: 258, y1: 60 + 55 * i, y2: 60 + 55 * i,
      class: `wire ${type}` }) + tag("line", { x1: 342, x2: 500, y1: 60 + 55 * i, y2: 60 + 55 * i,
      class: `wire ${type}` }); });
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) marks += tag("rect",
      { x: 505 + j * size, y: 20 + i * size, width: 0.92 * size, height: 0.92 * size,
      class: `block pe${i < ur && j < uc ? " lit" : ""}` });
    marks += tag("text", { x: 505 + (cols * size) / 2, y: 240, "text-anchor": "middle", class: "soft" },
      "routers and PEs of one cluster");
    $("stage").innerHTML = tag("svg", { viewBox: "0 0 820 250", role: "img", "aria-label": "Tiles on their way" },
      marks + '<g id="dots"></g>');
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const frame = () => {
    const lines = $("nest").querySelectorAll("tbody tr");
    for (const line of lines) { line.classList.remove("now"); line.removeAttribute("data-at"); }
    reel.loops.forEach((line, i) => {
      const before = pass ? reel.at[pass - 1][i] : null;
      lines[line].dataset.at = reel.at[pass][i];
      lines[line].querySelector("td").dataset.at = ` ${reel.at[pass][i] + 1}`;
      lines[line].classList.toggle("now", reel.at[pass][i] !== before);
    });
    const played = reel.passes > reel.at.length ? ` (the first ${reel.at.length} are played)` : "";
    const [number, of] = [pass + 1, reel.passes].map((each) => each.toLocaleString("en"));
    $("pass").textContent = `pass ${number} of ${of}${played}`;
    const time = 1600 / Number($("speed").value);
    const dots = $("dots");
    dots.innerHTML = "";
    const told = [];
    reel.moves.forEach(([from, to, type], bit) => {
      if (!(reel.moved[pass] & (1 << bit))) return;
      told.push(`${type} ${from} to ${to}`);
      const y = 60 + 55 * TYPES.indexOf(type);
      const rising = from === "PE";
      const path = rising ? [[PLACES.PE, 200], [PLACES.PE, y], [PLACES[to], y]] : [[PLACES[from], y], [PLACES[to], y]];
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      dot.setAttribute("r", from === "DRAM" || to === "DRAM" ? 9 : 6);
      dot.setAttribute("class", `tile ${type}`);
      dots.append(dot);
      const [x, top] = path[path.length - 1];
      dot.setAttribute("cx", 0); dot.setAttribute("cy", 0);
      dot.style.transform = `translate(${x}px, ${top}px)`;
      if (!still.matches) dot.animate(path.map(([px, py]) => ({ transform: `translate(${px}px, ${py}px)` })),
        { duration: 0.85 * time, easing: "ease-in-out" });
    });
    $("stage").querySelector("svg").setAttribute("aria-label", told.join(", ")
      || "nothing moves: the PEs work on what they have");
    for (const wire of $("stage").querySelectorAll(".wire")) wire.classList.remove("busy");
  };
  const load = async () => {
    if (reel || known.frozen) return reel;
    const answer = await call({ do: "play", ...at(), layer: state.layer });
    if (answer.say !== "played") { tell(answer.why, true); return null; }
    pass = 0;
    return (reel = answer.played);
  };
  const halt = () => { clearTimeout(playing); playing = null; };
  const turn = async (by) => {
    if (!(await load())) return;
    if ($("pass").textContent) pass = (pass + by + reel.at.length) % reel.at.length;
    frame();
  };
  const run = async () => { await turn(1); if (playing) playing = setTimeout(run, 1600 / Number($("speed").value)); };
  $("play").addEventListener("click", () => { halt(); playing = 1; run(); });
  $("pause").addEventListener("click", halt);
  $("ahead").addEventListener("click", () => { halt(); turn(1); });
  $("back").addEventListener("click", () => { halt(); turn(-1); });

  // ---- begin --------------------------------------------------------------------------------------------------------
  $("which").innerHTML = known.layers.map((name, i) => `<option value="${i}">${escape(name)}</option>`).join("");
  $("which").addEventListener("change", () => choose(Number($("which").value)));
  $("previous").addEventListener("click", () => choose((state.layer + known.layers.length - 1) % known.layers.length));
  $("next").addEventListener("click", () => choose((state.layer + 1) % known.layers.length));
  if (known.frozen) {
    document.body.classList.add("frozen");
    wanted = known.frozen[0].changes;
    for (const each of document.querySelectorAll("#undo, #redo, #pin, #copy")) each.hidden = true;
  }
  globalThis.explorer = { latencies, asked: () => numbers, idle: () => !busy && !next, now: () =>
    ({ ...state, wanted, how: how(), tiles: shown.tiles }) };
  fromLink().then(() => { $("metric").value = state.metric; stage(); paint(); connect(); });
})();
