// Half a message stays where it was typed: in this tab, for this person, until it is sent.
(() => {
  const message = document.querySelector("[data-composer] [data-message]");
  if (!message) return;
  const place = () => `draft:${message.dataset.owner}:${location.pathname}`;
  let here = place();

  try {
    const kept = sessionStorage.getItem(here);
    if (kept && !message.value) {
      message.value = kept;
      message.dispatchEvent(new Event("input", { bubbles: true }));
    }
    message.addEventListener("input", () => {
      if (here !== place()) sessionStorage.removeItem(here); // a new chat has become a chat
      here = place();
      if (message.value) sessionStorage.setItem(here, message.value);
      else sessionStorage.removeItem(here);
    });
  } catch { /* a private window keeps nothing */ }
})();
