// Thousands of models: the selector holds a few, and this asks for the others while one types.
(() => {
  const search = document.querySelector("[data-model-search]");
  const model = document.querySelector("[data-model]");
  if (!search || !model) return;
  search.removeAttribute("name"); // without a script it is sent as provider:model; with one it only searches
  search.placeholder = "Search models";
  search.setAttribute("aria-label", "Search models");
  const few = model.innerHTML;
  const status = document.querySelector("[data-status]");
  let asked = 0;
  let waiting = null;

  // What is chosen stays in the selector, whatever is found.
  const put = (html) => {
    const chosen = model.selectedOptions[0]?.cloneNode(true);
    model.innerHTML = html; // drawn by the server
    if (!chosen) return;
    const same = [...model.options].find((option) => option.value === chosen.value);
    if (!same) model.prepend(chosen);
    model.value = chosen.value;
  };
  const find = async () => {
    const mine = ++asked;
    const words = search.value.trim();
    if (!words) { put(few); return; }
    const response = await fetch(`${search.dataset.modelSearch}?q=${encodeURIComponent(words)}`).catch(() => null);
    if (!response?.ok || mine !== asked) return;
    const html = await response.text();
    if (mine !== asked) return;
    put(html);
    const found = html.split("<option ").length - 1;
    status.textContent = found ? `${found} found. Choose one in the list of models.` : "No model has that in its name.";
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(find, 200); };
  search.addEventListener("input", soon);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); model.focus(); }
  });
})();
