// Ticked models: the bar says how many, and one press ticks all of the page.
(() => {
  const bar = document.querySelector("[data-many]");
  if (!bar) return;
  const boxes = [...document.querySelectorAll("input[type=checkbox][name=pick][form=many]")];
  const told = bar.querySelector("[data-many-count]");
  const all = bar.querySelector("[data-many-all]");
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    told.textContent = ticked ? `${ticked} ticked` : "None ticked";
    for (const button of bar.querySelectorAll("button[type=submit]")) button.disabled = ticked === 0;
    all.textContent = ticked === boxes.length ? "Tick none" : "Tick all";
  };
  for (const box of boxes) box.addEventListener("change", count);
  all.addEventListener("click", () => {
    const on = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = on;
    count();
  });
  count();
})();
