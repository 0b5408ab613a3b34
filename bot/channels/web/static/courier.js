// Carries messages to the server and its answers back: nothing lost (the outbox), nothing shown twice (ids).
//
// Events: "answered" (detail: {message id, replies that are new, mine: asked in this page}), "notice".

import { t } from "./config.js";
import { Outbox, uuid } from "./outbox.js";
import { upload } from "./upload.js";

const UPLOAD_TRIES = 4;
const UPLOAD_AGAIN = 3_000;

export class Courier extends EventTarget {
  #link;
  #journal;
  #outbox = new Outbox();
  #uploading = new Map();

  constructor(link, journal) {
    super();
    this.#link = link;
    this.#journal = journal;
    link.addEventListener("open", () => this.#flush());
    link.addEventListener("down", () => this.#waiting());
    link.addEventListener("message", ({ detail }) => this.#take(detail));
    const held = new Set(this.#outbox.all().map((message) => message.id));
    for (const entry of journal.entries()) {
      const unanswered = ["waiting", "sending", "sent"].includes(entry.state);
      if (unanswered && !held.has(entry.id)) this.#fail(entry.id, t("not_sent"), false);
    }
  }

  /** Send a new message; `entry` is how it shows in the conversation. Returns its id. */
  post(message, entry) {
    const id = uuid();
    this.#outbox.add({ ...message, id });
    this.#journal.put({ id, who: "mine", type: message.type, state: "waiting", ...entry });
    this.#deliver(this.#outbox.get(id));
    return id;
  }

  /** Try a failed message once more, under its old id. */
  again(id) {
    const message = this.#outbox.get(id);
    if (!message) return;
    this.#journal.put({ id, state: "waiting", problem: null, again: false });
    this.#deliver(message);
  }

  clear() {
    this.#outbox.clear();
  }

  #flush() {
    for (const message of this.#outbox.all()) {
      if (!this.#journal.get(message.id)?.again) this.#deliver(message);
    }
  }

  #waiting() {
    for (const { id, type } of this.#outbox.all()) {
      const entry = this.#journal.get(id);
      if (type !== "voice" && entry && entry.state !== "failed") this.#journal.put({ id, state: "waiting" });
    }
  }

  #deliver(message) {
    if (message.type === "voice") this.#upload(message);
    else if (this.#link.send(message)) this.#journal.put({ id: message.id, state: "sending" });
  }

  async #upload(message, tries = 1) {
    if (this.#uploading.has(message.id)) return;
    this.#uploading.set(message.id, tries);
    this.#journal.put({ id: message.id, state: "sending" });
    const result = await upload(message);
    this.#uploading.delete(message.id);
    if (result) {
      this.#take(result);
    } else if (!this.#link.open) {
      this.#journal.put({ id: message.id, state: "waiting" }); // goes out when the line is back
    } else if (tries < UPLOAD_TRIES) {
      setTimeout(() => this.#upload(message, tries + 1), UPLOAD_AGAIN);
    } else {
      this.#fail(message.id, t("not_sent"), true);
    }
  }

  #take(message) {
    if (message.type === "received") this.#journal.put({ id: message.id, state: "sent" });
    else if (message.type === "answer") this.#answered(message);
    else if (message.type === "push") this.#pushed(message.reply);
    else if (message.type === "error") this.#refused(message);
  }

  #answered({ id, heard, replies }) {
    const waited = this.#outbox.get(id) !== undefined;
    this.#outbox.remove(id);
    if (this.#journal.get(id)) this.#journal.put({ id, state: "done", heard, problem: null, again: false });
    const fresh = replies.filter((reply) => this.#journal.put({ id: reply.id, who: "them", reply }));
    if (waited) this.dispatchEvent(new CustomEvent("answered", { detail: { id, replies: fresh } }));
  }

  #pushed(reply) {
    const fresh = this.#journal.put({ id: reply.id, who: "them", reply });
    this.#link.send({ type: "got", id: reply.id });
    if (fresh) this.dispatchEvent(new CustomEvent("pushed", { detail: reply }));
  }

  #refused({ id, code, text, retry_after: wait }) {
    const message = id && this.#outbox.get(id);
    if (!message) {
      if (code !== "stranger") this.dispatchEvent(new CustomEvent("notice", { detail: text }));
    } else if (wait !== null && wait !== undefined) {
      this.#journal.put({ id, state: "waiting" });
      this.dispatchEvent(new CustomEvent("notice", { detail: text }));
      setTimeout(() => this.#outbox.get(id) && this.#deliver(message), wait * 1000 + 200);
    } else {
      const curable = code === "failed" || code === "too_slow" || code === "stranger";
      this.#fail(id, text ?? t("mic_too_large"), curable);
    }
  }

  #fail(id, problem, again) {
    if (!again) this.#outbox.remove(id);
    this.#journal.put({ id, state: "failed", problem, again });
  }
}
