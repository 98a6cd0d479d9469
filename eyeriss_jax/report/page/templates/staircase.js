// What pages draw alike: tags as text, short numbers, and the staircase of Eyexam's bounds.
const draw = (() => {
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
  const staircase = (layer, steps, peak, caption) => {
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
      const tip = `${i + 1} ${steps[i]}: ${short(bound)} MAC/cycle\n${reason}`;
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
      marks += tag("text", { x: middle, y: height - 10, "text-anchor": "middle", class: "soft" }, steps[i]);
      before = bound;
    });
    const label = `Eyexam bounds of ${layer.name}`;
    const svg = tag("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "staircase" }, marks);
    return tag("figure", { class: "stairs" }, tag("figcaption", {}, escape(caption)) + svg);
  };

  return { escape, tag, short, staircase };
})();
