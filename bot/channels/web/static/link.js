// The WebSocket: opens it, keeps it alive, opens it again. Events: "open", "down", "message" (detail: the message).

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const PING_EVERY = 25_000;
const ANSWER_WITHIN = 10_000;
const STRANGER = 4401;

export class Link extends EventTarget {
  #socket = null;
  #ready = false;
  #tries = 0;
  #retry = 0;
  #deadline = 0;

  start() {
    addEventListener("online", () => this.#now());
    addEventListener("offline", () => this.#drop());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#now();
    });
    setInterval(() => this.send({ type: "ping" }), PING_EVERY);
    this.#connect();
  }

  get open() {
    return this.#ready;
  }

  /** Send if the line is open. A line on which nothing comes back in time is dead, whatever the browser says. */
  send(message) {
    if (!this.#ready) return false;
    this.#socket.send(JSON.stringify(message));
    this.#deadline ||= setTimeout(() => this.#drop(), ANSWER_WITHIN);
    return true;
  }

  #connect() {
    clearTimeout(this.#retry);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/chat`);
    this.#socket = socket;
    this.#deadline = setTimeout(() => this.#drop(), ANSWER_WITHIN);
    socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    socket.onclose = (event) => this.#drop(event.code);
  }

  #take(message) {
    clearTimeout(this.#deadline);
    this.#deadline = 0;
    if (message.type === "hello") {
      this.#ready = true;
      this.#tries = 0;
      this.dispatchEvent(new Event("open"));
    } else if (message.type !== "pong") {
      this.dispatchEvent(new CustomEvent("message", { detail: message }));
    }
  }

  async #drop(code) {
    const socket = this.#socket;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
    this.#socket = null;
    this.#ready = false;
    clearTimeout(this.#deadline);
    this.#deadline = 0;
    this.dispatchEvent(new Event("down"));
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#tries++) * (0.75 + Math.random() / 2);
    this.#retry = setTimeout(() => this.#connect(), wait);
    if (code === STRANGER) await renew();
  }

  #now() {
    if (this.#socket) {
      this.send({ type: "ping" });
    } else {
      this.#tries = 0;
      this.#connect();
    }
  }
}

/** Fetch the page again for its cookie. */
export async function renew() {
  try {
    await fetch("/", { cache: "no-store" });
  } catch {
    // No network: the next attempt will tell.
  }
}
