// Connecting: a card brings its type's fields at once, with all that was typed, the search narrows the cards, ticks are counted.
(() => {
  const form = document.querySelector("form[data-connect]");
  if (!form) return;
  // What a type changes outside of the parts: the test's model and button, the words beside the stops, the card.
  const dress = (page) => {
    for (const id of ["test_model", "test-models"]) document.getElementById(id)?.replaceWith(page.getElementById(id));
    for (const stop of ["c-access", "c-test", "c-models"]) {
      const fresh = page.querySelector(`[aria-labelledby="${stop}"] .stop-head`);
      document.querySelector(`[aria-labelledby="${stop}"] .stop-head`)?.replaceWith(fresh);
    }
    document.getElementById("test-button").className = page.getElementById("test-button").className;
  };
  // Whether another type was brought or could not be: the card and the page's address say which one is shown.
  document.addEventListener("switched", (event) => {
    if (event.detail) dress(event.detail);
    const type = form.elements.shown_type.value;
    for (const card of form.querySelectorAll("input[name=type]")) {
      card.checked = card.value === type;
      if (card.checked && card.closest(".more-types")) card.closest(".more-types").open = true;
    }
    const address = new URL("connect", location.href);
    address.searchParams.set("type", type);
    history.replaceState(null, "", address);
  });
  let brought = false;
  const bring = () => {
    brought = true;
    form.requestSubmit(document.getElementById("type-button"));
  };
  form.addEventListener("change", (event) => {
    if (event.target.name === "type") bring();
  });
  // A card chosen before the scripts were there, or put back by the browser, brings its fields once all of them are.
  document.addEventListener("DOMContentLoaded", () => {
    const chosen = form.querySelector("input[name=type]:checked");
    if (!brought && chosen && chosen.value !== form.elements.shown_type.value) bring();
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
