// Connecting: a card brings its type's fields at once, the search narrows the cards, ticks are counted.
(() => {
  const form = document.querySelector("form[data-connect]");
  if (!form) return;
  // What was prefilled gives way to the next card's; what a person typed stays.
  let typed = new Set(form.dataset.typed === "yes" ? ["name", "label"] : []);
  form.addEventListener("input", (event) => typed.add(event.target.name));

  let latest = 0;
  const choose = async (type) => {
    const turn = ++latest;
    const kept = Object.fromEntries([...typed].filter((name) => ["name", "label"].includes(name)).map((name) => [name, form.elements[name]?.value ?? ""]));
    const address = new URL(location.pathname.replace(/\/(test|discover|look)$/, "/connect"), location.origin);
    address.searchParams.set("type", type);
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok || turn !== latest) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const name of ["faults", "access", "result", "models", "save"]) {
      const fresh = page.querySelector(`[data-part="${name}"]`);
      const old = document.querySelector(`[data-part="${name}"]`);
      if (fresh && old) old.replaceWith(fresh);
    }
    dress(page);
    for (const [name, value] of Object.entries(kept)) if (value && form.elements[name]) form.elements[name].value = value;
    typed = new Set(Object.keys(kept));
    history.replaceState(null, "", address);
    document.dispatchEvent(new CustomEvent("parts"));
  };
  // What a type changes outside of the parts: the test's model and button, the words beside the stops, the card.
  const dress = (page) => {
    for (const id of ["test_model", "test-models"]) document.getElementById(id)?.replaceWith(page.getElementById(id));
    for (const stop of ["c-access", "c-test", "c-models"]) {
      const fresh = page.querySelector(`[aria-labelledby="${stop}"] .stop-head`);
      document.querySelector(`[aria-labelledby="${stop}"] .stop-head`)?.replaceWith(fresh);
    }
    document.getElementById("test-button").className = page.getElementById("test-button").className;
  };
  document.addEventListener("switched", (event) => {
    dress(event.detail);
    const type = event.detail.querySelector("input[name=type]:checked")?.value;
    for (const card of form.querySelectorAll("input[name=type]")) {
      card.checked = card.value === type;
      if (card.checked && card.closest(".more-types")) card.closest(".more-types").open = true;
    }
    const address = new URL("connect", location.href);
    address.searchParams.set("type", type);
    history.replaceState(null, "", address);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "type") choose(event.target.value);
  });

  const search = document.getElementById("type-search");
  search?.addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = search.value.trim().toLowerCase();
    const more = form.querySelector(".more-types");
    if (wanted) more.open = true;
    more.classList.toggle("searched", wanted !== "");
    let found = 0;
    for (const card of form.querySelectorAll(".type")) {
      card.hidden = !card.textContent.toLowerCase().includes(wanted);
      found += card.hidden ? 0 : 1;
    }
    form.querySelector("[data-no-type]").hidden = found > 0;
  });
  search?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const first = form.querySelector(".type:not([hidden]) input");
    if (!first) return;
    first.focus();
    if (!first.checked) first.click();
  });

  const count = () => {
    const place = form.querySelector("[data-ticked]");
    const boxes = [...form.querySelectorAll("[data-ticks] input")];
    if (place) place.textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length} ticked`;
  };
  form.addEventListener("click", (event) => {
    const wish = event.target.closest("[data-tick]")?.dataset.tick;
    if (!wish) return;
    for (const box of form.querySelectorAll("[data-ticks] input")) {
      const seen = !box.closest("[hidden]") && !box.closest("details:not([open])");
      if (seen || wish === "none") box.checked = wish === "all";
    }
    count();
  });
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-tick-filter]")) return;
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of form.querySelectorAll("[data-ticks] .form-check")) {
      row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
      if (words.length && !row.hidden && row.closest("details")) row.closest("details").open = true;
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-tick-filter]")) event.preventDefault();
  });
  form.addEventListener("change", count);
  document.addEventListener("parts", count);
  count();
})();
