// An act on one row of a list leads back to the list: the focus goes back to that row, wherever it stands now.
(() => {
  const KEY = "portal-place";
  const list = document.querySelector("[data-keeps-place]");
  const sheet = document.getElementById("sheet");
  let opened = "";

  const keep = (id, menu) => sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, id, menu }));

  document.addEventListener("submit", (event) => {
    const pressed = event.submitter ?? event.target; // the rows share one form that stands outside of them
    const row = pressed.closest("[data-model]");
    if (row) keep(row.dataset.model, pressed.closest("details") !== null);
    else if (opened && event.target.closest("#sheet")) keep(opened, false);
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sheet]");
    if (link) opened = link.closest("[data-model]")?.dataset.model ?? "";
    // A page that asks first leads back here, too.
    const asks = event.target.closest("[data-model] a:not([data-sheet])");
    if (asks) keep(asks.closest("[data-model]").dataset.model, asks.closest("details") !== null);
  }, true);
  sheet?.addEventListener("close", () => sessionStorage.removeItem(KEY));

  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  if (!list || kept?.path !== location.pathname) return;
  const row = list.querySelector(`[data-model="${CSS.escape(kept.id)}"]`);
  (row?.querySelector(kept.menu ? ".row-menu > summary" : "a.title"))?.focus();
})();
