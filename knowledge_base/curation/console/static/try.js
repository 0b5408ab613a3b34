// The try-it box without leaving the page: the typed question is sent in place, and the microphone's button appears.
// Without this file the form is sent as any other, and a recording can be chosen as a file.

import { Recorder, Unsupported } from "/console/try/recorder.js";

const SHORTEST_SECONDS = 0.6;

const form = document.getElementById("try");
const speak = document.getElementById("speak");
const state = document.getElementById("state");
const result = document.getElementById("result");
const words = form.dataset;
const recorder = new Recorder();
let running = null;
let sending = null;

function show(pressed, label, text) {
  speak.setAttribute("aria-pressed", String(pressed));
  speak.textContent = label;
  state.textContent = text;
}

async function send(body) {
  sending?.abort();
  const mine = (sending = new AbortController());
  form.dataset.busy = "";
  state.textContent = words.thinking;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-Fragment": "1" },
      signal: mine.signal,
    });
    if (response.ok || response.status === 422) {
      result.innerHTML = await response.text();
      state.textContent = "";
      // What is decided is read first; a fault likewise.
      result.querySelector("#summary, #decided")?.focus();
    } else {
      state.textContent = { 401: words.signedOut, 413: words.large }[response.status] ?? words.lost;
    }
  } catch (error) {
    if (error.name !== "AbortError") state.textContent = words.lost;
  } finally {
    if (sending === mine) delete form.dataset.busy;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send(new FormData(form));
});

async function begin() {
  show(true, words.stop, words.asking);
  try {
    await recorder.start(() => end("refused"));
  } catch (error) {
    end(error instanceof Unsupported ? "unsupported" : "refused");
    return;
  }
  running = setInterval(() => {
    state.textContent = `${words.listening} ${Math.floor(recorder.seconds)}`;
    if (recorder.seconds >= Number(words.seconds)) finish();
  }, 200);
}

function end(why) {
  clearInterval(running);
  running = null;
  recorder.cancel();
  show(false, words.speak, words[why]);
}

async function finish() {
  clearInterval(running);
  running = null;
  show(false, words.speak, "");
  const { blob, seconds } = await recorder.stop();
  if (seconds < SHORTEST_SECONDS || !blob.size) {
    state.textContent = words.short;
  } else if (blob.size > Number(words.bytes)) {
    state.textContent = words.large;
  } else {
    const body = new FormData(form);
    body.set("recording", blob, "recording");
    send(body);
  }
}

speak.hidden = false;
speak.addEventListener("click", () => {
  if (running !== null) finish();
  else if (speak.getAttribute("aria-pressed") === "false") begin();
});
