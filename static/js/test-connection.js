// A button with data-live sends its form in place and takes from the answer the parts that this page has too: the very
// page that comes without a script. Nothing typed is lost: keys are put back, focus stays where it was.
(() => {
  const say = (words) => {
    const place = document.querySelector("[data-say]");
    if (place) place.textContent = words;
  };

  // What each deed answers: a test leaves the ticked models alone, a discovery the last test; a look at what was pasted
  // only takes it apart. Another type of provider, by a button or by its card, answers all.
  const ANSWERS = {
    test: { parts: ["faults", "access", "result", "save", "detail"], stops: ["c-access", "c-test"] },
    discover: { parts: ["faults", "access", "models"], stops: ["c-models"] },
    look: { parts: ["access"], stops: ["c-access"] },
    // What is refused costs neither the key nor the test that was passed with it.
    save: { parts: ["faults", "access"], stops: ["c-access"] },
    switch: { parts: ["faults", "access", "result", "models", "save"], stops: ["c-access", "c-test", "c-models"] },
    choose: { parts: ["faults", "access", "result", "models", "save"], stops: ["c-access", "c-test", "c-models"] },
  };
  const SECRETS = "input[type=password], textarea[data-secret], [data-header-row] input[name$='-value']";
  const KEY_FILE = /^\s*\{[^]*"private_key"/;

  // Keys are never sent back: what stood in their fields is put there again, a key file where such files go.
  const secretsOf = (form) => [...form.querySelectorAll(SECRETS)].map((field) => [field.id, field.value]);
  const putBack = (secrets) => {
    for (const [id, value] of secrets) {
      const wide = KEY_FILE.test(value) && document.querySelector("textarea[data-secret]");
      const field = wide || document.getElementById(id);
      if (field && value) field.value = value;
    }
  };

  // What was typed while the answer was on its way stays as it is.
  const typedSince = (form, sent) =>
    [...form.elements].filter((field) => field.id && field.type === "text" || field.type === "url")
      .filter((field) => sent.has(field.name) && field.value !== sent.get(field.name))
      .map((field) => [field.id, field.value]);

  const swap = (page, deed) => {
    const focused = document.activeElement?.id;
    for (const part of document.querySelectorAll("[data-part]")) {
      const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!part.isConnected || !fresh || !ANSWERS[deed].parts.includes(part.dataset.part)) continue;
      const opened = part.querySelector("details.more-fields")?.open;
      part.replaceWith(fresh);
      if (opened) fresh.querySelector("details.more-fields")?.setAttribute("open", "");
    }
    for (const stop of ANSWERS[deed].stops) {
      const fresh = page.querySelector(`[aria-labelledby="${stop}"] .stop-node`);
      if (fresh) document.querySelector(`[aria-labelledby="${stop}"] .stop-node`)?.replaceWith(fresh);
    }
    if (deed === "test") {
      for (const button of document.querySelectorAll("#test-button, #save-button")) {
        const fresh = page.getElementById(button.id);
        if (fresh) button.className = fresh.className;
      }
    }
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("parts"));
  };

  const fail = (words) => {
    const place = document.querySelector("[data-part=result]");
    const notice = document.createElement("div");
    notice.className = "notice notice-bad";
    const mark = document.createElement("span");
    mark.className = "mark mark-bad";
    mark.setAttribute("aria-hidden", "true");
    const text = document.createElement("div");
    text.textContent = words;
    notice.append(mark, text);
    place?.replaceChildren(notice);
    say(words);
  };

  // What was typed into the fields of one type waits, in this page alone, until its fields are shown again.
  const earlier = new Map();
  const typedIn = (form) =>
    [...form.elements].filter((field) => field.id && field.value && (field.matches("textarea") || /text|url|password/.test(field.type)))
      .map((field) => [field.id, field.value]);
  const bringBack = (shown) => {
    for (const [id, value] of earlier) {
      const field = document.getElementById(id);
      if (field && !shown.has(id) && !field.value) field.value = value;
    }
  };

  // How often another type was chosen: what was asked for the type before is not shown in its form.
  let types = 0;

  const send = async (button) => {
    const form = button.form;
    const deed = button.dataset.live;
    const another = deed === "switch" || deed === "choose";
    const turn = another ? ++types : types;
    const body = new FormData(form, button);
    const secrets = secretsOf(form);
    const quiet = deed === "look" || deed === "choose";
    const broken = (said) => {
      if (turn !== types) return;
      if (deed !== "look") fail(said);
      if (another) document.dispatchEvent(new CustomEvent("switched"));
    };
    const words = button.innerHTML;
    const spinner = document.createElement("span");
    spinner.className = "spinner";
    spinner.setAttribute("aria-hidden", "true");
    button.setAttribute("aria-busy", "true");
    button.replaceChildren(spinner, button.dataset.busy);
    const waiting = document.querySelector(`template[data-waiting="${deed}"]`);
    const place = document.querySelector("[data-part=result]");
    if (waiting && place) place.replaceChildren(waiting.content.cloneNode(true));
    if (!quiet) say(button.dataset.busy);
    try {
      const url = button.hasAttribute("formaction") ? button.formAction : form.action;
      const post = () => fetch(url, { method: "POST", body, headers: { Accept: "text/html", "X-Live": deed } });
      let answer = await post();
      if (answer.headers.get("X-Form") === "given-back") {
        // Signed in anew, in another tab: this page goes on with a token of that session.
        const given = new DOMParser().parseFromString(await answer.text(), "text/html");
        const token = given.querySelector("input[name=csrf_token]").value;
        for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
        body.set("csrf_token", token);
        answer = await post();
      }
      if (answer.status === 401) {
        broken("You are signed out. Sign in in another tab, then do it again: what you typed stays here.");
        return;
      }
      const go = answer.headers.get("X-Go");
      if (go) {
        location.assign(go);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== types) return;
      if (!page.querySelector("[data-part]")) {
        const head = page.querySelector("h1")?.textContent ?? "The portal did not understand this.";
        broken(`${head} ${page.querySelector("main p")?.textContent ?? ""}`.trim());
        return;
      }
      const newer = quiet ? typedSince(form, body) : [];
      const latest = quiet ? secretsOf(form) : secrets;
      const shown = new Set([...form.elements].map((field) => field.id));
      if (another) typedIn(form).forEach(([id, value]) => earlier.set(id, value));
      swap(page, deed);
      if (another) bringBack(shown);
      if (another) document.dispatchEvent(new CustomEvent("switched", { detail: page }));
      putBack(latest);
      for (const [id, value] of newer) {
        const field = document.getElementById(id);
        if (field) field.value = value;
      }
      if (quiet) {
        const told = [...document.querySelectorAll(".field-notice, .field-error, .switch-type")];
        if (told.length) say(told.map((place) => place.textContent.trim()).join(" "));
        return;
      }
      const summary = deed === "save" ? document.querySelector("[data-part=faults] [data-focus]") : null;
      const fault = summary ?? document.querySelector("[data-part=access] [aria-invalid=true]");
      const said = document.querySelector(deed === "discover" ? "[data-part=models]" : "[data-part=result]");
      if (fault) fault.focus();
      else said?.querySelector(".result, .notice, .model-ticks")?.scrollIntoView({ block: "nearest" });
      const sentence = said?.querySelector(".result h3, .notice, p")?.textContent;
      const hint = said?.querySelector(".result-body > p")?.textContent ?? "";
      say(summary ? summary.textContent.trim() : fault ? "Check the marked field." : `${sentence ?? "Done."} ${hint}`);
    } catch {
      broken("The portal did not answer. Look at your connection, then try again.");
    } finally {
      button.removeAttribute("aria-busy");
      button.innerHTML = words;
    }
  };

  document.addEventListener("submit", (event) => {
    // Enter in a field presses the form's first button, which stands for the one that is seen.
    const button = document.getElementById(event.submitter?.dataset.standsFor) ?? event.submitter;
    if (!button?.dataset.live) return;
    event.preventDefault();
    // Of cards that are chosen quickly, as with the arrow keys, the last one counts.
    if (button.getAttribute("aria-busy") !== "true" || button.dataset.live === "choose") send(button);
  }, true);

  // What was saved a moment ago is tested without being asked to.
  document.querySelector("[data-press-now]")?.click();
})();
