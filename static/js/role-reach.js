// While a role's patterns are written, what they reach is shown below them. Without a script a button asks for it.
(() => {
  const field = document.querySelector("[data-reach-of]");
  const place = document.querySelector("[data-reach]");
  const said = document.querySelector("[data-reach-said]");
  if (!field || !place) return;
  const PAUSE = 350;
  let waiting = 0;
  let turn = 0;

  const look = async () => {
    const mine = ++turn;
    try {
      const answer = await fetch(`${field.dataset.reachOf}?${new URLSearchParams({ patterns: field.value })}`, { headers: { Accept: "text/html" } });
      // Of answers that overtake each other, the last question's counts.
      if (mine !== turn || !answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== turn) return;
      place.replaceChildren(...page.body.childNodes);
      said.textContent = place.querySelector("p")?.textContent.trim() ?? "";
    } catch {
      // What stood there stays: saving says everything that matters.
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE);
  });
})();
