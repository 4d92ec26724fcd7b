// A listing to tick: the button says how many, "Tick all" and "Tick none" mean the rows that are shown, and a word
// typed above leaves only the rows that hold it.
(() => {
  for (const form of document.querySelectorAll("form[data-ticks]")) {
    const boxes = [...form.querySelectorAll("input[type=checkbox][name=pick]")];
    const button = form.querySelector("[data-publish]");
    const filter = form.querySelector("[data-tick-filter]");
    const shown = () => boxes.filter((box) => !box.closest("tr").hidden && !box.closest("details:not([open])"));

    const count = () => {
      if (!button) return;
      const ticked = boxes.filter((box) => box.checked).length;
      button.textContent = `${form.dataset.ticks} ${ticked} ${ticked === 1 ? "model" : "models"}`;
      button.disabled = ticked === 0;
    };

    form.addEventListener("change", count);
    form.querySelector("[data-tick-all]")?.addEventListener("click", () => {
      for (const box of shown()) box.checked = true;
      count();
    });
    form.querySelector("[data-tick-none]")?.addEventListener("click", () => {
      for (const box of shown()) box.checked = false;
      count();
    });
    filter?.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      const more = form.querySelector(".other-models");
      for (const row of form.querySelectorAll("tbody tr")) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (words.length && !row.hidden && more?.contains(row)) more.open = true;
      }
    });
    filter?.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    count();
  }
})();
