// Opens a model's form in a sheet beside the list. The link leads to the same form as a page, which is what happens
// without a script, with a modifier key, or when the sheet cannot be fetched.
(() => {
  const sheet = document.getElementById("sheet");

  const part = async (url, options = {}) => {
    const answer = await fetch(url, { ...options, headers: { "X-Part": "sheet", Accept: "text/html" } });
    const go = answer.headers.get("X-Go");
    if (go) { location.assign(go); return null; }
    return answer.status === 200 || answer.status === 422 ? answer.text() : Promise.reject(answer.status);
  };

  const fill = (html) => {
    sheet.innerHTML = html;
    const fault = sheet.querySelector("[data-focus]");
    (fault || sheet.querySelector(".sheet-body")).focus();
  };

  const open = async (link) => {
    try {
      const html = await part(link.href);
      sheet.showModal();
      fill(html);
    } catch {
      location.assign(link.href);
    }
  };

  // Others may hold it back: what is not saved is asked about first.
  const leave = () => {
    if (sheet.dispatchEvent(new Event("leave", { bubbles: true, cancelable: true }))) sheet.close();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sheet]");
    if (link && sheet && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      open(link);
      return;
    }
    if (event.target.closest("[data-close]")) leave();
    const tab = event.target.closest(".sheet .tabs a");
    if (tab) {
      event.preventDefault();
      sheet.querySelector(tab.getAttribute("href")).scrollIntoView({ block: "start" });
      for (const other of sheet.querySelectorAll(".tabs a")) other.toggleAttribute("aria-current", other === tab);
      tab.setAttribute("aria-current", "true");
    }
    const clear = event.target.closest("[data-clear]");
    if (clear) {
      const field = document.getElementById(clear.dataset.clear);
      field.value = "";
      clear.closest(".caption").textContent = clear.dataset.blank;
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // A press beside the sheet closes it, and so does Escape.
  sheet?.addEventListener("click", (event) => { if (event.target === sheet) leave(); });
  sheet?.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });

  sheet?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector(".btn-primary");
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const html = await part(form.action, { method: "POST", body: new FormData(form) });
      if (html) fill(html);
    } catch {
      form.submit();
    } finally {
      button.removeAttribute("aria-busy");
    }
  });

  // What is sent to the provider follows what is typed; the server makes it, by the code that chats use.
  let waiting;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form");
    const shown = form?.querySelector("[data-preview]");
    if (!shown) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const answer = await fetch(shown.dataset.preview, { method: "POST", body: new FormData(form) });
      if (answer.ok) shown.textContent = await answer.text();
    }, 250);
  });
})();
