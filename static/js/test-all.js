// "Test all" asks the providers of this page one after the other and renews each row as its answer comes.
(() => {
  const button = document.querySelector("[data-test-all]");
  if (!button) return;
  const renew = async (row) => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href, { headers: { Accept: "text/html" } })).text(), "text/html");
    const fresh = page.getElementById(row.id);
    if (fresh) row.replaceWith(fresh);
    const tabs = page.querySelector("nav.tabs");
    if (tabs) document.querySelector("nav.tabs")?.replaceWith(tabs);
    return fresh;
  };

  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    const words = button.textContent;
    const rows = [...document.querySelectorAll("tr[data-test]")];
    button.setAttribute("aria-busy", "true");
    let failed = 0;
    for (const [place, row] of rows.entries()) {
      button.textContent = `Testing ${place + 1} of ${rows.length}…`;
      row.setAttribute("aria-busy", "true");
      try {
        const body = new URLSearchParams({ csrf_token: button.dataset.token });
        const answer = await fetch(row.dataset.test, { method: "POST", body, headers: { Accept: "text/html" } });
        const fresh = answer.ok ? await renew(row) : null;
        if (!fresh?.querySelector(".status-good")) failed += 1;
      } catch {
        failed += 1;
      }
      row.removeAttribute("aria-busy");
    }
    button.removeAttribute("aria-busy");
    button.textContent = words;
    const told = failed ? `${rows.length} tested, ${failed} without a good answer.` : `${rows.length} tested, all answer.`;
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: told, kind: failed ? "attention" : "good" } }));
    button.focus();
  });
})();
