// What asks first opens in place without a script; here it becomes a Bootstrap modal, which traps focus, closes on
// Escape and gives focus back. The form itself moves into the dialog and returns, so nothing exists twice.
(() => {
  let count = 0;

  const dialogFor = (details) => {
    const body = details.querySelector(":scope > .ask-first-body");
    const title = body.querySelector(".modal-title");
    title.id ||= `dialog-title-${++count}`;

    const modal = document.createElement("div");
    modal.className = "modal fade";
    modal.tabIndex = -1;
    modal.setAttribute("aria-labelledby", title.id);
    const frame = document.createElement("div");
    frame.className = "modal-dialog modal-dialog-centered";
    const content = document.createElement("div");
    content.className = "modal-content";
    content.append(...body.childNodes);
    frame.append(content);
    modal.append(frame);
    document.body.append(modal);

    const summary = details.querySelector(":scope > summary");
    modal.addEventListener("shown.bs.modal", () => {
      const first = content.querySelector("[autofocus], .is-invalid, .modal-body :is(input:not([type=hidden]), select, textarea)");
      (first || content.querySelector("[data-bs-dismiss]") || modal).focus();
    });
    modal.addEventListener("hidden.bs.modal", () => {
      body.append(...content.childNodes);
      modal.remove();
      bootstrap.Modal.getInstance(modal)?.dispose();
      summary.focus();
    });
    return new bootstrap.Modal(modal);
  };

  for (const details of document.querySelectorAll("details[data-dialog]")) {
    const summary = details.querySelector(":scope > summary");
    summary.setAttribute("role", "button");
    summary.setAttribute("aria-haspopup", "dialog");
    summary.addEventListener("click", (event) => {
      event.preventDefault();
      dialogFor(details).show();
    });
    // It came back with faults: show it again.
    if (details.open) {
      details.open = false;
      dialogFor(details).show();
    }
  }
})();
