// A provider's fields help while they are filled in: an address follows its region, and what is pasted is taken apart.
(() => {
  const form = document.querySelector("form.rail");
  if (!form) return;

  // The address that a region makes, by the same patterns as the server's.
  const derive = (address, value) => {
    const text = value.trim().toLowerCase();
    if (!text) return address.dataset.derivedBlank;
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return "";
    const fits = (glob) => new RegExp(`^${glob.replace(/[?]/g, ".").replace(/[*]/g, ".*")}$`).test(text);
    const found = JSON.parse(address.dataset.derived).find(([glob]) => fits(glob));
    return found ? found[1].replace("{}", text) : "";
  };
  // An address of the same shape gives way; one that a person typed stays.
  const follows = (address) => {
    const own = JSON.parse(address.dataset.derived).map(([, url]) => url);
    const shapes = own.map((url) => new RegExp(`^${url.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace("{}", "[a-z0-9-]+")}$`));
    return [address.dataset.derivedBlank, ""].includes(address.value) || shapes.some((shape) => shape.test(address.value));
  };
  form.addEventListener("input", (event) => {
    const address = form.querySelector("[data-derived-from]");
    if (address && event.target.name === address.dataset.derivedFrom && follows(address)) {
      address.value = derive(address, event.target.value);
    }
  });

  // A name is looked over when its field is left: what is wrong with it is said before a key is typed and tested. No
  // secret is sent for that, and only this field is drawn again.
  form.addEventListener("change", async ({ target }) => {
    if (!target.matches("[data-look]")) return;
    const body = new FormData(form);
    for (const secret of form.querySelectorAll("input[type=password], textarea[data-secret]")) body.delete(secret.name);
    const sent = target.value;
    try {
      const { formAction } = document.getElementById("look-button");
      const answer = await fetch(formAction, { method: "POST", body, headers: { Accept: "text/html", "X-Live": "look" } });
      if (answer.headers.get("X-Form") === "given-back") return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(target.id)?.closest(".field");
      if (!fresh || !target.isConnected || target.value !== sent || document.activeElement === target) return;
      target.closest(".field").replaceWith(fresh);
      const place = document.querySelector("[data-say]");
      const fault = fresh.querySelector(".field-error");
      if (fault && place) place.textContent = fault.textContent.trim();
    } catch {
      // Saving says it.
    }
  });

  // A key file goes where keys go, whatever field it was pasted into: nothing else shows it again.
  const KEY_FILE = /^\s*\{[^]*"private_key"/;
  const look = () => setTimeout(() => {
    const button = document.getElementById("look-button");
    if (button && button.getAttribute("aria-busy") !== "true") form.requestSubmit(button);
  });
  form.addEventListener("paste", (event) => {
    const field = event.target;
    if (!field.closest?.("[data-part=access]")) return;
    const text = event.clipboardData?.getData("text") ?? "";
    if (KEY_FILE.test(text)) {
      const place = form.querySelector("textarea[data-secret]") ?? form.querySelector("input[type=password]");
      if (place && place !== field) {
        event.preventDefault();
        const kind = place.closest(".key-kind")?.querySelector("input[type=radio]");
        if (kind) kind.checked = true;
        place.value = text;
        place.focus();
      }
    }
    look();
  });
})();
