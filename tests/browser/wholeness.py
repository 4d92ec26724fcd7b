"""Whether all of a page can be seen and reached: nothing cut off to the side, every control met by the Tab key."""

from playwright.sync_api import Page

CUT_OFF = """() => {
  const told = [];
  const name = (it) => `${it.tagName.toLowerCase()}.${it.className} “${it.textContent.trim().slice(0, 40)}”`;
  const shown = (it) => it.checkVisibility({ checkVisibilityCSS: true })
    && !it.closest(".visually-hidden, [aria-hidden=true]");
  const words = (it) => [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, progress";
  for (const it of document.querySelectorAll("body *:not(option, optgroup, script, style, kbd)")) {
    const control = it.matches(CONTROLS);
    if (!(control || words(it)) || !shown(it)) continue;
    const box = it.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const style = getComputedStyle(it);
    // Words that are shortened say so with an ellipsis; all else shows every letter.
    const shortens = style.textOverflow === "ellipsis" || it.closest("[title]") || it.matches("select, input");
    const hides = (of) => ["hidden", "clip"].includes(of.overflowX);
    if (!shortens && hides(style) && it.scrollWidth > it.clientWidth + 1) told.push(`shortened: ${name(it)}`);
    if (style.display !== "inline" && style.overflowX === "visible") {
      for (const node of it.childNodes) {
        if (node.nodeType !== 3 || !node.textContent.trim()) continue;
        const range = document.createRange();
        range.selectNode(node);
        if (range.getBoundingClientRect().right > box.right + 1) told.push(`sticks out: ${name(it)}`);
      }
    }
    if (it.matches("button, a.btn") && it.scrollHeight > it.clientHeight + 2) told.push(`too low: ${name(it)}`);
    for (let around = it.parentElement; around; around = around.parentElement) {
      const its = getComputedStyle(around);
      const all = around === document.body;
      const column = around.matches(".turns"); // it scrolls up and down, and never to the side
      if (!column && ["auto", "scroll"].includes(its.overflowX)) break;
      if (!all && !column && !hides(its)) continue;
      const edge = around.getBoundingClientRect();
      const [left, right] = all ? [0, innerWidth] : [Math.max(0, edge.left), edge.right];
      const ends = its.textOverflow === "ellipsis";
      if (!ends && (box.right > right + 1 || box.left < left - 1)) told.push(`cut off: ${name(it)}`);
      break;
    }
  }
  return told;
}"""

BEGIN = """() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const reached = (it) => it.checkVisibility({ checkVisibilityCSS: true }) && !it.disabled && it.tabIndex >= 0;
  window.unreached = new Set([...document.querySelectorAll(CONTROLS)].filter(reached));
  document.activeElement?.blur();
  return unreached.size;
}"""

STEP = """() => {
  const it = document.activeElement;
  unreached.delete(it);
  if (it === document.body) return "";
  let { left, top, right, bottom } = it.getBoundingClientRect();
  for (let around = it.parentElement; around; around = around.parentElement) {
    if (around !== document.body && getComputedStyle(around).overflow === "visible") continue;
    const edge = around === document.body
      ? { left: 0, top: 0, right: innerWidth, bottom: innerHeight } : around.getBoundingClientRect();
    [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
    [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
  }
  const above = right - left > 4 && bottom - top > 4
    ? document.elementFromPoint((left + right) / 2, (top + bottom) / 2) : null;
  const seen = above && (it.contains(above) || above.contains(it));
  return seen ? "" : `${it.tagName} “${(it.getAttribute("aria-label") || it.textContent).trim().slice(0, 40)}”`;
}"""

LEFT = """() => [...unreached]
  .filter((it) => it.isConnected && it.checkVisibility({ checkVisibilityCSS: true }))
  .map((it) => it.outerHTML.slice(0, 120))"""


def assert_nothing_cut_off(page: Page) -> None:
    """No words and no control stick out of what shows them, unless that scrolls or says so with an ellipsis."""
    told = page.evaluate(CUT_OFF)
    assert not told, "\n".join(told)


def assert_reached_by_keyboard(page: Page) -> None:
    """The Tab key comes to every control that is shown, and what has the focus can be seen."""
    hidden = []
    for _ in range(page.evaluate(BEGIN) + 5):
        page.keyboard.press("Tab")
        if told := page.evaluate(STEP):
            hidden.append(told)
    assert not hidden, f"has the focus and is not seen: {hidden}"
    left = page.evaluate(LEFT)
    assert not left, "\n".join(left)
