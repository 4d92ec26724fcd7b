// Rows of headers: one more, one less, and a secret value that nobody reads over a shoulder. Without a script the button
// sends the form and it comes back with one more row.
(() => {
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-header-add]");
    if (add) {
      event.preventDefault();
      const rows = add.closest("[data-header-rows]");
      const next = Math.max(-1, ...[...rows.querySelectorAll("[data-header-row] input[id$=-name]")].map((field) => Number(field.id.split("-")[1]))) + 1;
      const row = rows.querySelector("[data-header-blank]").content.firstElementChild.cloneNode(true);
      for (const field of row.querySelectorAll("[id]")) {
        field.id = field.id.replace("-N-", `-${next}-`);
        field.name = field.id;
      }
      for (const label of row.querySelectorAll("[for]")) label.htmlFor = label.htmlFor.replace("-N-", `-${next}-`);
      for (const field of row.querySelectorAll("[aria-label]")) field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/N$/, next + 1));
      for (const words of row.querySelectorAll(".visually-hidden")) words.textContent = words.textContent.replace(/N$/, next + 1);
      add.before(row);
      row.querySelector("input").focus();
      return;
    }
    const remove = event.target.closest("[data-header-remove]");
    if (!remove) return;
    const rows = remove.closest("[data-header-rows]");
    remove.closest("[data-header-row]").remove();
    rows.querySelector("[data-header-add]").focus();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-header-secret]")) return;
    event.target.closest("[data-header-row]").querySelector("input[id$=-value]").type = event.target.checked ? "password" : "text";
  });
})();
