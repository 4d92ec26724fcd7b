// How much a model thinks is asked only of one that thinks.
(() => {
  const model = document.querySelector("[data-composer] [data-model]");
  const effort = document.querySelector("[data-composer] [data-effort]");
  if (!model || !effort) return;
  const show = () => {
    effort.hidden = !effort.value && !model.selectedOptions[0]?.hasAttribute("data-reasons");
  };
  model.addEventListener("change", () => { effort.value = ""; show(); });
  show();
})();
