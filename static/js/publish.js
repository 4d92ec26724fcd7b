// Publishing many models goes in parts, so that the bar tells what is really done. Few, or without a script, go at once.
(() => {
  const PART = 40;
  const form = document.querySelector("form[data-ticks]");
  const place = form?.querySelector("[data-publishing]");
  if (!place) return;
  const bar = place.querySelector("progress");
  const words = place.querySelector("[data-publishing-words]");
  const button = form.querySelector("[data-publish]");
  const rowOf = (box) => box.closest("tr");

  const bodyOf = (boxes) => {
    const body = new FormData();
    for (const name of ["csrf_token", "provider"]) body.set(name, form.elements[name].value);
    for (const box of boxes) {
      body.append("pick", box.value);
      for (const field of rowOf(box).querySelectorAll("input:not([type=checkbox])")) body.append(field.name, field.value);
    }
    return body;
  };

  const show = (done, all) => {
    bar.max = all;
    bar.value = done;
    words.textContent = `${done} of ${all} published`;
  };

  // What was published is ticked no more: whatever goes wrong later, nobody publishes it twice.
  const settle = (boxes) => {
    for (const box of boxes) {
      box.checked = false;
      box.disabled = true;
      rowOf(box).classList.add("dim");
      const state = rowOf(box).querySelector("td");
      state.textContent = "published now";
    }
  };

  const stop = (done, all, sentence) => {
    const notice = document.createElement("div");
    notice.className = "notice notice-bad";
    notice.setAttribute("role", "alert");
    const mark = document.createElement("span");
    mark.className = "mark mark-bad";
    mark.setAttribute("aria-hidden", "true");
    const text = document.createElement("div");
    text.textContent = `${sentence} ${done ? `${done} of ${all} are published; the rest is still ticked.` : "Nothing is published."}`;
    notice.append(mark, text);
    place.before(notice);
    place.hidden = true;
    button.removeAttribute("aria-busy");
    form.dispatchEvent(new Event("change"));
  };

  form.addEventListener("submit", async (event) => {
    if (event.submitter !== button) return;
    const boxes = [...form.querySelectorAll("input[name=pick]:checked")];
    if (boxes.length <= PART) return;
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    place.previousElementSibling?.matches(".notice") && place.previousElementSibling.remove();
    place.hidden = false;
    place.scrollIntoView({ block: "nearest" });
    const all = boxes.length;
    show(0, all);
    for (let done = 0; done < all; done += PART) {
      const part = boxes.slice(done, done + PART);
      const body = bodyOf(part);
      body.set("done", done);
      if (done + PART >= all) body.set("last", "1");
      try {
        const answer = await fetch(button.formAction, { method: "POST", body, headers: { "X-Part": "batch", Accept: "text/html, application/json" } });
        if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          stop(done, all, page.querySelector("main .notice-bad, main p")?.textContent.trim() ?? "The portal refused this part.");
          return;
        }
        const told = await answer.json();
        settle(part);
        show(Math.min(done + PART, all), all);
        if (told.go) location.assign(told.go);
      } catch {
        stop(done, all, "The portal did not answer.");
        return;
      }
    }
  }, true);
})();
