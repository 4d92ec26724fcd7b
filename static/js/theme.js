// Light, dark or the system's choice: read before the first paint, kept in this browser only.
// Served as a blocking script in <head>; the page stays complete without it.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const choice = () => stored() || "system";

  const apply = () => {
    root.dataset.bsTheme = choice() === "system" ? (dark.matches ? "dark" : "light") : choice();
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice()));
    }
  };

  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try { localStorage.setItem("theme", button.dataset.themeChoice); } catch { /* private window: for this page only */ }
    root.dataset.bsTheme = button.dataset.themeChoice;
    apply();
  });
})();
