// While a role's patterns are written, what they reach and whom they change is shown below them. Without a script a button asks for it.
(() => {
  const field = document.querySelector("[data-reach-of]");
  const place = document.querySelector("[data-reach]");
  const said = document.querySelector("[data-reach-said]");
  if (!field || !place) return;
  const PAUSE = 350;
  let waiting = 0;
  let turn = 0;

  const address = () => {
    const url = new URL(field.dataset.reachOf, location.href);
    url.searchParams.set("patterns", field.value);
    return url;
  };

  const look = async () => {
    const mine = ++turn;
    try {
      const answer = await fetch(address(), { headers: { Accept: "text/html" } });
      // Of answers that overtake each other, the last question's counts.
      if (mine !== turn || !answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== turn) return;
      place.replaceChildren(...page.body.childNodes);
      said.textContent = [...place.querySelectorAll("p.soft, .impact-said > p:first-child")].map((line) => line.textContent.trim()).join(" ");
    } catch {
      // What stood there stays: saving says everything that matters.
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE);
  });
})();
