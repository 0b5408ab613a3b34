// The page: puts its parts together.

import { Bubbles } from "./bubbles.js";
import { config, t } from "./config.js";
import { Courier } from "./courier.js";
import { Journal } from "./journal.js";
import { Link } from "./link.js";
import { Player } from "./player.js";
import { Talk } from "./talk.js";
import { packed } from "./upload.js";

const BANNER_AFTER = 1_000;
const SURE_WITHIN = 4_000;
const PLACE_WITHIN = 15_000;
const PLACE_AGE = 600_000;

const find = (id) => document.getElementById(id);
const log = find("log");
const question = find("question");

const journal = new Journal();
const link = new Link();
const bubbles = new Bubbles();
const player = new Player();
const talk = new Talk();

// --- what is shown

function notice(text) {
  find("notice").textContent = text;
}

function refresh() {
  const entries = journal.entries();
  const spoken = entries.some((entry) => entry.type === "voice" && entry.state === "sending");
  const thinking = entries.some((entry) => entry.state === "sent");
  const words = spoken ? t("hearing") : thinking ? t("thinking") : "";
  if (find("thinking").textContent !== words) find("thinking").textContent = words;
  find("welcome").hidden = entries.length > 0;
  find("clear").hidden = entries.length === 0;
}

function restore() {
  // What was said before is not read out again by a screen reader.
  log.setAttribute("aria-live", "off");
  bubbles.clear();
  const entries = journal.entries();
  entries.forEach((entry) => bubbles.show(entry));
  refresh();
  if (entries.length) bubbles.reveal(entries.at(-1).id);
  setTimeout(() => log.setAttribute("aria-live", "polite"), BANNER_AFTER);
}

journal.addEventListener("put", ({ detail: entry }) => {
  const fresh = !bubbles.has(entry.id);
  bubbles.show(entry);
  refresh();
  if (fresh && entry.who === "mine") bubbles.reveal(entry.id);
});
journal.addEventListener("elsewhere", restore);

// --- what is sent

const courier = new Courier(link, journal);
const asked = new Set();
const pushed = []; // replies that nobody asked for, to be read out

function say(text) {
  notice("");
  courier.post({ type: "text", text }, { text });
}

function checked(text) {
  const length = [...text].length;
  const fits = length <= config.max_text;
  notice(fits ? "" : t("too_long", { limit: config.max_text, n: length }));
  return fits;
}

talk.addEventListener("begin", () => {
  notice("");
  player.stop();
  player.unlock();
});
talk.addEventListener("notice", ({ detail }) => notice(detail));
talk.addEventListener("recording", async ({ detail: { blob, seconds } }) => {
  const data = await packed(blob);
  asked.add(courier.post({ type: "voice", data, mime: blob.type }, { seconds, text: "" }));
});

find("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (!text) {
    notice(t("empty"));
  } else if (checked(text)) {
    say(text);
    question.value = "";
    grow();
  }
});

function grow() {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight + 4}px`;
}

question.addEventListener("input", () => {
  grow();
  question.setAttribute("aria-invalid", String(!checked(question.value)));
});
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find("typed").requestSubmit();
});

for (const button of document.querySelectorAll("#welcome .choice")) {
  button.addEventListener("click", () => say(button.textContent));
}

bubbles.addEventListener("choose", ({ detail: choice }) => {
  notice("");
  find("scroll").focus({ preventScroll: true }); // the button goes away; the keyboard stays in the conversation
  courier.post({ type: "choice", choice: choice.id }, { text: choice.label });
});
bubbles.addEventListener("correct", ({ detail: { id, text } }) => {
  if (!text.trim()) {
    notice(t("empty"));
  } else if (checked(text.trim())) {
    journal.put({ id, state: "corrected" });
    find("talk").focus({ preventScroll: true });
    const corrected = courier.post({ type: "text", text: text.trim() }, { text: text.trim(), spoken: true });
    asked.add(corrected); // it began as speech, so its answer is read out as well
  }
});
bubbles.addEventListener("again", ({ detail: { id } }) => courier.again(id));

find("place").addEventListener("click", () => {
  if (!navigator.geolocation) {
    notice(t("place_missing"));
    return;
  }
  notice(t("place_asking"));
  navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude, longitude } }) => {
      notice("");
      courier.post({ type: "location", latitude, longitude }, { text: t("place_message") });
    },
    () => notice(t("place_refused")),
    { timeout: PLACE_WITHIN, maximumAge: PLACE_AGE },
  );
});

// --- what comes back

courier.addEventListener("notice", ({ detail }) => notice(detail));
courier.addEventListener("answered", async ({ detail: { id, replies } }) => {
  if (replies.length) bubbles.reveal(replies[0].id, id);
  if (!asked.delete(id)) return;
  for (const reply of replies) {
    if (reply.spoken && !(await listen(reply.id, reply))) return;
  }
});
courier.addEventListener("pushed", async ({ detail: reply }) => {
  bubbles.reveal(reply.id);
  if (!reply.spoken || !speaks() || talk.busy) return;
  if (!reply.colour && !pushed.length && player.busy) return; // only a warning breaks into an answer
  pushed.push(reply);
  if (pushed.length > 1) return; // read out after the one before
  while (pushed.length) {
    await listen(pushed[0].id, pushed[0]);
    pushed.shift();
  }
});

/** Whether the person's last own words were spoken: who speaks has what comes unasked read out, too. */
function speaks() {
  const said = journal.entries().filter((entry) => entry.who === "mine" && ["text", "voice"].includes(entry.type));
  return said.length > 0 && (said.at(-1).type === "voice" || Boolean(said.at(-1).spoken));
}

function listen(id, reply) {
  return player.play(reply, (state) => bubbles.playing(id, state));
}

player.addEventListener("notice", ({ detail }) => notice(detail));
bubbles.addEventListener("listen", ({ detail: { id, reply } }) => {
  notice("");
  player.unlock();
  listen(id, reply);
});
bubbles.addEventListener("hush", () => player.stop());

// --- the line

let down = 0;
link.addEventListener("down", () => {
  down ||= setTimeout(() => {
    find("banner").textContent = t("offline");
  }, BANNER_AFTER);
});
link.addEventListener("open", () => {
  clearTimeout(down);
  down = 0;
  find("banner").textContent = "";
});

// --- starting anew

let sure = 0;
find("clear").addEventListener("click", () => {
  if (!sure) {
    find("clear").textContent = t("clear_sure");
    sure = setTimeout(() => {
      sure = 0;
      find("clear").textContent = t("clear");
    }, SURE_WITHIN);
    return;
  }
  clearTimeout(sure);
  sure = 0;
  find("clear").textContent = t("clear");
  player.stop();
  courier.clear();
  journal.clear();
  notice("");
  restore();
  find("talk").focus();
});

restore();
link.start();
