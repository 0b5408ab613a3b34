// The big button: hold it and speak, or tap it, speak, tap again; the same with space or enter.
//
// States: idle -> asking (for the microphone) -> hold | tap -> idle; leave is hold with the finger slid away.

import { config, t } from "./config.js";
import { Recorder, Unsupported } from "./recorder.js";

const HOLD_MS = 400;
const SHORTEST_SECONDS = 0.6;
const SLIDE_PX = 60;
const TICK_MS = 100;
const QUIET_LEVEL = 0.02;
const QUIET_SECONDS = 3;
const COUNTDOWN_SECONDS = 10;

export class Talk extends EventTarget {
  #button = document.getElementById("talk");
  #cancelButton = document.getElementById("cancel");
  #panel = document.getElementById("listening");
  #timer = document.getElementById("timer");
  #words = document.getElementById("listening-words");
  #bars = [...document.querySelectorAll("#level i")];
  #recorder = new Recorder();
  #state = "idle";
  #pressed = false;
  #pressedAt = 0;
  #ticking = 0;
  #lastSound = 0;

  get busy() {
    return this.#state !== "idle";
  }

  constructor() {
    super();
    const button = this.#button;
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      this.#press();
    });
    button.addEventListener("pointermove", (event) => this.#slide(event));
    button.addEventListener("pointerup", () => this.#release());
    button.addEventListener("pointercancel", () => this.#interrupted());
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) this.#press();
    });
    button.addEventListener("keyup", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      this.#release();
    });
    button.addEventListener("blur", () => this.#interrupted());
    // A screen reader's activation comes as a click alone, without a pointer or a key.
    button.addEventListener("click", (event) => {
      if (event.detail !== 0) return;
      this.#press();
      this.#release();
    });
    this.#cancelButton.addEventListener("click", () => this.#cancel("mic_cancelled"));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#state !== "idle") this.#cancel("mic_cancelled");
    });
  }

  #press() {
    if (this.#state === "tap") {
      this.#finish();
    } else if (this.#state === "idle") {
      this.#pressed = true;
      this.#pressedAt = performance.now();
      this.#begin();
    }
  }

  #release() {
    this.#pressed = false;
    if (this.#state === "leave") this.#cancel("mic_cancelled");
    else if (this.#state === "hold") {
      if (performance.now() - this.#pressedAt < HOLD_MS) this.#show("tap");
      else this.#finish();
    }
  }

  /** The system took the finger away, for its own question or a call: what is being said is not thrown away. */
  #interrupted() {
    this.#pressed = false;
    if (this.#state === "hold" || this.#state === "leave") this.#show("tap");
  }

  #slide(event) {
    if (this.#state !== "hold" && this.#state !== "leave") return;
    const box = this.#button.getBoundingClientRect();
    const away =
      event.clientY < box.top - SLIDE_PX ||
      event.clientY > box.bottom + SLIDE_PX ||
      event.clientX < box.left - SLIDE_PX ||
      event.clientX > box.right + SLIDE_PX;
    const state = away ? "leave" : "hold";
    if (state !== this.#state) this.#show(state);
  }

  async #begin() {
    this.dispatchEvent(new Event("begin"));
    this.#show("asking");
    // Who gives up while the microphone is being asked for, and presses again, must not get the one asked for first.
    const recorder = (this.#recorder = new Recorder());
    const wanted = () => this.#state === "asking" && recorder === this.#recorder;
    try {
      await recorder.start(() => this.#cancel("mic_lost"));
    } catch (error) {
      recorder.cancel();
      if (wanted()) this.#cancel(trouble(error));
      return;
    }
    if (!wanted()) {
      recorder.cancel();
      return;
    }
    navigator.vibrate?.(40);
    this.#lastSound = 0;
    this.#show(this.#pressed ? "hold" : "tap");
    this.#words.textContent = t("listening");
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  #tick() {
    const seconds = this.#recorder.seconds;
    const left = Math.ceil(config.max_seconds - seconds);
    this.#timer.textContent =
      left <= COUNTDOWN_SECONDS
        ? t("time_left", { n: Math.max(0, left) })
        : t("time", { now: clock(seconds), limit: clock(config.max_seconds) });
    const level = this.#recorder.level;
    if (level === null || level > QUIET_LEVEL) this.#lastSound = seconds;
    this.#bars.forEach((bar, n) => {
      const share = 1 - Math.abs(n - (this.#bars.length - 1) / 2) / this.#bars.length;
      bar.style.transform = `scaleY(${Math.min(1, Math.max(0.08, (level ?? 0.3) * share * 1.4))})`;
    });
    const words = seconds - this.#lastSound > QUIET_SECONDS ? t("quiet") : t("listening");
    if (this.#words.textContent !== words) this.#words.textContent = words;
    if (seconds >= config.max_seconds) this.#finish();
  }

  async #finish() {
    clearInterval(this.#ticking);
    this.#show("idle");
    const recording = await this.#recorder.stop();
    if (recording.seconds < SHORTEST_SECONDS || !recording.blob.size) this.#notice("mic_short");
    else if (recording.blob.size > config.max_bytes) this.#notice("mic_too_large");
    else this.dispatchEvent(new CustomEvent("recording", { detail: recording }));
  }

  #cancel(why) {
    clearInterval(this.#ticking);
    this.#pressed = false;
    this.#recorder.cancel();
    this.#show("idle");
    this.#notice(why);
  }

  #notice(key) {
    this.dispatchEvent(new CustomEvent("notice", { detail: t(key) }));
  }

  #show(state) {
    this.#state = state;
    this.#button.dataset.state = state;
    document.body.classList.toggle("listening", state !== "idle");
    document.getElementById("talk-label").textContent = state === "idle" ? t("talk") : t(`talk_${state}`);
    document.getElementById("talk-hint").textContent = t(state === "idle" ? "talk_hint" : `talk_${state}_hint`);
    this.#panel.hidden = state === "idle" || state === "asking";
    const cancellable = state === "tap" || state === "asking";
    if (!cancellable && document.activeElement === this.#cancelButton) this.#button.focus();
    this.#cancelButton.hidden = !cancellable;
  }
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function trouble(error) {
  if (error instanceof Unsupported || error.name === "NotSupportedError") return "mic_unsupported";
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "mic_missing";
  if (error.name === "NotReadableError" || error.name === "AbortError") return "mic_busy";
  return "mic_refused";
}
