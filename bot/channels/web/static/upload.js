// Recordings to the server: POST /voice. In the outbox a recording is text (base64), because that is what storage keeps.

import { renew } from "./link.js";

/** The recording as text. */
export function packed(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function unpacked(text, mime) {
  return new Blob([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))], { type: mime });
}

/** The server's answer or error message; null when it could not be reached. */
export async function upload(message) {
  try {
    const post = () =>
      fetch(`/voice?id=${message.id}`, { method: "POST", body: unpacked(message.data, message.mime) });
    let response = await post();
    if (response.status === 401) {
      await renew();
      response = await post();
    }
    const answered = response.headers.get("content-type")?.startsWith("application/json");
    if (answered) return await response.json();
    // Not from the chat but from a proxy before it.
    return response.status === 413 ? { type: "error", id: message.id, code: "too_large" } : null;
  } catch {
    return null;
  }
}
