// What an act would change is counted when its dialog opens, not for each row of a list. Without a script, or when it
// cannot be fetched, the link in its place leads to the same as a page. What a form would change is counted when one of
// the fields that matter changes, and said above its button; a form that comes later, in a sheet, is followed as well.
(() => {
  const HEADERS = { "X-Part": "impact", Accept: "text/html" };
  const PAUSE = 350;
  const asked = new WeakMap();

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

  const look = async (place, question) => {
    const names = place.dataset.fields.split(" ");
    const typed = [...new FormData(place.closest("form"))].filter(([name]) => names.includes(name));
    let said = "";
    try {
      const answer = await fetch(`${place.dataset.impactTyped}?${new URLSearchParams(typed)}`, { headers: HEADERS });
      if (answer.ok && !answer.redirected) said = await answer.text();
    } catch {
      // Nothing is said of what cannot be asked.
    }
    // Of answers that overtake each other, the last question's counts.
    if (asked.get(place) === question) place.innerHTML = said;
  };

  document.addEventListener("input", ({ target }) => {
    for (const place of target.form?.querySelectorAll("[data-impact-typed]") ?? []) {
      if (!place.dataset.fields.split(" ").includes(target.name)) continue;
      clearTimeout(asked.get(place));
      const question = setTimeout(() => look(place, question), PAUSE);
      asked.set(place, question);
    }
  });

  // Bound now: a dialog takes its words out of the details in which they stand.
  for (const place of document.querySelectorAll("[data-impact]")) {
    place.closest("details")?.querySelector(":scope > summary")?.addEventListener("click", () => load(place));
  }
})();
