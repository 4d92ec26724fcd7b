// The chat with a script: answers appear while they arrive, Stop stops them, nothing typed is lost.
// Every form here also works without it; this file only changes when what it brings is seen.
(() => {
  const composer = document.querySelector("[data-composer]");
  if (!composer) return;
  const turns = document.querySelector("[data-turns]");
  const status = document.querySelector("[data-status]");
  const message = composer.querySelector("[data-message]");
  const sendButton = composer.querySelector("[data-send]");
  const stopButton = composer.querySelector("[data-stop-button]");
  const model = composer.querySelector("[data-model]");
  const touches = matchMedia("(pointer: coarse)").matches;
  const REMEMBERED = "chat-model";

  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const built = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html; // drawn and sanitised by the server
    return template.content;
  };
  const say = (words) => { status.textContent = words; };
  const complain = (form, words) => {
    const told = form.querySelector("[data-fault]") ? form : composer;
    const place = told.querySelector("[data-fault]");
    const field = told.querySelector("[data-message]");
    place.textContent = words;
    place.hidden = !words;
    if (words) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };

  // One answer at a time: while it runs, Stop stands where Send stood.
  let stopUrl = null;
  let sending = false;
  let chatModel = model?.value;
  const running = (url) => {
    stopUrl = url;
    // The button one pressed goes away: what takes the focus must not raise a phone's keyboard.
    const pressed = [sendButton, stopButton].includes(document.activeElement);
    sendButton.hidden = Boolean(url);
    stopButton.hidden = !url;
    document.dispatchEvent(new CustomEvent("chat:running", { detail: Boolean(url) }));
    stopButton.removeAttribute("aria-disabled");
    if (pressed) (touches ? (url ? stopButton : sendButton) : message).focus();
    for (const button of turns.querySelectorAll("[data-again] button, [data-edit-form] button, [data-pick] button")) {
      button.disabled = Boolean(url) || button.dataset.waits === "true";
    }
  };
  const stop = async () => {
    if (!stopUrl) return;
    stopButton.setAttribute("aria-disabled", "true");
    say("Stopping.");
    const form = new FormData();
    form.set("csrf_token", composer.elements.csrf_token.value);
    await fetch(stopUrl, { method: "POST", body: form, headers: { Accept: "application/json" } }).catch(() => null);
  };

  const arrived = (article) => {
    document.dispatchEvent(new CustomEvent("chat:drawn", { detail: article }));
    waitForButtons(article);
  };
  const announce = (article, state) => {
    // Earlier attempts and thoughts are folded away inside, and are not what is answered now.
    const root = article?.querySelector(":scope > [data-run] > .inside") || article;
    const answer = root?.querySelector(":is(:scope, :scope > .rivals > .rival:last-child) > .prose")?.cloneNode(true);
    for (const letters of answer?.querySelectorAll(".tex") || []) letters.remove(); // the formula itself is read out
    const words = answer?.textContent.trim() || root?.querySelector(":scope > :is(.fallback, .turn-note)")?.innerText;
    say(`${state === "stopped" ? "Stopped. " : ""}${(words || "There is no answer.").slice(0, 600)}`);
  };
  const replace = (turn, html) => {
    const old = document.getElementById(`answer-${turn}`);
    const hadFocus = old?.contains(document.activeElement);
    old?.replaceWith(built(html));
    const article = document.getElementById(`answer-${turn}`);
    if (article) arrived(article);
    if (hadFocus) message.focus();
    return article;
  };

  const showUse = (html) => {
    const place = document.querySelector("[data-context-use]");
    if (place && html) place.replaceChildren(built(html));
  };

  // An answer that this page does not stream itself: it came back to it, or the connection broke.
  const follow = async (turn) => {
    const article = document.getElementById(`answer-${turn}`);
    const url = article?.dataset.running;
    if (!url) { running(null); return; }
    running(article.dataset.stop);
    for (let pause = 500; ; pause = Math.min(pause * 1.2, 3000)) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const response = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
      if (response && (response.status === 404 || response.status === 401)) { running(null); return; }
      const attempt = response?.ok ? await response.json() : null;
      if (!attempt) continue;
      const drawn = replace(turn, attempt.html);
      if (!attempt.running) {
        showUse(attempt.use);
        running(null);
        announce(drawn, attempt.state);
        document.dispatchEvent(new CustomEvent("chat:ended", { detail: attempt.state }));
        document.dispatchEvent(new CustomEvent("chat:follows", { detail: attempt.asides }));
        return;
      }
    }
  };

  // Sends a form and shows what comes of it. `place(fragment, data)` puts the new turn where it belongs.
  const converse = async (form, url, data, place) => {
    let turn = null;
    let ended = false;
    let state = "";
    if (sending) return;
    if (stopUrl) { complain(form, "An answer is still being written. Stop it first, or wait for it."); return; }
    sending = true;
    try {
      await portalStream(url, data, ({ name, data: told }) => {
        if (name === "begun") {
          turn = told.turn;
          complain(form, "");
          place(built(told.html), told);
          running(told.stop);
          say("The answer is being written.");
          const article = document.getElementById(`answer-${turn}`);
          if (article) arrived(article);
        } else if (name === "part") {
          const live = document.querySelector(`#answer-${CSS.escape(turn)} [data-live]`);
          if (!live) return;
          live.querySelector("[data-done]").append(built(told.done));
          live.querySelector("[data-open]").replaceChildren(built(told.open));
        } else if (name === "thinking") {
          const live = document.querySelector(`#answer-${CSS.escape(turn)} [data-live]`);
          live?.classList.add("is-thinking");
          document.dispatchEvent(new CustomEvent("chat:thought", { detail: { live, text: told.text, folds: told.folds } }));
          if (told.folds) live?.querySelectorAll("[data-done], [data-open]").forEach((part) => part.replaceChildren());
        } else if (name === "ended") {
          ended = !told.running;
          showUse(told.use);
          const article = replace(turn, told.html);
          if (ended) {
            announce(article, told.state);
            state = told.state;
          }
          if (told.follows) document.dispatchEvent(new CustomEvent("chat:follows", { detail: told.asides }));
        } else if (name === "room") {
          say("The older part of this chat is summarised first.");
        }
      });
    } catch (error) {
      complain(form, error.message);
      running(null);
      return;
    } finally {
      sending = false;
    }
    if (ended) {
      running(null);
      document.dispatchEvent(new CustomEvent("chat:ended", { detail: state }));
    } else if (turn) await follow(turn);
    else { complain(form, "The connection broke before the portal answered. Send it again: it counts once."); running(null); }
  };

  const isShownNow = (told) => {
    history.replaceState(null, "", told.url);
    document.title = `${told.title} · LLM Portal`;
    for (const place of document.querySelectorAll("[data-title]")) place.textContent = told.title;
    document.querySelector("[data-chat-menu]")?.removeAttribute("hidden");
    document.dispatchEvent(new CustomEvent("chat:begun", { detail: told }));
  };

  composer.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (event.submitter === stopButton) { await stop(); return; }
    if (!message.value.trim()) { complain(composer, "Write a message first."); message.focus(); return; }
    // What nobody touched is no choice, to be remembered as little as to be stored.
    if (model && model.value !== composer.elements.shown_model.value) { try { localStorage.setItem(REMEMBERED, model.value); } catch { /* a private window */ } }
    const data = new FormData(composer);
    if (event.submitter?.name) data.set(event.submitter.name, event.submitter.value); // a subagent's button
    await converse(composer, composer.action, data, (fragment, told) => {
      const beginning = turns.querySelector(".beginning");
      if (beginning) {
        const heading = beginning.querySelector("h1"); // the page keeps its one heading: now the chat's title
        heading.className = "visually-hidden";
        heading.dataset.title = "";
        turns.closest("main").prepend(heading);
        beginning.remove();
      }
      turns.append(fragment);
      if (composer.elements.new) {
        composer.elements.new.remove();
        composer.querySelector("[data-system-prompt]")?.remove();
        composer.action = `${told.url}/turns`;
        message.placeholder = "Write a message";
        isShownNow(told);
      }
      composer.elements.parent.value = told.turn;
      composer.elements.client_id.value = newId();
      chatModel = model?.value;
      message.value = "";
      message.dispatchEvent(new Event("input", { bubbles: true }));
      turns.closest(".turns").scrollTop = 0;
    });
  });

  // An edit that is given up leaves the message as it was, and the focus where it came from.
  turns.addEventListener("click", (event) => {
    const details = event.target.closest("[data-edit-cancel]")?.closest("details");
    if (!details) return;
    details.querySelector("form").reset();
    details.open = false;
    details.querySelector("summary").focus();
  });

  turns.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches("[data-again]")) {
      event.preventDefault();
      const article = form.closest("[data-answer]");
      const data = new FormData(form);
      // Another model chosen below meanwhile is the one that is meant.
      if (model && !form.elements.model && model.value !== chatModel) data.set("model", model.value);
      await converse(form, form.action, data, (fragment, told) => {
        // What was asked stands already; only the answer's place is new.
        article.replaceWith(fragment.getElementById(`answer-${told.turn}`));
        document.getElementById(`answer-${told.turn}`).scrollIntoView({ block: "nearest" });
        message.focus();
      });
    } else if (form.matches("[data-edit-form]")) {
      event.preventDefault();
      const asked = form.closest("[data-turn]");
      const data = new FormData(form);
      if (model) {
        data.set("model", model.value);
        data.set("shown_model", composer.elements.shown_model.value);
        data.set("effort", composer.elements.effort.value);
      }
      await converse(form, form.action, data, (fragment, told) => {
        // What followed the earlier wording belongs to its branch.
        while (asked.nextElementSibling) asked.nextElementSibling.remove();
        asked.replaceWith(fragment);
        composer.elements.parent.value = told.turn;
        message.focus();
      });
    }
  });

  // "Trying again in 14 s": a provider that asked for a short pause gets it, and is asked once more by itself.
  const BY_ITSELF = 60;
  const TRIES = 3;
  const waitForButtons = (root) => {
    for (const button of root.querySelectorAll("[data-ready-at]")) {
      const words = button.textContent;
      const at = Date.parse(button.dataset.readyAt);
      const newest = button.closest("[data-answer]") === [...turns.querySelectorAll("[data-answer]")].at(-1);
      let itself = newest && at - Date.now() < BY_ITSELF * 1000 && Number(button.dataset.tries) < TRIES;
      if (itself) {
        const cancel = document.createElement("button");
        cancel.type = "button";
        cancel.className = "btn btn-plain btn-sm";
        cancel.textContent = "Do not";
        cancel.setAttribute("aria-label", "Do not try again by itself");
        cancel.addEventListener("click", () => { itself = false; cancel.remove(); button.focus(); tick(); });
        button.after(cancel);
      }
      const tick = () => {
        const left = Math.ceil((at - Date.now()) / 1000);
        button.dataset.waits = String(left > 0);
        button.disabled = left > 0 || Boolean(stopUrl);
        const span = left < 90 ? `${left} s` : left < 5400 ? `${Math.round(left / 60)} min` : `${Math.round(left / 3600)} h`;
        button.textContent = left > 0 ? `${itself ? "Trying again" : words} in ${span}` : words;
        if (!button.isConnected) return;
        if (left > 0) setTimeout(tick, 1000);
        else if (itself && !stopUrl && !sending) button.form.requestSubmit();
      };
      tick();
    }
  };

  // Whoever touches the selector chooses, be it what stood there before.
  const notice = document.querySelector("[data-model-notice]");
  model?.addEventListener("change", () => {
    composer.elements.shown_model.value = "";
    if (notice?.dataset.modelNotice) notice.hidden = model.value !== notice.dataset.modelNotice;
  });

  // The model used last, in this browser, unless the chat has its own.
  if (model && composer.hasAttribute("data-remembers")) {
    let remembered = null;
    try { remembered = localStorage.getItem(REMEMBERED); } catch { /* a private window */ }
    if (remembered && [...model.options].some((option) => option.value === remembered)) model.value = remembered;
    chatModel = model.value;
  }

  document.addEventListener("chat:stop", stop);
  waitForButtons(document);
  const unfinished = turns.querySelector("[data-running]");
  if (unfinished) follow(unfinished.dataset.answer);
})();
