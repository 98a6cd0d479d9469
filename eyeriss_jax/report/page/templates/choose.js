// One layer is chosen at any time. It is marked in every picture and in the table, and its article is shown.
{
  const table = document.getElementById("layers");
  const list = document.getElementById("layer");
  const words = document.getElementById("chosen-words");
  const articles = Array.from(document.querySelectorAll("article[data-layer]"));
  const rowOf = (index) => table.querySelector(`tr[data-layer="${index}"]`);
  let chosen = -1;
  let showAll = false;

  const choose = (index, reveal = false) => {
    chosen = index;
    for (const mark of document.querySelectorAll(".chosen")) mark.classList.remove("chosen");
    for (const mark of document.querySelectorAll(`[data-layer="${index}"]`)) mark.classList.add("chosen");
    for (const article of articles) article.hidden = !showAll && article.dataset.layer !== String(index);
    list.value = String(index);
    const row = rowOf(index);
    words.textContent = `${row.querySelector(".limiter").textContent} · ${row.cells[4].textContent} of the time`;
    document.dispatchEvent(new CustomEvent("layer", { detail: articles.filter((article) => !article.hidden) }));
    if (!reveal) return;
    history.replaceState(null, "", `#layer-${index}`);
    articles[index].scrollIntoView({ block: "start" });
  };

  // Steps follow the order and the filter of the table.
  const step = (by) => {
    const shown = tables.rows(table).filter((row) => !row.hidden);
    const order = (shown.length ? shown : tables.rows(table)).map((row) => Number(row.dataset.layer));
    const at = order.indexOf(chosen);
    choose(order[at < 0 ? 0 : (at + by + order.length) % order.length]);
  };

  document.addEventListener("click", (event) => {
    const mark = event.target.closest("figure [data-layer], tr.row");
    if (!mark || event.target.closest("a") || String(getSelection())) return;
    choose(Number(mark.dataset.layer));
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest("figure[tabindex], #choice button, tr.row a")) return;
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by) step(by);
    else if (event.key === "Enter" && event.target.closest("figure")) choose(chosen, true);
    else return;
    event.preventDefault();
  });
  list.addEventListener("change", () => choose(Number(list.value)));
  document.getElementById("previous").addEventListener("click", () => step(-1));
  document.getElementById("next").addEventListener("click", () => step(1));
  const all = document.getElementById("show-all");
  all.addEventListener("click", () => {
    showAll = !showAll;
    all.textContent = showAll ? "Show the chosen layer only" : "Show all layers";
    choose(chosen);
  });

  const fromHash = () => {
    const match = location.hash.match(/^#layer-(\d+)$/);
    if (match && articles[match[1]]) choose(Number(match[1]), true);
    return match;
  };
  addEventListener("hashchange", fromHash);
  // To begin with, the layer that takes most of the time.
  const cycles = (article) => Number(rowOf(article.dataset.layer).cells[3].dataset.value);
  addEventListener("DOMContentLoaded", () => {
    choose(articles.indexOf(articles.reduce((a, b) => (cycles(b) > cycles(a) ? b : a))));
    fromHash();
  });
}
