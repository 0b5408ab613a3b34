// One recording from the microphone: start, level while it runs, stop or cancel.

const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"];
const BITS_PER_SECOND = 32_000;

export class Unsupported extends Error {}

export class Recorder {
  #stream = null;
  #recorder = null;
  #context = null;
  #analyser = null;
  #samples = null;
  #chunks = [];
  #startedAt = 0;

  /** Opens the microphone and records. Throws Unsupported, or the browser's DOMException. `lost` is called when the microphone goes away. */
  async start(lost) {
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) throw new Unsupported();
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    this.#stream = stream;
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.#recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    this.#chunks = [];
    this.#recorder.ondataavailable = (event) => {
      if (event.data.size) this.#chunks.push(event.data);
    };
    for (const track of stream.getTracks()) track.onended = lost;
    this.#recorder.start();
    this.#startedAt = performance.now();
    this.#listen(stream);
  }

  get seconds() {
    return this.#startedAt ? (performance.now() - this.#startedAt) / 1000 : 0;
  }

  /** Loudness now, 0 to 1; null where it cannot be measured. */
  get level() {
    if (!this.#analyser) return null;
    this.#analyser.getByteTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += ((sample - 128) / 128) ** 2;
    return Math.min(1, Math.sqrt(sum / this.#samples.length) * 4);
  }

  /** Ends it: {blob, seconds}. */
  async stop() {
    const seconds = this.seconds;
    const recorder = this.#recorder;
    const stopped = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    if (recorder.state !== "inactive") {
      recorder.stop();
      await stopped;
    }
    const blob = new Blob(this.#chunks, { type: recorder.mimeType || "audio/webm" });
    this.#release();
    return { blob, seconds };
  }

  /** Ends it and forgets what was said. */
  cancel() {
    if (this.#recorder && this.#recorder.state !== "inactive") this.#recorder.stop();
    this.#release();
  }

  #listen(stream) {
    if (!window.AudioContext) return;
    this.#context = new AudioContext();
    this.#context.resume();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Uint8Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
  }

  #release() {
    // Letting go of the microphone turns its light off: nobody should wonder whether the phone still listens.
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#context?.close();
    this.#stream = this.#recorder = this.#context = this.#analyser = null;
    this.#startedAt = 0;
  }
}
