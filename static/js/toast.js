// Good news that was flashed moves into a corner and goes by itself; everything else stays where it is, above the page.
(() => {
  const corner = document.getElementById("toasts");
  if (!corner) return;

  const show = (message, kind = "good") => {
    const toast = document.createElement("div");
    toast.className = "toast";
    const row = document.createElement("div");
    row.className = "toast-row";
    const mark = document.createElement("span");
    mark.className = `mark mark-${kind}`;
    mark.setAttribute("aria-hidden", "true");
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.dataset.bsDismiss = "toast";
    close.setAttribute("aria-label", "Close");
    row.append(mark, message, close);
    toast.append(row);
    corner.append(toast);
    toast.addEventListener("hidden.bs.toast", () => toast.remove());
    new bootstrap.Toast(toast, { delay: 8000 }).show();
  };

  for (const flash of document.querySelectorAll("[data-flash=good]")) {
    show(flash.querySelector(":scope > div"));
    flash.remove();
  }
  for (const empty of document.querySelectorAll(".flashes:not(:has(.notice))")) empty.remove();

  // Other behaviours say what they did: document.dispatchEvent(new CustomEvent("toast", { detail: "Copied." })),
  // or { detail: { text: "Two failed.", kind: "attention" } }.
  document.addEventListener("toast", (event) => {
    const message = document.createElement("div");
    message.textContent = event.detail.text ?? event.detail;
    show(message, event.detail.kind);
  });
})();
