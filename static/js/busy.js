// A form that takes a while says so: <form data-busy="Testing…"> keeps its button from being pressed twice.
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-busy]") || event.defaultPrevented) return;
    const button = event.submitter || form.querySelector("button[type=submit], button:not([type])");
    if (!button) return;
    if (button.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    const words = button.innerHTML;
    const spinner = document.createElement("span");
    spinner.className = "spinner";
    spinner.setAttribute("aria-hidden", "true");
    button.setAttribute("aria-busy", "true");
    button.replaceChildren(spinner, button.dataset.busy ?? form.dataset.busy);
    // Coming back by the browser's own "back" finds the button as it was.
    addEventListener("pagehide", () => { button.removeAttribute("aria-busy"); button.innerHTML = words; }, { once: true });
  });
})();
