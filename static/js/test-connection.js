// A button with data-live sends its form in place and takes from the answer the parts that this page has too: the very
// page that comes without a script. Nothing typed is lost: keys are put back, focus stays where it was.
(() => {
  const say = (words) => {
    const place = document.querySelector("[data-say]");
    if (place) place.textContent = words;
  };

  // What each deed answers: a test leaves the ticked models alone, a discovery the last test.
  const ANSWERS = {
    test: { parts: ["faults", "access", "result", "save", "story"], stops: ["c-access", "c-test"] },
    discover: { parts: ["faults", "access", "models"], stops: ["c-models"] },
  };

  const swap = (page, deed) => {
    const focused = document.activeElement?.id;
    for (const part of document.querySelectorAll("[data-part]")) {
      const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (part.isConnected && fresh && ANSWERS[deed].parts.includes(part.dataset.part)) part.replaceWith(fresh);
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

  const send = async (button) => {
    const form = button.form;
    const body = new FormData(form, button);
    const secrets = [...form.querySelectorAll("input[type=password]")].map((field) => [field.id, field.value]);
    const words = button.innerHTML;
    const spinner = document.createElement("span");
    spinner.className = "spinner";
    spinner.setAttribute("aria-hidden", "true");
    button.setAttribute("aria-busy", "true");
    button.replaceChildren(spinner, button.dataset.busy);
    const waiting = document.querySelector(`template[data-waiting="${button.dataset.live}"]`);
    const place = document.querySelector("[data-part=result]");
    if (waiting && place) place.replaceChildren(waiting.content.cloneNode(true));
    say(button.dataset.busy);
    try {
      const answer = await fetch(button.hasAttribute("formaction") ? button.formAction : form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("[data-part]")) {
        const head = page.querySelector("h1")?.textContent ?? "The portal did not understand this.";
        fail(`${head} ${page.querySelector("main p")?.textContent ?? ""}`.trim());
        return;
      }
      swap(page, button.dataset.live);
      for (const [id, value] of secrets) {
        const field = document.getElementById(id);
        if (field && value) field.value = value;
      }
      const fault = document.querySelector("[data-part=access] [aria-invalid=true]");
      const said = document.querySelector(button.dataset.live === "discover" ? "[data-part=models]" : "[data-part=result]");
      if (fault) fault.focus();
      else said?.querySelector(".result, .notice, .model-ticks")?.scrollIntoView({ block: "nearest" });
      const sentence = said?.querySelector(".result h3, .notice, p")?.textContent;
      const hint = said?.querySelector(".result-body > p")?.textContent ?? "";
      say(fault ? "A field needs you." : `${sentence ?? "Done."} ${hint}`);
    } catch {
      fail("The portal did not answer. Look at your connection, then try again.");
    } finally {
      button.removeAttribute("aria-busy");
      button.innerHTML = words;
    }
  };

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.live) return;
    event.preventDefault();
    if (button.getAttribute("aria-busy") !== "true") send(button);
  }, true);
})();
