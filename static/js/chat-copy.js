// Copies a message, an answer's Markdown, or one block of code.
(() => {
  const turns = document.querySelector("[data-turns]");
  if (!turns) return;

  // Over plain http on another machine there is no clipboard to ask; the old way still works there.
  const write = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("refused");
  };

  const copy = async (button, text) => {
    try {
      await write(text);
      const icon = button.querySelector(".bi");
      icon?.classList.replace("bi-copy", "bi-check2");
      setTimeout(() => icon?.classList.replace("bi-check2", "bi-copy"), 1500);
      document.querySelector("[data-status]").textContent = "Copied.";
    } catch {
      document.dispatchEvent(new CustomEvent("toast", {
        detail: { text: "The browser does not let this page copy. Select the text instead.", kind: "attention" },
      }));
    }
  };

  turns.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-copy-turn]")) copy(button, button.closest("[data-turn]").querySelector(".said").textContent);
    if (button.matches("[data-copy-answer]")) copy(button, button.closest("[data-answer]").querySelector("[data-source]").dataset.source);
    if (button.matches("[data-copy-code]")) copy(button, button.closest(".code").querySelector("code").textContent);
  });
})();
