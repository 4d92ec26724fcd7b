// While a model ID is typed, what the portal knows of that model stands below: it asks itself, never a provider.
(() => {
  const place = document.querySelector("[data-known]");
  const form = place?.closest("form");
  if (!form) return;
  const { provider, wire_name: name } = form.elements;
  let asked = 0;
  let waiting;

  const look = async () => {
    const mine = ++asked;
    const url = new URL(place.dataset.known, location.href);
    url.searchParams.set("provider", provider.value);
    url.searchParams.set("wire_name", name.value.trim());
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok && mine === asked) {
      const html = await answer.text();
      if (mine === asked) place.innerHTML = html; // drawn by the server
    }
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(look, 250); };
  name.addEventListener("input", soon);
  provider.addEventListener("change", soon);
})();
