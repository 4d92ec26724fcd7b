// What an act would change is counted when its dialog opens, not for each row of a list. Without a script, or when it
// cannot be fetched, the link in its place leads to the same as a page.
(() => {
  const load = async (place) => {
    if (place.dataset.loaded) return;
    place.dataset.loaded = "yes";
    const link = place.innerHTML;
    place.innerHTML = "<p class=\"meta\">Counting whom this changes…</p>";
    try {
      const answer = await fetch(place.dataset.impact, { headers: { "X-Part": "impact", Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw answer.status;
      place.innerHTML = await answer.text();
    } catch {
      place.innerHTML = link;
      delete place.dataset.loaded;
    }
  };

  for (const place of document.querySelectorAll("[data-impact]")) {
    place.closest("details")?.querySelector(":scope > summary")?.addEventListener("click", () => load(place));
  }
})();
