// "/" goes to the search, "?" lists the shortcuts, Escape closes what is open. Never while one is typing.
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;

    if (event.key === "Escape") {
      const open = document.querySelector("details.filter-menu[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      } else if (event.target.matches("[data-search]")) {
        event.target.blur();
      } else if (!document.querySelector(".modal.show")) {
        document.querySelector(":is(.sheet:target, .sheet.show) [aria-label=Close]")?.click();
      }
      return;
    }

    if (typing(event.target) || document.querySelector(".modal.show")) return;

    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (event.key === "?") {
      const list = document.getElementById("shortcuts");
      if (list) { event.preventDefault(); bootstrap.Modal.getOrCreateInstance(list).show(); }
    }
  });

  // A filter's menu closes when one goes elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.filter-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // A form that was refused says so first.
  document.querySelector("[data-focus]")?.focus();
})();
