// Models are put in order by dragging a row within its provider; the menu of a row does the same by keyboard.
(() => {
  const EDGE = 60;
  const STEP = 14;
  const say = (text, kind) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));
  const rowsOf = (body) => [...body.querySelectorAll(":scope > tr[data-model]")];

  const save = async (row, undo) => {
    const body = row.parentElement;
    const rows = rowsOf(body);
    const name = row.querySelector(".title").textContent;
    const form = new FormData();
    form.set("csrf_token", document.querySelector("input[name=csrf_token]").value);
    form.set("way", "place");
    form.set("before", rows[rows.indexOf(row) + 1]?.dataset.model ?? body.dataset.order);
    const url = `${location.pathname.replace(/\/$/, "")}/${row.dataset.model}/move`;
    const answer = await fetch(url, { method: "POST", body: form, headers: { "X-Part": "order" } }).catch(() => null);
    if (answer?.status === 204) {
      say(`${name} stands at place ${rows.indexOf(row) + 1} of the ${rows.length} shown of ${body.dataset.of}.`, "good");
    } else {
      undo();
      say(`${name} was not moved: ${answer ? "somebody changed these models meanwhile. Load the page again." : "the portal did not answer."}`, "attention");
    }
  };

  const start = (handle, event) => {
    const row = handle.closest("tr");
    const body = row.parentElement;
    const next = row.nextElementSibling;
    const undo = () => body.insertBefore(row, next);
    const end = new AbortController();
    const signal = end.signal;
    body.setPointerCapture(event.pointerId); // the row itself leaves the page for a moment whenever it moves
    row.classList.add("dragging");

    const finish = (keep) => {
      end.abort();
      row.classList.remove("dragging");
      if (!keep) undo();
      else if (row.nextElementSibling !== next) save(row, undo);
    };

    body.addEventListener("pointermove", (move) => {
      if (move.clientY < EDGE) window.scrollBy(0, -STEP);
      if (move.clientY > window.innerHeight - EDGE) window.scrollBy(0, STEP);
      for (const other of rowsOf(body)) {
        if (other === row) continue;
        const box = other.getBoundingClientRect();
        if (move.clientY < box.top || move.clientY > box.bottom) continue;
        const above = move.clientY < box.top + box.height / 2;
        const place = above ? other : other.nextElementSibling;
        if (place !== row && place !== row.nextElementSibling) body.insertBefore(row, place);
      }
    }, { signal });
    body.addEventListener("pointerup", () => finish(true), { signal });
    body.addEventListener("pointercancel", () => finish(false), { signal });
    document.addEventListener("keydown", (key) => { if (key.key === "Escape") finish(false); }, { signal });
  };

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-drag]");
    if (!handle?.closest("tbody[data-order]") || event.button !== 0) return;
    event.preventDefault();
    start(handle, event);
  });
})();
