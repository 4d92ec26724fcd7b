// Subagents: what a message may begin with is offered while one types it, and a button without words asks for them.
(() => {
  const composer = document.querySelector("[data-composer]");
  const list = composer?.querySelector("[data-commands]");
  if (!list) return;
  const message = composer.querySelector("[data-message]");
  const buttons = composer.querySelectorAll("[data-run-button]");
  const status = document.querySelector("[data-status]");
  const options = [...list.querySelectorAll("[data-command]")];
  let dismissed = "";

  const shown = () => options.filter((option) => !option.hidden);
  const active = () => options.find((option) => option.getAttribute("aria-selected") === "true");
  const choose = (chosen) => {
    for (const option of options) option.setAttribute("aria-selected", String(option === chosen));
    if (chosen) message.setAttribute("aria-activedescendant", chosen.id);
    else message.removeAttribute("aria-activedescendant");
  };
  const close = () => {
    list.hidden = true;
    choose(null);
    message.removeAttribute("aria-controls");
  };
  const write = (text) => {
    message.value = text;
    message.dispatchEvent(new Event("input", { bubbles: true }));
    message.focus();
    message.setSelectionRange(text.length, text.length);
  };
  const take = (option) => { close(); write(`${option.dataset.command} `); };

  // Open as long as nothing but the beginning of a command stands there.
  const offer = () => {
    const typed = message.value.toLowerCase();
    if (typed !== dismissed) dismissed = "";
    for (const option of options) option.hidden = !typed.startsWith("/") || !option.dataset.command.startsWith(typed);
    const found = shown();
    if (!found.length || dismissed || document.activeElement !== message) { close(); return; }
    if (list.hidden) status.textContent = "Commands. Arrow keys choose one, Enter takes it, Escape closes the list.";
    list.hidden = false;
    message.setAttribute("aria-controls", list.id);
    if (!found.includes(active())) choose(found[0]);
  };

  message.addEventListener("input", offer);
  message.addEventListener("focus", offer);
  message.addEventListener("blur", close);
  // Before everything else that Enter and Escape do in a chat.
  composer.addEventListener("keydown", (event) => {
    if (event.target !== message || list.hidden || event.isComposing) return;
    const found = shown();
    const at = found.indexOf(active());
    if (event.key === "ArrowDown") choose(found[(at + 1) % found.length]);
    else if (event.key === "ArrowUp") choose(found[(at + found.length - 1) % found.length]);
    else if (event.key === "Enter" && !event.shiftKey) take(found[at]);
    else if (event.key === "Escape") { dismissed = message.value.toLowerCase(); close(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the focus stays in the message
    const option = event.target.closest("[data-command]");
    if (option) take(option);
  });

  composer.addEventListener("click", (event) => {
    const button = event.target.closest("[data-run-button]");
    if (!button || message.value.trim()) return;
    event.preventDefault();
    write(`/${button.value} `);
  });
  document.addEventListener("chat:running", (event) => {
    for (const button of buttons) button.hidden = event.detail;
  });
})();
