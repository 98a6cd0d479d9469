// Bokeh draws on a canvas, which no style sheet reaches: the page's ink and rules are handed to it, in light, in dark
// and, whatever the screen has, for paper.
(() => {
  const PAPER = { ink: "#000", soft: "#444", rule: "#bbb" };
  const ofPage = () => {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(["ink", "soft", "rule"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  };
  const recolour = ({ ink, soft, rule }) => {
    for (const panel of Bokeh.documents.flatMap((each) => each.roots())) {
      panel.outline_line_color = rule;
      for (const axis of [...panel.below, ...panel.left]) {
        axis.axis_label_text_color = axis.major_label_text_color = ink;
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = soft;
      }
      for (const grid of panel.center) if ("grid_line_color" in grid) grid.grid_line_color = rule;
      for (const marks of panel.renderers) marks.glyph.line_color = ink;
    }
  };
  const wait = () => (Bokeh.documents.length ? recolour(ofPage()) : setTimeout(wait, 50));
  wait();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => recolour(ofPage()));
  addEventListener("beforeprint", () => recolour(PAPER));
  addEventListener("afterprint", () => recolour(ofPage()));
})();
