// Keeps "12 s ago" true while a page stays open, and tells the exact time in the reader's own zone.
// The words are those of say_ago in portal/web/rendering.py.
// The server writes times in the zone that the cookie names, from the second page on.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`zone=${zone}`)) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `zone=${zone}; path=${document.documentElement.dataset.home}; max-age=31536000; samesite=lax${secure}`;
  }

  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "medium" });
  const day = (moment, now) => {
    const words = `${moment.getDate()} ${moment.toLocaleString("en", { month: "short" })}`;
    return moment.getFullYear() === now.getFullYear() ? words : `${words} ${moment.getFullYear()}`;
  };
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());

  const say = (moment, now) => {
    const gap = (now - moment) / 1000;
    const seconds = Math.abs(gap);
    if (seconds < 5) return "just now";
    if (gap > 22 * 3600) {
      const days = Math.round((midnight(now) - midnight(moment)) / 86400000);
      if (days <= 1) return "yesterday";
      return days < 7 ? `${days} days ago` : day(moment, now);
    }
    let amount;
    if (seconds < 90) amount = `${Math.round(seconds)} s`;
    else if (seconds < 90 * 60) amount = `${Math.round(seconds / 60)} min`;
    else if (seconds < 36 * 3600) amount = `${Math.round(seconds / 3600)} h`;
    else amount = `${Math.round(seconds / 86400)} days`;
    return gap < 0 ? `in ${amount}` : `${amount} ago`;
  };

  const tick = () => {
    const now = new Date();
    for (const element of document.querySelectorAll("time[data-relative]")) {
      const moment = new Date(element.dateTime);
      const words = say(moment, now);
      if (element.textContent !== words) element.textContent = words;
    }
  };

  for (const element of document.querySelectorAll("time[title]")) {
    element.title = exact.format(new Date(element.dateTime));
  }
  tick();
  setInterval(tick, 10000);
})();
