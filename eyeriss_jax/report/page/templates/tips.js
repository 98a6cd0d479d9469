// Tooltips for every element with data-tip, under the pointer or beside the element that has the keyboard's focus.
{
  const tip = document.getElementById("tip");
  const place = (x, y) => {
    tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? Math.max(8, y - tip.offsetHeight - 10) : y + 18}px`;
  };
  const show = (target) => {
    tip.hidden = !target;
    if (target) tip.textContent = target.dataset.tip;
  };
  document.addEventListener("mouseover", (event) => show(event.target.closest("[data-tip]")));
  document.addEventListener("mousemove", (event) => { if (!tip.hidden) place(event.clientX, event.clientY); });
  document.addEventListener("focusin", (event) => {
    const target = event.target.closest("[data-tip]");
    show(target);
    if (target) { const box = target.getBoundingClientRect(); place(box.left, box.bottom); }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
}
