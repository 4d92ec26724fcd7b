// Sends a form and reads its answer as server-sent events: fetch gives what EventSource cannot, a POST.
// Says "frame" with {name, data} for each event; resolves at the end, and rejects with a sentence for people.
window.portalStream = (() => {
  const OFFLINE = "The portal cannot be reached. Your message stays here; send it again when the connection is back.";
  const SIGNED_OUT = "You are signed out. Sign in in another tab, then send again: your message stays here.";

  const refusal = async (response) => {
    if (response.status === 401 || response.redirected) return SIGNED_OUT;
    const problem = await response.json().catch(() => null);
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

  return async (url, form, onFrame) => {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        body: form,
        headers: { Accept: "text/event-stream, application/json;q=0.5" },
        credentials: "same-origin",
      });
    } catch {
      throw new Error(OFFLINE);
    }
    const streams = (response.headers.get("Content-Type") || "").startsWith("text/event-stream");
    if (!response.ok || !streams) throw new Error(await refusal(response));

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
