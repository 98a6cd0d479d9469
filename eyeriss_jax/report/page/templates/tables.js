"use strict";
// Tables of class "sortable": click a heading to sort by it, type into the box of class "filter" beside it to filter.
const tables = (() => {
  const rows = (table) => Array.from(table.tBodies[0].rows);
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });

  const sort = (table, heading) => {
    const first = heading.classList.contains("number") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const way = heading.getAttribute("aria-sort") === first ? other : first;
    for (const th of table.tHead.rows[0].cells) th.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", way);
    order(table, heading, way);
  };

  const order = (table, heading, way) => {
    const sign = way === "ascending" ? 1 : -1;
    rows(table)
      .sort((a, b) => sign * compare(value(a, heading.cellIndex), value(b, heading.cellIndex)))
      .forEach((row) => table.tBodies[0].append(row));
  };

  const filter = (table, box, count) => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows(table)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    const shown = rows(table).filter((row) => !row.hidden).length;
    count.textContent = `${shown} of ${rows(table).length} ${count.dataset.what}`;
  };

  // For a page that fills a table again: the order and the filter that it had.
  const refilter = (table) => {
    const heading = table.tHead.querySelector("[aria-sort]");
    if (heading) order(table, heading, heading.getAttribute("aria-sort"));
    const box = document.querySelector(`input.filter[aria-controls="${table.id}"]`);
    if (box) filter(table, box, box.parentElement.querySelector("output"));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    table.tHead.addEventListener("click", (event) => {
      const heading = event.target.closest("th");
      if (heading) sort(table, heading);
    });
    const box = document.querySelector(`input.filter[aria-controls="${table.id}"]`);
    if (!box) continue;
    const count = box.parentElement.querySelector("output");
    box.addEventListener("input", () => filter(table, box, count));
    filter(table, box, count);
  }
  return { rows, sort, refilter };
})();
