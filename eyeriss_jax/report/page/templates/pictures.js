// The pictures of the chosen layer: its staircase, and heat maps over the cluster grid. Drawn when a layer is shown.
{
  const summary = JSON.parse(document.getElementById("summary").textContent);
  const data = JSON.parse(document.getElementById("pictures").textContent);
  const peak = summary.peak_macs_per_cycle;
  const { escape, tag, short } = draw;

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
      place.innerHTML = draw.staircase(summary.layers[index], data.steps, peak, "Bounds of this layer (MAC/cycle)") + data.layers[index].maps.map(heat).join("");
    }
  });
}
