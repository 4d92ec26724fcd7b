// What was typed and not saved is asked about: by the browser where a page is left, here where a sheet is closed.
(() => {
  let sent = false;

  const changed = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) {
      const options = [...field.options];
      const first = options.findIndex((option) => option.defaultSelected);
      return field.multiple ? options.some((option) => option.selected !== option.defaultSelected) : field.selectedIndex !== Math.max(0, first);
    }
    return "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue;
  };
  // A form that came back with faults holds what was typed as its defaults.
  const unsaved = (form) => form.querySelector(".field-error, [data-focus]") !== null || [...form.elements].some(changed);

  document.addEventListener("submit", (event) => { if (event.target.matches("[data-unsaved]")) sent = true; }, true);
  document.addEventListener("input", () => { sent = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!sent && [...document.querySelectorAll("form[data-unsaved]")].some(unsaved)) event.preventDefault();
  });

  // A sheet asks before it closes: "leave", which is held back while the question stands.
  const ask = document.getElementById("unsaved");
  document.addEventListener("leave", (event) => {
    const sheet = event.target;
    const form = sheet.querySelector("form[data-unsaved]");
    if (!ask || !form || !unsaved(form)) return;
    event.preventDefault();
    const back = document.activeElement;
    ask.returnValue = "stay";
    ask.showModal();
    ask.addEventListener("close", () => {
      if (ask.returnValue !== "leave") { back?.focus(); return; }
      sheet.innerHTML = "";
      sheet.close();
    }, { once: true });
  });
})();
