// What is copied of an answer holds the letters of its formulas, in the line where they stand.
// Without this file it holds them, too, with an end of line behind each: so a browser copies what it draws as one.
(() => {
  const turns = document.querySelector("[data-turns]");
  turns?.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection.rangeCount || !event.clipboardData) return;
    const place = document.createElement("div");
    place.className = "prose formula-letters";
    for (let at = 0; at < selection.rangeCount; at += 1) place.append(selection.getRangeAt(at).cloneContents());
    const formulas = place.querySelectorAll(".math:has(> .tex)");
    if (!formulas.length) return;
    for (const formula of formulas) formula.replaceChildren(formula.querySelector(".tex").textContent);
    for (const named of place.querySelectorAll("[id]")) named.removeAttribute("id");
    turns.append(place); // only what is laid out has lines
    event.clipboardData.setData("text/plain", place.innerText);
    event.clipboardData.setData("text/html", place.innerHTML);
    place.remove();
    event.preventDefault();
  });
})();
