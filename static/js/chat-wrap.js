// Lines of code wrap or scroll, as one likes: a button on each block, one choice for all of them, kept in this browser.
(() => {
  const turns = document.querySelector("[data-turns]");
  if (!turns) return;
  const KEPT = "code-wraps";
  let wraps = false;
  try { wraps = localStorage.getItem(KEPT) === "yes"; } catch { /* a private window */ }

  const show = () => {
    turns.classList.toggle("wraps", wraps);
    for (const button of turns.querySelectorAll("[data-wrap-code]")) button.setAttribute("aria-pressed", String(wraps));
  };

  const offer = (root) => {
    for (const code of root.querySelectorAll(".prose:not(.live) .code")) {
      if (code.querySelector("[data-wrap-code]")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-plain btn-icon btn-sm wrap-code";
      button.dataset.wrapCode = "";
      button.setAttribute("aria-label", "Wrap long lines");
      button.title = "Wrap long lines";
      const icon = document.createElement("i");
      icon.className = "bi bi-text-wrap";
      icon.setAttribute("aria-hidden", "true");
      button.append(icon);
      code.append(button);
    }
    show();
  };

  turns.addEventListener("click", (event) => {
    if (!event.target.closest("[data-wrap-code]")) return;
    wraps = !wraps;
    show();
    try { localStorage.setItem(KEPT, wraps ? "yes" : "no"); } catch { /* a private window */ }
  });

  offer(document);
  document.addEventListener("chat:drawn", (event) => offer(event.detail));
})();
