// What is made beside a chat once an answer is there, its name or a summary: the page looks for it a few times, and then
// only when somebody comes back to it.
(() => {
  const turns = document.querySelector("[data-turns]");
  if (!turns) return;
  const LOOKS = [1500, 4000, 10000, 25000];
  let url = turns.dataset.asides;
  let pending = turns.hasAttribute("data-pending");
  let timer = null;

  const built = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html; // drawn and sanitised by the server
    return template.content;
  };

  const name = (title) => {
    const heading = document.querySelector("h1[data-title]");
    if (!heading || heading.textContent === title) return;
    for (const place of document.querySelectorAll("[data-title]")) place.textContent = title;
    document.title = `${title} · LLM Portal`;
    const link = document.querySelector('[data-talks] a[aria-current="page"]');
    const shown = link?.querySelector(".talk-title");
    if (!shown) return;
    shown.textContent = title;
    link.title = title;
    link.closest("[data-talk]").querySelector("[data-talk-more]")?.setAttribute("aria-label", `More for “${title}”`);
  };

  const draw = (line) => {
    const old = document.getElementById(`compaction-${line.id}`);
    const after = document.getElementById(`answer-${line.turn}`);
    const fresh = built(line.html);
    const open = old?.open;
    if (old?.contains(document.activeElement)) return;
    if (old) old.replaceWith(fresh);
    else if (after) after.after(fresh);
    if (open) document.getElementById(`compaction-${line.id}`).open = true;
  };

  const look = async () => {
    const response = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    const told = response?.ok && !response.redirected ? await response.json().catch(() => null) : null;
    if (!told) return;
    name(told.title);
    told.lines.forEach(draw);
    const use = document.querySelector("[data-context-use]");
    if (use && told.use) use.replaceChildren(built(told.use));
    pending = told.pending;
  };

  const lookLater = (times) => {
    clearTimeout(timer);
    if (!url || !times.length) return;
    timer = setTimeout(async () => {
      await look();
      if (pending) lookLater(times.slice(1));
    }, times[0]);
  };

  document.addEventListener("chat:follows", ({ detail }) => {
    url = detail;
    pending = true;
    lookLater(LOOKS);
  });
  document.addEventListener("visibilitychange", () => { if (pending && url && !document.hidden) look(); });
  if (pending) lookLater(LOOKS);
})();
