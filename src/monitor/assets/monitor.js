// What the server said of each part that can change.
const seen = new Map([...document.querySelectorAll("[data-part]")].map((part) => [part.id, part.outerHTML]));

// How long ago a time is, beside what the page says: "3 minutes ago".
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const ago = (time) => {
  const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return words.format(Math.round(seconds / size), unit);
};
const lasts = (ms) => {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
};
// What has not ended takes longer and longer.
const count = () => {
  for (const running of document.querySelectorAll("[data-since]")) {
    running.textContent = lasts(Date.now() - Date.parse(running.dataset.since));
  }
};
const tell = () => {
  for (const time of document.querySelectorAll("main td time, main dd a time")) {
    if (!time.title) time.title = time.textContent;
    const said = ago(time);
    if (time.textContent !== said) time.textContent = said;
  }
};
tell();
setInterval(tell, 5000);
setInterval(count, 1000);

// Fields that nobody filled in are not part of the address.
for (const form of document.querySelectorAll("form[method=get]")) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
}

// What the server says anew replaces what is shown, part by part; focus and places of scrolling stay.
const same = (node) => (node?.id ? `#${CSS.escape(node.id)}` : node?.getAttribute?.("href") ? `[href="${CSS.escape(node.getAttribute("href"))}"]` : null);
const replace = (parts) => {
  for (const part of parts) {
    const shown = document.getElementById(part.id);
    const text = part.outerHTML;
    if (!shown || seen.get(part.id) === text) continue;
    seen.set(part.id, text);
    const focused = shown.contains(document.activeElement) ? same(document.activeElement) : null;
    const scrolled = [...shown.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    const open = [...shown.querySelectorAll("details")].map((details) => details.open);
    shown.replaceWith(part);
    part.querySelectorAll(".scroll").forEach((box, at) => { box.scrollLeft = scrolled[at] ?? 0; });
    part.querySelectorAll("details").forEach((details, at) => { details.open = open[at] ?? details.open; });
    if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
  }
  tell();
};
let asking = null;
let isStale = false;
const refresh = async () => {
  if (asking) {
    isStale = true;
    return;
  }
  asking = (async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    replace(page.querySelectorAll("[data-part]"));
    if (!page.body.hasAttribute("data-live")) stop();
  })();
  await asking.catch(() => {});
  asking = null;
  if (isStale) {
    isStale = false;
    setTimeout(refresh, 500);
  }
};

let source = null;
const badge = document.querySelector(".live");
const live = (is) => { if (badge) badge.hidden = !is; };
const run = location.pathname.match(/^\/runs\/([^/]+)/)?.[1];
function stop() {
  source?.close();
  source = null;
  live(false);
}
const listen = () => {
  // A browser opens few connections to a server: pages that nobody sees keep none.
  if (source || document.hidden || !document.body.hasAttribute("data-live")) return;
  source = new EventSource("/api/events");
  source.addEventListener("ready", () => { live(true); refresh(); });
  source.addEventListener("change", (event) => {
    const { runs, more } = JSON.parse(event.data);
    if (!run || more || runs.includes(decodeURIComponent(run))) refresh();
  });
  source.addEventListener("error", () => live(false));
};
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
addEventListener("pagehide", stop);
listen();
