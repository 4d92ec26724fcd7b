// The list of chats: a menu at each entry, renaming in place, and a chat that was just begun.
// Without a script each entry's menu is a link to the page where the same can be done.
(() => {
  const section = document.getElementById("talks");
  const composer = document.querySelector("[data-composer]");
  if (!section || !composer) return;
  const list = () => section.querySelector("[data-talks]");
  const template = section.querySelector("[data-talk-menu]");
  const shown = () => section.querySelector("[aria-current]")?.closest("[data-talk]")?.dataset.talk || "";

  const post = (url, fields) => {
    const form = new FormData();
    form.set("csrf_token", composer.elements.csrf_token.value);
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    return fetch(url, { method: "POST", body: form, headers: { Accept: "application/json" } }).catch(() => null);
  };
  const toast = (text, kind = "good") => document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));
  const told = async (response) => {
    const answer = await response?.json().catch(() => null);
    if (response?.ok) return answer;
    toast(answer?.faults?.title || answer?.detail || "The portal cannot be reached. Nothing was changed.", "attention");
    return null;
  };

  // The list is drawn by the server, so that every entry stands where the next page shows it.
  const redraw = async (chat = shown()) => {
    const response = await fetch(`${list().dataset.talks}?${list().dataset.query}&chat=${chat}`).catch(() => null);
    if (!response?.ok || response.redirected) return;
    const drawn = document.createElement("template");
    drawn.innerHTML = await response.text();
    list().replaceWith(drawn.content);
  };

  const entry = (id) => section.querySelector(`[data-talk="${CSS.escape(id)}"]`);
  const base = (item) => new URL(item.querySelector("a").href).pathname;

  const rename = (item) => {
    const link = item.querySelector("a");
    const field = document.createElement("input");
    field.className = "form-control talk-name";
    field.value = item.querySelector(".talk-title").textContent;
    field.maxLength = 200;
    field.setAttribute("aria-label", "Name of this chat");
    item.classList.add("is-renamed");
    item.prepend(field);
    field.focus();
    field.select();
    let over = false;
    const end = (title) => {
      over = true;
      item.classList.remove("is-renamed");
      field.remove();
      if (title) {
        item.querySelector(".talk-title").textContent = title;
        link.title = title;
        item.querySelector("[data-talk-more]").setAttribute("aria-label", `More for “${title}”`);
        if (item.dataset.talk === shown()) {
          document.title = `${title} · LLM Portal`;
          for (const place of document.querySelectorAll("[data-title]")) place.textContent = title;
        }
      }
      link.focus();
    };
    const save = async () => {
      if (over) return;
      const answer = await told(await post(`${base(item)}/title`, { title: field.value }));
      if (answer) end(answer.title);
      else field.focus();
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") { event.preventDefault(); save(); }
      if (event.key === "Escape") { event.preventDefault(); end(""); }
    });
    field.addEventListener("blur", () => { if (!over && field.value.trim() === link.title) end(""); });
  };

  const move = async (item, shelf) => {
    const before = item.dataset.shelf;
    const url = `${base(item)}/shelf`;
    const answer = await told(await post(url, { shelf, before }));
    if (!answer) return;
    if (shelf !== "deleted") {
      toast(answer.said);
      const id = item.dataset.talk;
      await redraw();
      (entry(id)?.querySelector("a") || list()).focus();
      return;
    }
    // What was deleted says so where it stood, with the way back.
    const wasShown = item.dataset.talk === shown();
    const gone = document.createElement("li");
    gone.className = "talk-gone meta";
    gone.setAttribute("role", "status");
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "btn btn-quiet btn-sm";
    undo.textContent = "Undo";
    undo.addEventListener("click", async () => {
      if (!(await told(await post(url, { shelf: before })))) return;
      const id = item.dataset.talk;
      if (wasShown) composer.querySelector("[data-send]").disabled = false;
      await redraw(wasShown ? id : shown());
      (entry(id)?.querySelector("a") || list()).focus();
    });
    gone.append(answer.said, undo);
    item.replaceWith(gone);
    undo.focus();
    if (wasShown) composer.querySelector("[data-send]").disabled = true;
  };

  const act = (item, button) => {
    const wanted = button.dataset.act;
    if (wanted === "rename") rename(item);
    else move(item, wanted === item.dataset.shelf ? "open" : wanted);
  };

  const open = (more) => {
    const item = more.closest("[data-talk]");
    const menu = template.content.firstElementChild.cloneNode(true);
    const name = { pinned: ["Pin", "Take down the pin"], archived: ["Archive", "Bring back to the list"] };
    for (const [shelf, [there, back]] of Object.entries(name)) {
      menu.querySelector(`[data-act="${shelf}"]`).textContent = item.dataset.shelf === shelf ? back : there;
    }
    for (const kind of ["md", "json"]) menu.querySelector(`[data-act="${kind}"]`).href = `${base(item)}/export.${kind}`;
    more.after(menu);
    more.dataset.bsToggle = "dropdown";
    const dropdown = new bootstrap.Dropdown(more, { popperConfig: (usual) => ({ ...usual, strategy: "fixed" }) });
    more.addEventListener("hidden.bs.dropdown", () => {
      dropdown.dispose();
      menu.remove();
      more.removeAttribute("data-bs-toggle");
      more.removeAttribute("aria-expanded");
    }, { once: true });
    menu.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-act]");
      if (button) act(item, button);
    });
    dropdown.show();
    menu.querySelector("button").focus();
  };

  section.addEventListener("click", (event) => {
    const more = event.target.closest("[data-talk-more]");
    if (!more || more.dataset.bsToggle) return;
    event.preventDefault();
    event.stopPropagation();
    open(more);
  });
  section.addEventListener("keydown", (event) => {
    const more = event.target.closest("[data-talk-more]");
    if (more && event.key === " " && !more.dataset.bsToggle) { event.preventDefault(); open(more); }
  });

  document.addEventListener("chat:begun", (event) => redraw(event.detail.chat));
})();
