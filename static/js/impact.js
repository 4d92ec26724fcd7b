// What an act would change is counted when its dialog opens, not for each row of a list. Without a script, or when it
// cannot be fetched, the link in its place leads to the same as a page. What a form would change is counted when one of
// the fields that matter changes, and said above its button.
(() => {
  const HEADERS = { "X-Part": "impact", Accept: "text/html" };
  const PAUSE = 350;

  const load = async (place) => {
    if (place.dataset.loaded) return;
    place.dataset.loaded = "yes";
    const link = place.innerHTML;
    place.innerHTML = "<p class=\"meta\">Counting whom this changes…</p>";
    try {
      const answer = await fetch(place.dataset.impact, { headers: HEADERS });
      if (!answer.ok || answer.redirected) throw answer.status;
      place.innerHTML = await answer.text();
    } catch {
      place.innerHTML = link;
      delete place.dataset.loaded;
    }
  };

  const follow = (place) => {
    const form = place.closest("form");
    const names = place.dataset.fields.split(" ");
    let waiting = 0;
    let turn = 0;

    const look = async () => {
      const mine = ++turn;
      const typed = [...new FormData(form)].filter(([name]) => names.includes(name));
      try {
        const answer = await fetch(`${place.dataset.impactTyped}?${new URLSearchParams(typed)}`, { headers: HEADERS });
        // Of answers that overtake each other, the last question's counts.
        if (mine === turn) place.innerHTML = answer.ok && !answer.redirected ? await answer.text() : "";
      } catch {
        place.innerHTML = "";
      }
    };

    form.addEventListener("input", (event) => {
      if (!names.includes(event.target.name)) return;
      clearTimeout(waiting);
      waiting = setTimeout(look, PAUSE);
    });
  };

  for (const place of document.querySelectorAll("[data-impact-typed]")) follow(place);

  for (const place of document.querySelectorAll("[data-impact]")) {
    place.closest("details")?.querySelector(":scope > summary")?.addEventListener("click", () => load(place));
  }
})();
