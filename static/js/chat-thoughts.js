// What a model thinks before it answers, as it arrives: folded, with the seconds that go by.
(() => {
  document.addEventListener("chat:thought", (event) => {
    const { live, text, folds } = event.detail;
    const details = live?.parentElement.querySelector("[data-thinking]");
    if (!details) return;
    if (details.hidden) {
      details.hidden = false;
      const began = Date.now();
      const heading = details.querySelector("[data-thought-for]");
      const tick = () => {
        if (!details.isConnected) return;
        const seconds = Math.round((Date.now() - began) / 1000);
        const answers = Boolean(live.querySelector("[data-done] > *, [data-open] > *"));
        heading.textContent = answers ? `Thought for ${seconds} s` : `Thinks for ${seconds} s`;
        if (!answers) setTimeout(tick, 1000);
      };
      tick();
    }
    const place = details.querySelector("[data-thought]");
    if (folds) place.append("\n");
    place.append(text);
  });
})();
