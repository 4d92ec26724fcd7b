// Buttons on each block of code: one copies it; one lets long lines wrap or scroll, for all blocks, kept in this browser.
(() => {
  const turns = document.querySelector("[data-turns]");
  if (!turns) return;
  const KEPT = "code-wraps";
  const TOOLS = [
    { name: "copy-code", data: "copyCode", label: "Copy the code", title: "Copy", icon: "bi-copy" },
    { name: "wrap-code", data: "wrapCode", label: "Wrap long lines", title: "Wrap long lines", icon: "bi-text-wrap" },
  ];
  let wraps = false;
  try { wraps = localStorage.getItem(KEPT) === "yes"; } catch { /* a private window */ }

  const show = () => {
    turns.classList.toggle("wraps", wraps);
    for (const button of turns.querySelectorAll("[data-wrap-code]")) button.setAttribute("aria-pressed", String(wraps));
  };

  const made = ({ name, data, label, title, icon }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `btn btn-plain btn-icon btn-sm ${name}`;
    button.dataset[data] = "";
    button.setAttribute("aria-label", label);
    button.title = title;
    const drawn = document.createElement("i");
    drawn.className = `bi ${icon}`;
    drawn.setAttribute("aria-hidden", "true");
    button.append(drawn);
    return button;
  };

  const offer = (root) => {
    for (const code of root.querySelectorAll(".prose:not(.live) .code")) {
      if (!code.querySelector("[data-copy-code]")) code.append(...TOOLS.map(made));
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
