// How much of its context a chat takes, with what is being typed: four characters are taken for a token.
(() => {
  const message = document.querySelector("[data-composer] [data-message]");
  if (!message) return;
  const CHARACTERS = 4;
  let timer = 0;
  const show = () => {
    const use = document.querySelector(".context-use[data-limit]");
    if (!use) return;
    const typed = message.value.length / CHARACTERS;
    const part = Math.min(100, Math.max(1, Math.round((100 * (Number(use.dataset.used) + typed)) / Number(use.dataset.limit))));
    const bar = use.querySelector("progress");
    bar.value = part;
    bar.setAttribute("aria-label", `Context used: ${part} %`);
    use.querySelector("[data-use-percent]").textContent = `${typed >= 1 ? "about " : ""}${part} %`;
  };
  message.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 150); });
  if (message.value) show();
})();
