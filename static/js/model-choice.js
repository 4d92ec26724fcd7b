// The list below a field that names a model follows what is typed: the portal looks among thousands, and sends fifty.
// Without a script the field still takes provider:model, and the list holds the first fifty.
(() => {
  const PAUSE = 150;
  for (const field of document.querySelectorAll("[data-models]")) {
    const list = field.list;
    if (!list) continue;
    let timer;
    let asked = 0;

    const look = async () => {
      const mine = ++asked;
      const url = new URL(field.dataset.models, location.href);
      url.searchParams.set("q", field.value.trim());
      const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
      const found = response?.ok ? await response.json().catch(() => null) : null;
      if (!found || mine !== asked) return; // a later question has a later answer
      list.replaceChildren(
        ...found.models.map((model) => {
          const option = document.createElement("option");
          option.value = model.value;
          option.textContent = model.note ? `${model.label} (${model.note})` : model.label;
          return option;
        }),
      );
    };

    field.addEventListener("input", () => {
      clearTimeout(timer);
      if (![...list.options].some((option) => option.value === field.value)) timer = setTimeout(look, PAUSE);
    });
  }
})();
