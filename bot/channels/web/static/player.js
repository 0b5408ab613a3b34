// Reading answers aloud: the server's voice, else the phone's own Chinese voice, else a notice.

import { t } from "./config.js";

const VOICES_WITHIN = 800;

export class Player extends EventTarget {
  #audio = new Audio();
  #turn = 0;
  #end = null;
  #unlocked = false;
  #reading = 0;

  /** Whether something is being read out, or about to be. */
  get busy() {
    return this.#reading !== 0;
  }

  /** Phones let a page speak only after it has spoken once under a finger. */
  unlock() {
    if (this.#unlocked || !window.speechSynthesis) return;
    this.#unlocked = true;
    speechSynthesis.speak(new SpeechSynthesisUtterance(""));
  }

  /** Reads one reply; true once it has been read, false if it was stopped. `show` gets still | preparing | playing. */
  async play(reply, show) {
    this.stop();
    const turn = (this.#reading = ++this.#turn);
    const current = () => turn === this.#turn;
    show("preparing");
    try {
      const blob = await fetchSpeech(reply);
      if (!current()) return false;
      if (blob && this.#audio.canPlayType(blob.type)) await this.#playBlob(blob, show);
      else await this.#playPhone(reply.spoken, show, current);
    } catch (error) {
      if (!current()) return false;
      if (error.name === "NotAllowedError") this.#notice("voice_blocked");
      else await this.#playPhone(reply.spoken, show, current);
    } finally {
      show("still");
      if (current()) this.#reading = 0;
    }
    return current();
  }

  stop() {
    this.#turn++;
    this.#reading = 0;
    this.#audio.pause();
    window.speechSynthesis?.cancel();
    this.#end?.();
    this.#end = null;
  }

  async #playBlob(blob, show) {
    const url = URL.createObjectURL(blob);
    try {
      this.#audio.src = url;
      await this.#audio.play();
      show("playing");
      await new Promise((resolve, reject) => {
        this.#end = resolve;
        this.#audio.onended = resolve;
        this.#audio.onerror = () => reject(this.#audio.error);
      });
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  async #playPhone(spoken, show, current) {
    const voice = await phoneVoice();
    if (!current()) return;
    if (!voice) {
      this.#notice("voice_missing");
      return;
    }
    show("playing");
    // Sentence by sentence: some browsers fall silent in the middle of a long text.
    for (const sentence of spoken.match(/[^。！？；\n]+[。！？；\n]?/g) ?? []) {
      await new Promise((resolve) => {
        const utterance = new SpeechSynthesisUtterance(sentence);
        utterance.voice = voice;
        utterance.lang = voice.lang;
        utterance.rate = 0.9;
        this.#end = utterance.onend = utterance.onerror = resolve;
        speechSynthesis.speak(utterance);
      });
      if (!current()) return;
    }
  }

  #notice(key) {
    this.dispatchEvent(new CustomEvent("notice", { detail: t(key) }));
  }
}

async function fetchSpeech(reply) {
  if (!reply.speech) return null;
  try {
    let response = await fetch(reply.speech);
    if (response.status === 404) {
      response = await fetch(reply.speech, { method: "POST", body: reply.spoken });
    }
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}

async function phoneVoice() {
  if (!window.speechSynthesis) return null;
  const find = () => {
    const voices = speechSynthesis.getVoices().filter((voice) => /^(zh|cmn)\b/i.test(voice.lang));
    return voices.find((voice) => /CN|Hans/i.test(voice.lang)) ?? voices[0] ?? null;
  };
  if (!speechSynthesis.getVoices().length) {
    await new Promise((resolve) => {
      speechSynthesis.addEventListener("voiceschanged", resolve, { once: true });
      setTimeout(resolve, VOICES_WITHIN);
    });
  }
  return find();
}
