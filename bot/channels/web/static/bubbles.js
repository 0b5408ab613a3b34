// The conversation on the screen. Everything a person or the server said is set as text, never as markup.

import { t } from "./config.js";

const STEP = /^\s*([0-9０-９]+[.．、)）]|[①-⑳]|[（(][0-9一二三四五六七八九十]+[)）])/;

export class Bubbles extends EventTarget {
  #log = document.getElementById("log");
  #scroll = document.getElementById("scroll");
  #elements = new Map();

  /** Show an entry of the journal, or what has changed of it. */
  show(entry) {
    let element = this.#elements.get(entry.id);
    if (!element) {
      element = entry.who === "mine" ? this.#mine(entry) : this.#theirs(entry);
      this.#elements.set(entry.id, element);
      this.#log.append(element);
    }
    if (entry.who === "mine") update(element, entry);
    this.#offerChoices();
  }

  clear() {
    this.#elements.clear();
    this.#log.replaceChildren();
  }

  has(id) {
    return this.#elements.has(id);
  }

  /** Brings the entry into view, with what it answers above it if that leaves room: reading begins at the top. */
  reveal(id, askedBy = null) {
    const element = this.#elements.get(id);
    if (!element) return;
    const question = this.#elements.get(askedBy);
    const above = question && question.offsetHeight < this.#scroll.clientHeight * 0.4 ? question : element;
    this.#scroll.scrollTop = above.offsetTop - 12; // the browser stops at the end by itself
  }

  /** Presses the reply's play button state: still, preparing or playing. */
  playing(id, state) {
    const button = this.#elements.get(id)?.querySelector(".listen");
    if (!button) return;
    button.dataset.state = state;
    button.lastElementChild.textContent = t({ still: "listen", preparing: "preparing", playing: "stop" }[state]);
  }

  #mine(entry) {
    const element = copy("mine-template");
    const find = (selector) => element.querySelector(selector);
    const form = find(".correction");
    const field = form.querySelector("textarea");
    const open = (shown) => {
      form.hidden = !shown;
      find(".edit").hidden = shown;
      if (shown) form.scrollIntoView({ block: "nearest" });
      find(shown ? ".correction textarea" : ".edit").focus({ preventScroll: shown });
    };
    find(".edit").addEventListener("click", () => {
      field.value = find(".said").textContent;
      open(true);
    });
    find(".edit-cancel").addEventListener("click", () => open(false));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#tell("correct", { id: entry.id, text: field.value });
    });
    find(".again").addEventListener("click", () => this.#tell("again", { id: entry.id }));
    return element;
  }

  #theirs({ id, reply }) {
    const element = copy("reply-template");
    const find = (selector) => element.querySelector(selector);
    element.dataset.kind = reply.kind;
    const words = find(".words");
    words.append(...pressable(reply.text));
    if (reply.colour) {
      // A warning: its first line as a heading, and the answers right under the short text.
      element.dataset.colour = reply.colour;
      const [title, ...rest] = reply.text.split("\n");
      const heading = document.createElement("h3");
      heading.className = "warning-title";
      heading.textContent = title;
      words.textContent = rest.join("\n");
      words.before(heading);
      words.after(find(".choices"));
    }

    const picture = find(".picture");
    if (reply.picture) {
      picture.addEventListener("load", () => (picture.hidden = false), { once: true });
      picture.src = reply.picture;
    }

    const listen = find(".listen");
    listen.hidden = !reply.spoken;
    listen.dataset.state = "still";
    listen.addEventListener("click", () => this.#tell(listen.dataset.state === "still" ? "listen" : "hush", { id, reply }));

    const more = find(".more");
    const detail = find(".detail");
    more.hidden = !reply.detail;
    detail.append(...reply.detail.split("\n").filter((line) => line.trim()).map(paragraph));
    more.addEventListener("click", () => {
      detail.hidden = !detail.hidden;
      more.setAttribute("aria-expanded", String(!detail.hidden));
      more.textContent = t(detail.hidden ? "detail" : "detail_hide");
    });
    find(".actions").hidden = listen.hidden && more.hidden;

    const sources = find(".sources");
    sources.hidden = !reply.sources.length;
    sources.append(...reply.sources.map(citation));

    find(".choices").append(
      ...reply.choices.map((choice) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "choice";
        button.textContent = choice.label;
        button.addEventListener("click", () => this.#tell("choose", choice));
        return button;
      }),
    );
    return element;
  }

  /** Only the replies after the last own message still ask something. */
  #offerChoices() {
    let open = true;
    for (const element of [...this.#log.children].reverse()) {
      if (element.classList.contains("mine")) open = false;
      const choices = element.querySelector(".choices");
      if (choices) choices.hidden = !open || !choices.childElementCount;
    }
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function copy(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}

function update(element, entry) {
  const find = (selector) => element.querySelector(selector);
  const heard = entry.heard ?? null;
  const sound = find(".sound");
  sound.hidden = entry.type !== "voice";
  if (entry.type === "voice") sound.textContent = t("voice_message", { seconds: Math.max(1, Math.round(entry.seconds)) });
  find(".heard-label").hidden = heard === null;
  find(".said").textContent = entry.type === "voice" ? (heard ?? "") : entry.text;
  find(".words").hidden = entry.type === "voice" && heard === null;
  find(".edit").hidden = heard === null || entry.state === "corrected";
  find(".again").hidden = !entry.again;
  if (entry.state === "corrected") find(".correction").hidden = true;
  element.dataset.state = entry.state;
  const state = find(".state");
  const words = { waiting: t("waiting"), sending: t("sending"), corrected: t("corrected"), failed: entry.problem }[entry.state];
  state.hidden = !words;
  if (words && state.textContent !== words) state.textContent = words;
}

/** The text, with the addresses of this very server to press. No other one: it may be somebody's who means ill. */
function pressable(text) {
  return text.split(/(https?:\/\/[\w.:[\]\/?=&%~-]+)/).map((piece, index) => {
    if (index % 2 === 0 || !piece.startsWith(`${location.origin}/`)) return piece;
    const address = document.createElement("a");
    address.href = address.textContent = piece;
    address.target = "_blank";
    address.rel = "noopener noreferrer";
    return address;
  });
}

function paragraph(line) {
  const element = document.createElement("p");
  element.textContent = line.trim();
  if (STEP.test(line)) element.className = "step";
  return element;
}

function citation(source) {
  const element = document.createElement("li");
  const title = source.title.startsWith("《") ? source.title : `《${source.title}》`;
  const name = document.createElement(source.url ? "a" : "span");
  name.textContent = title + (source.article ?? "");
  if (source.url) {
    name.href = source.url;
    name.target = "_blank";
    name.rel = "noopener noreferrer";
  }
  const [year, month, day] = source.date.split("-").map(Number);
  const date = document.createElement("span");
  date.className = "date";
  date.textContent = t("date", { year, month, day });
  element.append(t("source"), source.publisher, name, " ", date);
  return element;
}
