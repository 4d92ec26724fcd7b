// Another model beside an answer: the choice opens where one stands. Without a script the link leads to a page for it.
(() => {
  const turns = document.querySelector("[data-turns]");
  const composer = document.querySelector("[data-composer]");
  if (!turns || !composer) return;

  const open = (link) => {
    const article = link.closest("[data-answer]");
    const model = composer.querySelector("[data-model]");
    if (!model || article.querySelector("[data-beside-form]")) return;
    const form = document.createElement("form");
    form.method = "post";
    form.action = link.href.replace(/\/beside$/, "/attempts");
    form.className = "beside-form actions";
    form.dataset.again = "";
    form.dataset.besideForm = "";
    const hidden = (name, value) => {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    };
    hidden("csrf_token", composer.elements.csrf_token.value);
    hidden("beside", "yes");
    const select = document.createElement("select");
    select.className = "form-select";
    select.name = "model";
    select.setAttribute("aria-label", "Model to ask beside this answer");
    for (const child of model.children) select.append(child.cloneNode(true));
    const other = [...select.options].find((option) => option.value !== model.value);
    if (other) select.value = other.value;
    const ask = document.createElement("button");
    ask.className = "btn btn-quiet btn-sm";
    ask.textContent = "Ask beside";
    const cancel = document.createElement("button");
    cancel.type = "button";
    cancel.className = "btn btn-plain btn-sm";
    cancel.textContent = "Cancel";
    const close = () => { form.remove(); link.focus(); };
    cancel.addEventListener("click", close);
    form.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
    form.append(select, ask, cancel);
    article.querySelector(".turn-head").after(form);
    select.focus();
  };

  turns.addEventListener("click", (event) => {
    const link = event.target.closest("[data-beside]");
    if (!link || !composer.querySelector("[data-model]")) return;
    event.preventDefault();
    open(link);
  });

  // Picking one of two: the answer is drawn anew where it stands.
  turns.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-pick]")) return;
    event.preventDefault();
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } }).catch(() => null);
    const told = await response?.json().catch(() => null);
    if (!response?.ok || !told?.html) {
      const text = told?.detail || "The portal cannot be reached. Nothing was picked.";
      document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind: "attention" } }));
      return;
    }
    const template = document.createElement("template");
    template.innerHTML = told.html; // drawn and sanitised by the server
    const article = form.closest("[data-answer]");
    const id = article.id;
    article.replaceWith(template.content);
    const drawn = document.getElementById(id);
    document.dispatchEvent(new CustomEvent("chat:drawn", { detail: drawn }));
    drawn.tabIndex = -1;
    drawn.focus();
  });
})();
