// One cell is chosen at any time, by a click or by the lists; a step, if one is chosen, is shown alone.
{
  const [chip, network, step] = ["chip", "network", "step"].map((id) => document.getElementById(id));
  const cells = Array.from(document.querySelectorAll("#field button"));

  // What the chosen step takes of a cell, which need not be the step that takes most.
  const alone = (cell, part) => {
    if (part < 0 || !cell.dataset.shown) return "";
    return ` ${step.selectedOptions[0].textContent}: ${cell.dataset.shown.split("|")[part]}.`;
  };

  const choose = () => {
    const part = step.value === "" ? -1 : Number(step.value);
    for (const cell of cells) {
      const chosen = cell.dataset.chip === chip.value && cell.dataset.network === network.value;
      cell.setAttribute("aria-pressed", String(chosen));
      if (chosen) document.getElementById("words").textContent = cell.dataset.words + alone(cell, part);
      const bar = cell.querySelector(".bar");
      if (!bar) continue;
      bar.classList.toggle("one", part >= 0);
      Array.from(bar.children).forEach((each, index) => each.classList.toggle("shown", index === part));
      cell.querySelector(".share").textContent = cell.dataset.shown.split("|")[Math.max(part, 0)];
    }
  };

  for (const list of [chip, network, step]) list.addEventListener("change", choose);
  for (const cell of cells) {
    cell.addEventListener("click", () => {
      chip.value = cell.dataset.chip;
      network.value = cell.dataset.network;
      choose();
    });
  }
  choose();
}
