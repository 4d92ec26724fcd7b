// What the keyboard does in a chat: Enter sends, Shift and Enter makes a line, Escape stops, n begins, m writes.
(() => {
  const composer = document.querySelector("[data-composer]");
  if (!composer) return;
  const message = composer.querySelector("[data-message]");
  const touches = matchMedia("(pointer: coarse)").matches; // there, Enter is how one makes a line

  document.addEventListener("keydown", (event) => {
    if (event.target.matches("[data-message]")) {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touches) {
        event.preventDefault();
        if (!composer.querySelector("[data-send]").hidden || event.target !== message) event.target.form.requestSubmit();
      } else if (event.key === "Escape") {
        const edit = event.target.closest("details[data-edit]");
        if (edit) { edit.open = false; edit.querySelector("summary").focus(); }
        else document.dispatchEvent(new CustomEvent("chat:stop"));
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector(".modal.show")) return;
    if (event.key === "Escape") document.dispatchEvent(new CustomEvent("chat:stop"));
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "n") location.assign(document.querySelector("[data-new-chat]").href);
    if (event.key === "m") { event.preventDefault(); message.focus(); }
  });

  // Where the browser cannot grow the field by itself.
  const grow = (field) => {
    if (CSS.supports("field-sizing", "content")) return;
    field.rows = Math.min(10, Math.max(1, field.value.split("\n").length));
  };
  document.addEventListener("input", (event) => { if (event.target.matches("[data-message]")) grow(event.target); });

  // Opening the editor puts one into it, at the end.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details[data-edit]") || !event.target.open) return;
    const field = event.target.querySelector("textarea");
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }, true);
})();
