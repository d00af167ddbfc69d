// Pages work without this. With it, forms are sent without reloading, and what is marked with data-swap follows what
// happens: whenever the server says that something changed, the page is fetched again and those parts are exchanged.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function toast(text) {
  const box = one("[data-toast]");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.hidden = true; }, 5000);
}

function localTimes(root = document) {
  for (const time of all("time[data-local]", root)) {
    const at = new Date(time.dateTime);
    const today = new Date().toDateString() === at.toDateString();
    time.title = at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
    time.textContent = today
      ? at.toLocaleTimeString(undefined, { timeStyle: "short" })
      : at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }
}

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
const isTyping = (part) => {
  const field = document.activeElement;
  return part.contains(field) && field.matches("textarea, input:not([type=hidden]), select");
};

function swap(page) {
  for (const part of all("[data-swap]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh) continue;
    if (isTyping(part)) { part.addEventListener("focusout", refresh, { once: true }); continue; }
    const old = part.textContent;
    const open = new Set(all("details[open]", part).map((each) => each.closest("[id]")?.id));
    part.replaceChildren(...fresh.childNodes);
    for (const details of all("details", part)) if (open.has(details.closest("[id]")?.id)) details.open = true;
    localTimes(part);
    if (old !== part.textContent && part.getAttribute("role") === "log") toEnd();
  }
  document.title = page.title;
}

function toEnd() { window.scrollTo({ top: document.body.scrollHeight, behavior: "smooth" }); }

let refreshing = false, again = false;
async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (answer.ok && !answer.redirected) swap(parsed(await answer.text()));
  } catch { /* the next change tries again */ }
  refreshing = false;
  if (again) { again = false; refresh(); }
}

async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const buttons = all("button", form);
  buttons.forEach((button) => { button.disabled = true; });
  try {
    // Not form.action: a field may be called that.
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
    const page = parsed(await answer.text());
    if (!answer.ok) { toast(one("main p:not([aria-hidden])", page)?.textContent ?? "That did not work. Please try again."); return; }
    if (new URL(answer.url).pathname !== location.pathname) { location.href = answer.url; return; }
    // What somebody has typed meanwhile is theirs still.
    const box = one("textarea[name=text]", form);
    if (!box || box.value === body.get("text")) form.reset();
    if (form.matches("[data-composer]")) form.querySelector("[name=key]").value = one("[data-composer] [name=key]", page).value;
    form.closest("details")?.removeAttribute("open");
    if (!form.matches("[data-composer]")) document.activeElement?.blur();
    swap(page);
  } catch {
    toast("The server cannot be reached. What you wrote is still here: send it again.");
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

async function showDialog(link) {
  const box = one("[data-dialog-box]");
  const answer = await fetch(link.href);
  const page = parsed(await answer.text());
  one("[data-dialog-body]").replaceChildren(...one("main", page).childNodes);
  localTimes(box);
  if (!box.open) box.showModal();
  box.scrollTop = 0;
  one(".here", box)?.scrollIntoView({ block: "center" });
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-quick]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    showDialog(link).catch(() => { location.href = link.href; });
    return;
  }
  if (event.target.matches("[data-dialog-box]")) event.target.close();
  if (!event.target.closest(".menu")) one(".menu[open]")?.removeAttribute("open");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches("[data-composer] textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-composer] textarea")) return;
  event.target.rows = Math.min(8, event.target.value.split("\n").length);
});

const themes = one("[data-theme-switch]");
themes.hidden = false;
themes.addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", document.documentElement.dataset.theme); } catch { /* for this page only */ }
});

localTimes();
if (one("[role=log]")) toEnd();
const live = one("[data-live]");
if (live) {
  // Browsers keep few connections to a server: pages that nobody sees do without, and look again when they are seen.
  let stream = null;
  const follow = () => {
    if (document.hidden) { stream?.close(); stream = null; return; }
    if (stream) return;
    stream = new EventSource(live.dataset.live);
    stream.addEventListener("changed", refresh);
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}
