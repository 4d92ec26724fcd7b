// One message may wait while an answer is written: it is sent when that has ended, and stays in this tab until then.
(() => {
  const composer = document.querySelector("[data-composer]");
  if (!composer) return;
  const message = composer.querySelector("[data-message]");
  const button = composer.querySelector("[data-queue]");
  const shown = composer.querySelector("[data-queued]");
  const place = () => `queued:${message.dataset.owner}:${location.pathname}`;
  const keep = (text) => {
    try {
      if (text) sessionStorage.setItem(place(), text);
      else sessionStorage.removeItem(place());
    } catch { /* a private window keeps nothing */ }
  };
  let waiting = "";
  let running = Boolean(document.querySelector("[data-running]"));

  const show = () => {
    shown.hidden = !waiting;
    shown.querySelector("[data-queued-text]").textContent = waiting.length > 200 ? `${waiting.slice(0, 200)}…` : waiting;
    button.hidden = !running || Boolean(waiting);
  };
  const wait = (text) => { waiting = text; keep(text); show(); };
  const fill = (text) => {
    message.value = text;
    message.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const queue = () => {
    if (!message.value.trim() || waiting) { message.focus(); return; }
    wait(message.value);
    fill("");
    message.focus();
  };
  const back = () => {
    const text = message.value.trim() ? `${waiting}\n\n${message.value}` : waiting;
    wait("");
    fill(text);
    message.focus();
  };

  button.addEventListener("click", queue);
  shown.querySelector("[data-queued-edit]").addEventListener("click", back);
  shown.querySelector("[data-queued-drop]").addEventListener("click", () => { wait(""); message.focus(); });
  message.addEventListener("keydown", (event) => {
    const touches = matchMedia("(pointer: coarse)").matches;
    if (running && event.key === "Enter" && !event.shiftKey && !event.isComposing && !touches) { event.preventDefault(); queue(); }
  });

  document.addEventListener("chat:running", (event) => { running = event.detail; show(); });
  document.addEventListener("chat:ended", (event) => {
    if (!waiting) return;
    // What was stopped or failed is no reason to go on by itself: the message is there again, to be sent by hand.
    if (event.detail !== "complete" || message.value.trim()) { back(); return; }
    fill(waiting);
    wait("");
    composer.requestSubmit();
  });

  try { waiting = sessionStorage.getItem(place()) || ""; } catch { /* a private window keeps nothing */ }
  show();
  // The page was loaded again after the answer had ended: the message is there, and nothing was sent meanwhile.
  if (waiting && !document.querySelector("[data-running]")) back();
})();
