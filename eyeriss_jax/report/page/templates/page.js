"use strict";
const table = document.getElementById("layers");
const bodies = () => Array.from(table.tBodies);

// Sorting: a layer is one <tbody> (its row and its detail), so the two stay together.
const value = (body, column) => {
  const cell = body.rows[0].cells[column];
  return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
};
table.tHead.addEventListener("click", (event) => {
  const heading = event.target.closest("th");
  if (!heading) return;
  const first = heading.classList.contains("number") ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = heading.getAttribute("aria-sort") === first ? other : first;
  for (const th of table.tHead.rows[0].cells) th.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));
  bodies()
    .sort((a, b) => sign * compare(value(a, heading.cellIndex), value(b, heading.cellIndex)))
    .forEach((body) => table.append(body));
});

// Filtering.
const filter = document.getElementById("filter");
const showMatches = () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const body of bodies()) {
    const text = body.rows[0].textContent.toLowerCase();
    body.hidden = !words.every((word) => text.includes(word));
    shown += body.hidden ? 0 : 1;
  }
  document.getElementById("shown").textContent = `${shown} of ${bodies().length} layers`;
};
filter.addEventListener("input", showMatches);
showMatches();

// Details.
const toggle = (body, open) => {
  const button = body.querySelector("td.name button");
  const expand = open ?? button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(expand));
  body.rows[1].hidden = !expand;
};
table.addEventListener("click", (event) => {
  const row = event.target.closest("tr.row");
  if (row && !String(window.getSelection())) toggle(row.parentElement);
});
const openAll = document.getElementById("open-all");
openAll.addEventListener("click", () => {
  const open = openAll.textContent === "Open all";
  bodies().forEach((body) => toggle(body, open));
  openAll.textContent = open ? "Close all" : "Open all";
});
const reveal = (id) => {
  const body = document.getElementById(id);
  if (!body || body.parentElement !== table) return;
  if (body.hidden) { filter.value = ""; showMatches(); }
  toggle(body, true);
  body.scrollIntoView({ block: "start", behavior: "smooth" });
};
window.addEventListener("hashchange", () => reveal(location.hash.slice(1)));
if (location.hash) reveal(location.hash.slice(1));
document.addEventListener("click", (event) => {
  const mark = event.target.closest("figure [data-tip]");
  const match = mark && mark.id.match(/-(?:part|dot)-(\d+)-/);
  if (match) reveal(`layer-${match[1]}`);
});

// Tooltips, for the marks of figures and for table cells alike.
const tip = document.getElementById("tip");
const place = (x, y) => {
  tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 10 : y + 18}px`;
};
document.addEventListener("mouseover", (event) => {
  const target = event.target.closest("[data-tip]");
  tip.hidden = !target;
  if (target) tip.textContent = target.dataset.tip;
});
document.addEventListener("mousemove", (event) => { if (!tip.hidden) place(event.clientX, event.clientY); });

// The data behind the page.
document.getElementById("download").addEventListener("click", () => {
  const text = JSON.stringify(JSON.parse(document.getElementById("summary").textContent), null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "summary.json";
  link.click();
  URL.revokeObjectURL(link.href);
});
