// Files are taken in at once, by button, paste or drop, each with its progress; what cannot be sent is said before.
// Without this file they go with the message, from the field that it hides.
(() => {
  const composer = document.querySelector("[data-composer]");
  const list = composer?.querySelector("[data-attached]");
  if (!list) return;
  const message = composer.querySelector("[data-message]");
  const model = composer.querySelector("[data-model]");
  const button = composer.querySelector("[data-attach-button]");
  const input = composer.querySelector("[data-attach-input]");
  const fault = composer.querySelector("[data-attached-fault]");
  const status = document.querySelector("[data-status]");
  const area = document.querySelector("main.reading");
  const OFFLINE = "The portal cannot be reached. The file is not attached; try again when the connection is back.";
  const SIGNED_OUT = "You are signed out. Sign in in another tab, then attach the file again.";
  input.removeAttribute("name"); // what is taken in by then goes with the message, nothing else

  const chips = () => [...list.querySelectorAll("[data-attachment]")];
  const ids = () => chips().map((chip) => chip.dataset.attachment);
  const built = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html; // drawn by the server
    return template.content;
  };

  // Sentences about files that were refused stay until the next try; those about the model change with it.
  let refused = [];
  let misfits = [];
  const tell = () => {
    fault.textContent = [...refused, ...misfits].join(" ");
    fault.hidden = !fault.textContent;
  };

  // The draft keeps what is attached: in this tab, for this person, until it is sent.
  const place = () => `draft-files:${message.dataset.owner}:${location.pathname}`;
  let here = place();
  const keep = () => {
    try {
      if (here !== place()) sessionStorage.removeItem(here); // a new chat has become a chat
      here = place();
      if (ids().length) sessionStorage.setItem(here, JSON.stringify(ids()));
      else sessionStorage.removeItem(here);
    } catch { /* a private window keeps nothing */ }
  };

  const ask = async (wanted) => {
    const query = new URLSearchParams(wanted.map((id) => ["attachment", id]));
    if (list.dataset.chat) query.set("chat", list.dataset.chat);
    if (model?.value) query.set("model", model.value);
    const response = await fetch(`${list.dataset.waiting}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    return response?.ok ? response.json() : null;
  };
  let asked = 0;
  const check = async () => {
    const mine = ++asked;
    const told = ids().length ? await ask(ids()) : { faults: [] };
    if (mine !== asked || !told) return;
    misfits = told.faults;
    tell();
  };

  const problemOf = (request) => {
    try { return JSON.parse(request.responseText); } catch { return null; }
  };
  const sentence = (request, problem) => {
    if (request.status === 401) return SIGNED_OUT;
    if (problem?.faults) return Object.values(problem.faults).join(" ");
    return problem?.detail || OFFLINE;
  };

  // One file after the other: two at once would only wait for each other.
  let queue = Promise.resolve();
  let going = 0;
  const post = (file, bar) => new Promise((resolve) => {
    const form = new FormData();
    form.set("csrf_token", composer.elements.csrf_token.value);
    form.set("files", file, file.name || "image.png");
    const request = new XMLHttpRequest(); // fetch tells nobody how far it has come
    request.open("POST", list.dataset.attach);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.loaded < event.total) bar.value = event.loaded / event.total;
      else bar.removeAttribute("value"); // it has arrived, and is being read
    });
    request.addEventListener("loadend", () => resolve(request));
    request.send(form);
  });
  const take = async (file, chip) => {
    const bar = chip.querySelector("progress");
    let request = await post(file, bar);
    let problem = problemOf(request);
    if (problem?.csrf_token) {
      for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = problem.csrf_token;
      request = await post(file, bar);
      problem = problemOf(request);
    }
    going -= 1;
    if (request.status === 200) {
      chip.replaceWith(built(problem.html));
      status.textContent = `${file.name} is attached.`;
      keep();
      await check();
    } else {
      chip.remove();
      refused.push(`“${file.name}”: ${sentence(request, problem)}`);
      tell();
    }
  };
  const attach = (files) => {
    refused = [];
    tell();
    for (const file of files) {
      going += 1;
      const chip = document.createElement("li");
      chip.className = "attachment";
      const name = document.createElement("span");
      name.className = "attachment-name";
      name.textContent = file.name;
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", `Attaching ${file.name}`);
      chip.append(document.createElement("span"), name, bar);
      list.append(chip);
      queue = queue.then(() => take(file, chip));
    }
  };

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    attach([...input.files]);
    input.value = "";
  });
  message.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length || event.clipboardData.types.includes("text/plain")) return; // a table brings its picture along
    event.preventDefault();
    attach(files);
  });
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  area.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    area.classList.add("is-dropping");
  });
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(event.relatedTarget)) area.classList.remove("is-dropping");
  });
  area.addEventListener("drop", (event) => {
    area.classList.remove("is-dropping");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    attach([...event.dataTransfer.files]);
    message.focus();
  });

  list.addEventListener("click", async (event) => {
    const chip = event.target.closest("[data-detach-button]")?.closest("[data-attachment]");
    if (!chip) return;
    const others = chips();
    const next = others[others.indexOf(chip) + 1] || others[others.indexOf(chip) - 1];
    chip.remove();
    (next?.querySelector("[data-detach-button]") || button).focus();
    refused = [];
    keep();
    tell();
    const form = new FormData();
    form.set("csrf_token", composer.elements.csrf_token.value);
    await fetch(chip.dataset.detach, { method: "POST", body: form, headers: { Accept: "application/json" } }).catch(() => null);
    await check();
  });

  // What was sent leaves the composer: then its message has a new id, and is empty.
  let sent = null;
  composer.addEventListener("submit", (event) => {
    if (event.submitter?.matches("[data-stop-button]")) return;
    if (going) {
      event.preventDefault();
      event.stopImmediatePropagation();
      misfits = ["A file is still being attached. Send the message when it is there."];
      tell();
      return;
    }
    sent = { id: composer.elements.client_id.value, files: ids() };
  }, true);
  message.addEventListener("input", () => {
    if (!sent || message.value || composer.elements.client_id.value === sent.id) return;
    for (const chip of chips()) if (sent.files.includes(chip.dataset.attachment)) chip.remove();
    list.dataset.chat ||= composer.action.match(/chat\/([0-9a-f-]{36})\/turns/)?.[1] || "";
    sent = null;
    refused = [];
    misfits = [];
    tell();
    keep();
  });
  model?.addEventListener("change", check);

  const restore = async () => {
    let kept = [];
    try { kept = JSON.parse(sessionStorage.getItem(here) || "[]"); } catch { /* a private window keeps nothing */ }
    const told = kept.length && !ids().length ? await ask(kept) : null;
    if (!told) return;
    list.append(built(told.html));
    misfits = told.faults;
    tell();
    keep();
  };
  if (ids().length) keep();
  else restore();
})();
