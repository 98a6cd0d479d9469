// The pictures of the chosen layer: its staircase, and heat maps over the cluster grid. Drawn when a layer is shown.
{
  const summary = JSON.parse(document.getElementById("summary").textContent);
  const data = JSON.parse(document.getElementById("pictures").textContent);
  const peak = summary.peak_macs_per_cycle;
  const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
  const tag = (name, attributes, content = "") => {
    const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`).join("");
    return `<${name}${list}>${content}</${name}>`;
  };
  const short = (value) => {
    for (const [size, suffix] of [[1e9, " G"], [1e6, " M"], [1e4, " k"]])
      if (value >= size) return `${(value / (suffix === " k" ? 1e3 : size)).toPrecision(3)}${suffix}`;
    return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
  };

  // Seven bounds under the array's peak; the hatched part above a bar is what its step lost.
  const staircase = (layer) => {
    const [width, height, left, bottom] = [560, 250, 44, 44];
    const top = peak * 1.18;
    const y = (value) => 8 + (1 - Math.min(value, top) / top) * (height - bottom - 8);
    const step = (width - left) / 7;
    let before = Infinity;
    let marks = "";
    for (const share of [0, 0.5, 1]) {
      const at = y(share * peak);
      marks += tag("line", { x1: left, x2: width, y1: at, y2: at, class: share === 1 ? "peak" : "grid" });
      marks += tag("text", { x: left - 6, y: at + 4, "text-anchor": "end", class: "soft" }, short(share * peak));
    }
    layer.bounds_macs_per_cycle.forEach((bound, i) => {
      const [x, middle] = [left + i * step + 0.1 * step, left + (i + 0.5) * step];
      const lost = Math.min(before, peak) - Math.min(bound, peak);
      const reason = layer.reasons[i] || (lost > 0 ? "" : "nothing is lost here");
      const tip = `${i + 1} ${data.steps[i]}: ${short(bound)} MAC/cycle\n${reason}`;
      const bar = { x, width: 0.8 * step, "data-tip": tip };
      marks += tag("rect", { ...bar, y: y(bound), height: height - bottom - y(bound), class: bound > peak ? "above" : "bar" });
      if (lost > 0) {
        const at = { y: y(Math.min(before, peak)), height: y(bound) - y(Math.min(before, peak)) };
        marks += tag("rect", { ...bar, ...at, class: `loss loss${i + 1}` });
      }
      const inside = height - bottom - y(bound) > 26;
      const label = { x: middle, y: inside ? y(bound) + 16 : y(bound) - 5, "text-anchor": "middle", class: inside ? "value" : "ink" };
      marks += tag("text", label, (bound > top ? "↑" : "") + short(bound));
      marks += tag("text", { x: middle, y: height - 26, "text-anchor": "middle", class: "ink" }, String(i + 1));
      marks += tag("text", { x: middle, y: height - 10, "text-anchor": "middle", class: "soft" }, data.steps[i]);
      before = bound;
    });
    const label = `Eyexam bounds of ${layer.name}`;
    const svg = tag("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "staircase" }, marks);
    return tag("figure", { class: "stairs" }, tag("figcaption", {}, "Bounds of this layer (MAC/cycle)") + svg);
  };

  // A grid of clusters, each with a grid of cells. The colour runs from none to the largest value.
  const heat = (map) => {
    const [clusterRows, clusterCols, rows, cols] = map.shape;
    const largest = Math.max(...map.values, 1);
    const longest = Math.max(clusterRows * rows, clusterCols * cols);
    const size = Math.max(2, Math.min(16, Math.floor(264 / longest)));
    const gap = size > 6 ? 4 : 1;
    const [w, h] = [cols * size + gap, rows * size + gap];
    const clusters = map.runs.flatMap(([pattern, count]) => Array(count).fill(map.patterns[pattern]));
    let cells = "";
    clusters.forEach((pattern, at) => {
      const [row, col] = [Math.floor(at / clusterCols), at % clusterCols];
      const where = clusters.length > 1 ? `cluster ${row}, ${col} · ` : "";
      pattern.forEach((index, i) => {
        const value = map.values[index];
        const [r, c] = [Math.floor(i / cols), i % cols];
        const share = value ? 12 + (88 * value) / largest : 0;
        const fill = `color-mix(in oklab, var(--heat) ${share.toFixed(0)}%, var(--cold))`;
        const cell = { x: col * w + c * size, y: row * h + r * size, width: size - 0.6, height: size - 0.6 };
        const name = rows * cols > 1 ? `${map.place} ${r}, ${c}` : map.place;
        const tip = `${where}${name}\n${value.toLocaleString("en")} ${map.unit}`;
        cells += value
          ? tag("rect", { ...cell, style: `fill:${fill}`, "data-tip": tip })
          : tag("rect", { ...cell, class: "idle", "data-tip": `${tip}, idle` });
      });
    });
    const [width, height] = [clusterCols * w - gap, clusterRows * h - gap];
    const box = { viewBox: `0 0 ${width} ${height}`, style: `width:${width}px`, role: "img", "aria-label": map.title };
    const scale = `<span class="scale"><i></i>${short(largest)}</span>`;
    const caption = `${escape(map.title)}<small>${escape(map.caption)}</small>`;
    return tag("figure", { class: "heat" }, tag("figcaption", {}, caption) + tag("svg", box, cells) + scale);
  };

  document.addEventListener("layer", (event) => {
    for (const article of event.detail) {
      const place = article.querySelector(".pictures");
      if (place.childElementCount) continue;
      const index = Number(article.dataset.layer);
      place.innerHTML = staircase(summary.layers[index]) + data.layers[index].maps.map(heat).join("");
    }
  });
}
