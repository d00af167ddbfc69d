// What somebody sees on a page of the console, and whether the page has followed what happened.
window.eyes = {
  pressed: {},

  words(root) {
    const copy = root.cloneNode(true);
    copy.querySelectorAll("time, input, textarea").forEach((each) => each.remove());
    return copy.textContent.replace(/\s+/g, " ");
  },

  // By itself, and soon: the page as it stands says what a new one would say.
  async follows() {
    for (const end = performance.now() + 5000; ;) {
      const answer = await fetch(location.href).catch(() => null);
      if (answer && !answer.ok) return;
      const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = [...document.querySelectorAll("[data-swap]")];
      if (page && parts.every((part) => this.words(part) === this.words(page.getElementById(part.id) ?? part))) return;
      if (performance.now() > end) throw new Error(`The page does not follow: ${parts.map((part) => part.innerText)}`);
      await this.change(50);
    }
  },

  // Until the page is another one, or so many milliseconds.
  change(most) {
    return new Promise((resolve) => {
      const watching = new MutationObserver(() => { watching.disconnect(); resolve(); });
      watching.observe(document.body, { childList: true, subtree: true });
      setTimeout(() => { watching.disconnect(); resolve(); }, most);
    });
  },

  sources(root) {
    return [...root.querySelectorAll(".source")].map((source) =>
      [...source.querySelectorAll(".source-title, .source-path")].map((each) => each.textContent.trim()).join(" › "));
  },

  async talk() {
    await this.follows();
    return [...document.querySelectorAll("#talk article.bot")].map((post) => ({
      id: post.id, text: post.querySelector(".prose").innerText, sources: this.sources(post),
      buttons: [...post.querySelectorAll("form[action$='/press'] button")].map((button) => button.innerText),
      votes: Boolean(post.querySelector(".vote")),
    }));
  },

  latest() {
    return [...document.querySelectorAll("#talk article.own")].at(-1)?.id ?? "none";
  },

  async queue() {
    await this.follows();
    return [...document.querySelectorAll("#queue a.ticket-row")].map((row) => row.getAttribute("href"));
  },

  // The ticket, and what stands on its page besides: words to whoever looks, what the asker wrote since, and notes.
  async ticket() {
    await this.follows();
    const main = document.querySelector("#ticket");
    const [number, asker] = main.querySelector("h1").innerText.match(/^(#\d+) from (.*)/).slice(1);
    const forms = [...main.querySelectorAll("form[action$='/press']")];
    const label = (form) => (form.closest("details")?.querySelector("summary") ?? form.querySelector("button")).innerText;
    for (const form of forms) this.pressed[label(form)] = (form.closest("details") ?? form).outerHTML;
    const parts = [...main.querySelectorAll(".question, .draft .prose, .facts")];
    return {
      number, asker, state: main.querySelector(".badge").innerText, text: parts.map((part) => part.innerText).join("\n"),
      question: main.querySelector(".question").innerText, sources: this.sources(main), buttons: forms.map(label),
      words: [...main.querySelectorAll(".notice, .line.note, .line.from-asker")].map((word) => ({
        id: word.id, text: (word.matches(".from-asker") ? `${asker}: ` : "") + (word.querySelector(".prose") ?? word).innerText,
      })),
    };
  },

  // The page was quicker than the hand: what was about to be pressed is there once more.
  again(label) {
    document.querySelector("main").insertAdjacentHTML("beforeend", this.pressed[label]);
  },
};
