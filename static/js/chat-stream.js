// Sends a form and reads its answer as server-sent events: fetch gives what EventSource cannot, a POST.
// Says "frame" with {name, data} for each event; resolves at the end, and rejects with a sentence for people.
window.portalStream = (() => {
  const OFFLINE = "The portal cannot be reached. Your message stays here; send it again when the connection is back.";
  const SIGNED_OUT = "You are signed out. Sign in in another tab, then send again: your message stays here.";
  const ANOTHERS = "This page belongs to another sign-in. Copy your message, load the page again, and send it from there.";

  // Whoever signed in anew, in another tab, sends from here with a token of that session.
  const renew = (form, token) => {
    form.set("csrf_token", token);
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
  };

  const refusal = (response, problem) => {
    if (response.status === 401 || response.redirected) return SIGNED_OUT;
    if (problem?.code === "stale_form") return ANOTHERS;
    if (problem?.faults) return Object.values(problem.faults).join(" ");
    return problem?.detail || OFFLINE;
  };

  const parse = (block) => {
    let name = "message";
    const data = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event: ")) name = line.slice(7);
      else if (line.startsWith("data: ")) data.push(line.slice(6));
    }
    return data.length ? { name, data: JSON.parse(data.join("\n")) } : null;
  };

  const ask = async (url, form) => {
    try {
      return await fetch(url, {
        method: "POST",
        body: form,
        headers: { Accept: "text/event-stream, application/json;q=0.5" },
        credentials: "same-origin",
      });
    } catch {
      throw new Error(OFFLINE);
    }
  };
  const streams = (response) => response.ok && (response.headers.get("Content-Type") || "").startsWith("text/event-stream");
  const problemOf = (response) => response.json().catch(() => null);

  return async (url, form, onFrame) => {
    let response = await ask(url, form);
    let problem = streams(response) ? null : await problemOf(response);
    if (problem?.csrf_token) {
      renew(form, problem.csrf_token);
      response = await ask(url, form);
      problem = streams(response) ? null : await problemOf(response);
    }
    if (!streams(response)) throw new Error(refusal(response, problem));

    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let waiting = "";
    for (;;) {
      // A connection that breaks here is no refusal: the message is kept, and the page follows what becomes of it.
      const { value, done } = await reader.read().catch(() => ({ done: true }));
      if (done) return;
      waiting += value;
      for (let end = waiting.indexOf("\n\n"); end >= 0; end = waiting.indexOf("\n\n")) {
        const found = parse(waiting.slice(0, end));
        waiting = waiting.slice(end + 2);
        if (found) onFrame(found);
      }
    }
  };
})();
