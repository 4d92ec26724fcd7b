// Looks for an Ollama on the server's machine once the page is there, and says in its door what it found.
(() => {
  const door = document.querySelector("[data-ollama]");
  const form = door?.querySelector("form[data-find]");
  if (!form) return;
  fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Part": "ollama", Accept: "text/html" } })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((html) => { door.innerHTML = html; })
    .catch(() => { /* The button stays, to look by hand. */ });
})();
