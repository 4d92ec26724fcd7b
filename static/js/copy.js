// A button copies the text of the element that it names.
(() => {
  const selectAll = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    const said = button.parentElement.querySelector("[data-copied]");
    button.addEventListener("click", async () => {
      try {
        // Over plain http on another machine there is no clipboard to ask: the old way still works there.
        if (navigator.clipboard) await navigator.clipboard.writeText(source.textContent);
        else {
          selectAll(source);
          if (!document.execCommand("copy")) throw new Error("refused");
        }
        said.textContent = "Copied.";
      } catch {
        selectAll(source);
        said.textContent = "The browser does not let this page copy. The text is selected: copy it yourself.";
      }
    });
  }
})();
